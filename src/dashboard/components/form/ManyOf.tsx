import { useEffect, useRef, useState } from "preact/hooks";
import { defined } from "../../../core/defined.ts";
import { searchText } from "../../../core/searchText.ts";
import { useOwnId } from "../../text/useOwnId.ts";
import { Check, CircleAlert, X } from "../icons.tsx";
import { placeAt } from "../overlay/placeAt.ts";
import { announceEdit } from "./announceEdit.ts";

/** How many options are listed at once. A person who looks for another one types a part of its name. */
const LISTED = 50;

type Option = readonly [value: string, name: string];

interface ManyOfProps {
  readonly label: string;
  /** Shown in the empty field. */
  readonly none: string;
  readonly options: readonly Option[];
  readonly chosen: readonly string[];
  readonly onChange: (chosen: readonly string[]) => void;
  readonly error?: string | undefined;
}

const Chips = ({
  label,
  chosen,
  onRemove,
}: {
  readonly label: string;
  readonly chosen: readonly Option[];
  readonly onRemove: (value: string) => void;
}) => (
  <ul class="chips chosen" aria-label={`${label}: chosen`}>
    {chosen.map(([value, name]) => (
      <li key={value} class="chip">
        {name}
        <button type="button" class="chip-remove" aria-label={`Remove ${name}`} onClick={() => onRemove(value)}>
          <X class="icon" />
        </button>
      </li>
    ))}
  </ul>
);

/** The list of a combobox, in the top layer. It follows its field when the page scrolls or changes its size. */
const useList = (open: boolean, active: number) => {
  const input = useRef<HTMLInputElement>(null);
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const [field, shown] = [input.current, list.current];
    if (!open || field === null || shown === null) return;
    const place = (): void => {
      placeAt(shown, field);
      shown.style.width = `${field.offsetWidth}px`;
    };
    const scrolled = ({ target }: Event): void => {
      if (target !== shown) place();
    };
    place();
    shown.showPopover();
    addEventListener("scroll", scrolled, { capture: true, passive: true });
    addEventListener("resize", place);
    return () => {
      removeEventListener("scroll", scrolled, { capture: true });
      removeEventListener("resize", place);
      shown.hidePopover();
    };
  }, [open]);
  // Scroll the list alone: `scrollIntoView` would scroll the page too.
  useEffect(() => {
    const [shown, option] = [list.current, list.current?.querySelector<HTMLElement>(".active")];
    if (!open || shown === null || option == null) return;
    const { offsetTop: top, offsetHeight: height } = option;
    if (top < shown.scrollTop) shown.scrollTop = top;
    else if (top + height > shown.scrollTop + shown.clientHeight) shown.scrollTop = top + height - shown.clientHeight;
  }, [active, open]);
  return { input, list };
};

/** A field to choose any number of many things: what is chosen stands as chips, the others are found by their names. */
export const ManyOf = ({ label, none, options, chosen, onChange, error }: ManyOfProps) => {
  const id = useOwnId();
  const [text, setText] = useState("");
  const [open, setOpen] = useState(false);
  const [active, setActive] = useState(0);
  const { input, list } = useList(open, active);
  const wanted = searchText(text.trim());
  const found = options.filter(([, name]) => searchText(name).includes(wanted));
  const listed = found.slice(0, LISTED);
  const toggle = (value: string): void => {
    onChange(chosen.includes(value) ? chosen.filter((one) => one !== value) : [...chosen, value]);
    setText("");
    // The field's own input events are searches.
    announceEdit(input.current?.parentElement ?? null);
    // A chip that had the focus is gone.
    input.current?.focus();
  };
  const move = (by: number): void => {
    if (open) setActive((active + by + listed.length) % Math.max(listed.length, 1));
    else setOpen(true);
  };
  const keys: Readonly<Record<string, () => void>> = {
    ArrowDown: () => move(1),
    ArrowUp: () => move(-1),
    Enter() {
      const [value] = (open ? listed[active] : undefined) ?? [];
      if (value === undefined) setOpen(true);
      else toggle(value);
    },
    Escape: () => setOpen(false),
  };
  const pressed = (event: KeyboardEvent): void => {
    const act = keys[event.key];
    if (act === undefined || (event.key === "Escape" && !open)) return;
    event.preventDefault();
    act();
  };
  return (
    <div class="field">
      <label class="field-label" for={id}>
        {label}
      </label>
      {chosen.length === 0 ? null : (
        <Chips
          label={label}
          chosen={chosen.map((value) => options.find(([one]) => one === value) ?? [value, value])}
          onRemove={toggle}
        />
      )}
      <input
        id={id}
        ref={input}
        class="input"
        role="combobox"
        aria-autocomplete="list"
        aria-expanded={open}
        aria-controls={`${id}-list`}
        autoComplete="off"
        spellcheck={false}
        placeholder={chosen.length === 0 ? none : "Add another"}
        value={text}
        onInput={(event) => {
          setText(event.currentTarget.value);
          setActive(0);
          setOpen(true);
        }}
        onClick={() => setOpen(true)}
        onBlur={() => setOpen(false)}
        onKeyDown={pressed}
        {...defined({
          "aria-activedescendant": open && listed.length > 0 ? `${id}-${active}` : undefined,
          "aria-describedby": error === undefined ? undefined : `${id}-error`,
        })}
        {...(error === undefined ? {} : { "aria-invalid": true })}
      />
      <div ref={list} class="menu options" popover="manual">
        <div id={`${id}-list`} role="listbox" aria-label={label} aria-multiselectable>
          {listed.map(([value, name], index) => (
            <div
              key={value}
              id={`${id}-${index}`}
              role="option"
              tabIndex={-1}
              class={index === active ? "menu-item active" : "menu-item"}
              aria-selected={chosen.includes(value)}
              onMouseEnter={() => setActive(index)}
              // The field keeps the focus.
              onMouseDown={(event) => event.preventDefault()}
              onClick={() => toggle(value)}
              onKeyDown={pressed}
            >
              <span class="option-check">{chosen.includes(value) ? <Check class="icon" /> : null}</span>
              {name}
            </div>
          ))}
        </div>
        {found.length > LISTED || found.length === 0 ? (
          <p class="menu-note" role="status">
            {found.length === 0 ? "Nothing has this name." : `Type to find ${found.length - LISTED} more.`}
          </p>
        ) : null}
      </div>
      {error === undefined ? null : (
        <span class="field-error" id={`${id}-error`} role="alert">
          <CircleAlert class="icon" />
          {error}
        </span>
      )}
    </div>
  );
};
