import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { Problem } from "../api/types.ts";
import { titled } from "../text/words.ts";
import { errorsElsewhere } from "./Field.tsx";
import { CircleCheck, Info, TriangleAlert } from "./icons.tsx";

type Tone = "info" | "good" | "warn" | "bad" | "live";

const icons = { info: Info, good: CircleCheck, warn: TriangleAlert, bad: TriangleAlert, live: Info };

export const Notice = ({ tone = "info", children }: { readonly tone?: Tone; readonly children: ComponentChildren }) => {
  const Icon = icons[tone];
  return (
    <div class={`notice ${tone}`}>
      <Icon class="icon" />
      <div>{children}</div>
    </div>
  );
};

/** The name of a field, from its path in the API's input: `dataSources.0.checkEvery` is “Check every”. */
const fieldWords = (path: string): string => {
  const name = path.split(".").findLast((step) => !/^\d+$/.test(step)) ?? "";
  return titled(name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`));
};

const Faults = ({ problem }: { readonly problem: Problem }) => {
  const others = errorsElsewhere(problem);
  if (others.length === 0) return <>Correct the marked {problem.errors?.length === 1 ? "field" : "fields"}.</>;
  return (
    <>
      <strong>{problem.title}.</strong>
      <ul class="problem-fields">
        {others.map(({ path, message }) => (
          <li key={path}>
            {path === "" ? "" : `${fieldWords(path)}: `}
            {message}
          </li>
        ))}
      </ul>
    </>
  );
};

/**
 * Shows a problem of a request, which a screen reader announces, after the fields of a form. What a field shows already
 * is not repeated: the focus moves to the first such field.
 */
export const ProblemNotice = ({ problem }: { readonly problem: Problem | undefined }) => {
  const place = useRef<HTMLDivElement>(null);
  const isOfFields = (problem?.errors ?? []).length > 0;
  useEffect(() => {
    if (isOfFields) place.current?.closest("form")?.querySelector<HTMLElement>("[aria-invalid]")?.focus();
  }, [problem]);
  return (
    <div role="alert" ref={place}>
      {problem === undefined ? null : (
        <Notice tone={problem.code === "UNREACHABLE" ? "warn" : "bad"}>
          {isOfFields ? (
            <Faults problem={problem} />
          ) : (
            <>
              <strong>{problem.title}.</strong> {problem.detail}
            </>
          )}
        </Notice>
      )}
    </div>
  );
};
