import type { ComponentChildren } from "preact";
import { defined } from "../../core/defined.ts";
import type { Problem } from "../api/types.ts";
import { useOwnId } from "../text/useOwnId.ts";
import { titled } from "../text/words.ts";
import { CircleAlert } from "./icons.tsx";

interface Common {
  readonly label: string;
  readonly hint?: ComponentChildren;
  readonly error?: string | undefined;
}

type FieldError = NonNullable<Problem["errors"]>[number];

/** The errors that fields show. The notice of a form, which is rendered after its fields, leaves these out. */
const atFields = new WeakSet<FieldError>();

const shown = (errors: readonly FieldError[] = []): string | undefined => {
  for (const error of errors) atFields.add(error);
  return errors.length === 0 ? undefined : titled([...new Set(errors.map(({ message }) => message))].join("; "));
};

/** Returns the API's error for one field, by its path. The field must show it. */
export const errorAt = (problem: Problem | undefined, path: string): string | undefined =>
  shown(problem?.errors?.filter((error) => error.path === path));

/** Returns the API's errors for a field that holds several values: of its path, and of every path below. */
export const errorUnder = (problem: Problem | undefined, path: string): string | undefined =>
  shown(problem?.errors?.filter((error) => error.path === path || error.path.startsWith(`${path}.`)));

/** Returns the errors that no field shows. */
export const errorsElsewhere = ({ errors = [] }: Problem): readonly FieldError[] =>
  errors.filter((error) => !atFields.has(error));

const Frame = ({
  id,
  label,
  hint,
  error,
  children,
}: Common & { readonly id: string; readonly children: ComponentChildren }) => (
  <div class="field">
    <label class="field-label" for={id}>
      {label}
    </label>
    {children}
    {hint === undefined ? null : (
      <span class="field-hint" id={`${id}-hint`}>
        {hint}
      </span>
    )}
    {error === undefined ? null : (
      <span class="field-error" id={`${id}-error`} role="alert">
        <CircleAlert class="icon" />
        {error}
      </span>
    )}
  </div>
);

const described = (id: string, { hint, error }: Common): { "aria-describedby"?: string; "aria-invalid"?: true } => {
  const ids = [hint === undefined ? "" : `${id}-hint`, error === undefined ? "" : `${id}-error`].filter(Boolean);
  return {
    ...(ids.length === 0 ? {} : { "aria-describedby": ids.join(" ") }),
    ...(error === undefined ? {} : { "aria-invalid": true }),
  };
};

interface FieldProps extends Common {
  readonly value: string;
  readonly onInput: (value: string) => void;
  readonly type?: "text" | "url" | "password" | "number" | "search" | "datetime-local" | "date";
  readonly required?: boolean;
  readonly placeholder?: string;
  readonly autoComplete?: string;
  readonly min?: number;
  readonly max?: number;
}

export const Field = ({ value, onInput, type = "text", required = false, ...rest }: FieldProps) => {
  const id = useOwnId();
  const { placeholder, autoComplete, min, max, ...common } = rest;
  return (
    <Frame id={id} {...common}>
      <input
        id={id}
        class="input"
        type={type}
        value={value}
        required={required}
        spellcheck={false}
        onInput={(event) => onInput(event.currentTarget.value)}
        {...defined({ placeholder, autoComplete, min, max })}
        {...described(id, common)}
      />
    </Frame>
  );
};

export const TextArea = ({
  value,
  onInput,
  placeholder,
  ...common
}: Common & {
  readonly value: string;
  readonly onInput: (value: string) => void;
  readonly placeholder?: string | undefined;
}) => {
  const id = useOwnId();
  return (
    <Frame id={id} {...common}>
      <textarea
        id={id}
        class="input"
        value={value}
        spellcheck={false}
        onInput={(event) => onInput(event.currentTarget.value)}
        {...defined({ placeholder })}
        {...described(id, common)}
      />
    </Frame>
  );
};

export const Select = ({
  value,
  onChange,
  options,
  ...common
}: Common & {
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly options: readonly (readonly [value: string, text: string])[];
}) => {
  const id = useOwnId();
  return (
    <Frame id={id} {...common}>
      <select
        id={id}
        class="input"
        value={value}
        onChange={(event) => onChange(event.currentTarget.value)}
        {...described(id, common)}
      >
        {options.map(([option, text]) => (
          <option key={option} value={option} selected={option === value}>
            {text}
          </option>
        ))}
      </select>
    </Frame>
  );
};

/** Radio buttons, each with a title and a text. */
export const Choices = ({
  legend,
  name,
  value,
  onChange,
  options,
}: {
  readonly legend: string;
  readonly name: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly options: readonly { readonly value: string; readonly title: string; readonly text: string }[];
}) => {
  const id = useOwnId();
  return (
    <fieldset>
      <legend class="field-label">{legend}</legend>
      <div class="choices">
        {options.map((option) => (
          <label class="choice" key={option.value}>
            <input
              type="radio"
              aria-labelledby={`${id}-${option.value}`}
              aria-describedby={`${id}-${option.value}-text`}
              name={name}
              value={option.value}
              checked={option.value === value}
              onChange={() => onChange(option.value)}
            />
            <strong id={`${id}-${option.value}`}>{option.title}</strong>
            <span id={`${id}-${option.value}-text`} class="muted small">
              {option.text}
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  );
};

export const Checkbox = ({
  checked,
  onChange,
  children,
}: {
  readonly checked: boolean;
  readonly onChange: (checked: boolean) => void;
  readonly children: ComponentChildren;
}) => (
  <label class="check">
    <input type="checkbox" checked={checked} onChange={(event) => onChange(event.currentTarget.checked)} />
    <span>{children}</span>
  </label>
);
