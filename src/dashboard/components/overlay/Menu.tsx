import type { ComponentChildren } from "preact";
import { useRef, useState } from "preact/hooks";
import { defined } from "../../../core/defined.ts";
import { useOwnId } from "../../text/useOwnId.ts";
import { placeAt } from "./placeAt.ts";

/** The step of an arrow key from one item to another; the first and the last item are neighbours. */
const steps: Readonly<Record<string, (at: number, count: number) => number>> = {
  ArrowDown: (at, count) => (at + 1) % count,
  ArrowUp: (at, count) => (at - 1 + count) % count,
  Home: () => 0,
  End: (_, count) => count - 1,
};

/** A button that opens a menu of `MenuItem`s. `button` is what the button shows. */
export const Menu = ({
  button,
  look = "",
  label,
  disabled = false,
  children,
}: {
  readonly button: ComponentChildren;
  readonly look?: string;
  /** The button's name, if its content has none. */
  readonly label?: string;
  readonly disabled?: boolean;
  readonly children: ComponentChildren;
}) => {
  const id = useOwnId();
  const opener = useRef<HTMLButtonElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const [open, setOpen] = useState(false);
  const items = (): HTMLElement[] => [...(list.current?.querySelectorAll<HTMLElement>("[role^=menuitem]") ?? [])];
  const hide = (): void => list.current?.hidePopover();
  const toggled = (opened: boolean): void => {
    setOpen(opened);
    if (!opened) return;
    items()[0]?.focus({ preventScroll: true });
    // The menu does not move with its button.
    addEventListener("scroll", hide, { once: true, passive: true });
  };
  const move = (event: KeyboardEvent): void => {
    if (event.key === "Tab") hide();
    const all = items();
    const to = steps[event.key]?.(
      all.findIndex((item) => item.contains(document.activeElement)),
      all.length,
    );
    if (to === undefined) return;
    event.preventDefault();
    all[to]?.focus();
  };
  return (
    <>
      <button
        ref={opener}
        id={`${id}-button`}
        type="button"
        class={`button ${look}`}
        aria-haspopup="menu"
        aria-expanded={open}
        {...defined({ "aria-label": label })}
        {...(disabled ? { "aria-disabled": true } : { popovertarget: id })}
      >
        {button}
      </button>
      <div
        id={id}
        ref={list}
        class="menu"
        role="menu"
        tabIndex={-1}
        popover="auto"
        aria-labelledby={`${id}-button`}
        onBeforeToggle={() => {
          if (list.current !== null && opener.current !== null) placeAt(list.current, opener.current);
        }}
        onToggle={(event) => toggled(event.newState === "open")}
        onKeyDown={move}
      >
        {children}
      </div>
    </>
  );
};

export const MenuItem = ({
  onClick,
  isChosen,
  children,
}: {
  readonly onClick: () => void;
  /** Given, the item is one of several of which one is chosen. */
  readonly isChosen?: boolean;
  readonly children: ComponentChildren;
}) => (
  <button
    type="button"
    class="menu-item"
    {...(isChosen === undefined ? { role: "menuitem" } : { role: "menuitemradio", "aria-checked": isChosen })}
    tabIndex={-1}
    onClick={(event) => {
      const menu = event.currentTarget.closest("[popover]");
      if (menu instanceof HTMLElement) menu.hidePopover();
      onClick();
    }}
  >
    {children}
  </button>
);
