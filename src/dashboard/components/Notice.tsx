import type { ComponentChildren } from "preact";
import type { Problem } from "../api/types.ts";
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

/** Shows a problem of a request. A screen reader announces it. */
export const ProblemNotice = ({ problem }: { readonly problem: Problem | undefined }) => (
  <div role="alert">
    {problem === undefined ? null : (
      <Notice tone={problem.code === "UNREACHABLE" ? "warn" : "bad"}>
        <strong>{problem.title}.</strong> {problem.detail}
        {problem.errors === undefined || problem.errors.length === 0 ? null : (
          <ul class="problem-fields">
            {problem.errors.map(({ path, message }) => (
              <li key={path}>
                <code>{path || "the whole"}</code> {message}
              </li>
            ))}
          </ul>
        )}
      </Notice>
    )}
  </div>
);
