import type { ComponentChildren } from "preact";
import { useRef } from "preact/hooks";
import { Button } from "../Button.tsx";
import { Field } from "../Field.tsx";
import { CircleAlert, Plus } from "../icons.tsx";
import { announceEdit } from "./announceEdit.ts";
import type { Pair } from "./pair.ts";

/** A list of names and values that a person adds to, such as headers. */
export const Pairs = ({
  legend,
  hint,
  what,
  pairs,
  most,
  onChange,
  type = "text",
  error,
  errorOf,
}: {
  readonly legend: string;
  readonly hint?: ComponentChildren;
  /** What one pair is, as in “Add a header”. */
  readonly what: string;
  readonly pairs: readonly Pair[];
  readonly most: number;
  readonly onChange: (pairs: readonly Pair[]) => void;
  readonly type?: "text" | "password";
  readonly error?: string | undefined;
  readonly errorOf: (name: string) => string | undefined;
}) => {
  const list = useRef<HTMLFieldSetElement>(null);
  const remove = (index: number): void => {
    onChange(pairs.filter((_, at) => at !== index));
    announceEdit(list.current);
  };
  return (
    <fieldset class="stack" ref={list}>
      <legend class="field-label">{legend}</legend>
      {hint === undefined ? null : <p class="field-hint">{hint}</p>}
      {pairs.map(([name, value], index) => {
        const change = (pair: Pair): void => onChange(pairs.map((one, at) => (at === index ? pair : one)));
        return (
          <div class="pair" key={index}>
            <Field
              label={`Name of ${what} ${index + 1}`}
              value={name}
              onInput={(text) => change([text, value])}
              required
              autoComplete="off"
              error={name.trim() === "" ? undefined : errorOf(name.trim())}
            />
            <Field
              label={`Value of ${what} ${index + 1}`}
              type={type}
              value={value}
              onInput={(text) => change([name, text])}
              required
              autoComplete="off"
            />
            <Button small onClick={() => remove(index)} label={`Remove ${what} ${index + 1}`}>
              Remove
            </Button>
          </div>
        );
      })}
      {error === undefined ? null : (
        <p class="field-error" role="alert">
          <CircleAlert class="icon" />
          {error}
        </p>
      )}
      <Button small disabled={pairs.length >= most} onClick={() => onChange([...pairs, ["", ""]])}>
        <Plus class="icon" />
        Add a {what}
      </Button>
    </fieldset>
  );
};
