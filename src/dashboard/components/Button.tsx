import type { ComponentChildren } from "preact";
import { useRef } from "preact/hooks";
import { defined } from "../../core/defined.ts";
import { type Needs, useMember, whyNot } from "../api/session.tsx";
import { placeAt } from "./overlay/placeAt.ts";

interface ButtonProps {
  readonly children: ComponentChildren;
  readonly onClick?: (() => void) | undefined;
  readonly type?: "button" | "submit";
  readonly look?: "primary" | "danger" | "quiet" | undefined;
  readonly small?: boolean;
  readonly iconOnly?: boolean;
  readonly disabled?: boolean | undefined;
  readonly label?: string;
}

const classOf = ({ look, small, iconOnly }: Pick<ButtonProps, "look" | "small" | "iconOnly">): string =>
  ["button", look, small ? "small" : "", iconOnly ? "icon-only" : ""].filter(Boolean).join(" ");

/** A button. A disabled button keeps the keyboard focus, so that a screen reader can announce it. */
export const Button = ({ children, onClick, type = "button", disabled = false, label, ...look }: ButtonProps) => (
  <button
    type={type}
    class={classOf(look)}
    onClick={(event) => {
      // This also stops Enter in a field of the form, which clicks the form's button.
      if (disabled) event.preventDefault();
      else onClick?.();
    }}
    {...defined({ "aria-label": label })}
    {...(disabled ? { "aria-disabled": true } : {})}
  >
    {children}
  </button>
);

/** A button for an action that needs a role. Members without the role see it disabled, with the reason. */
export const RoleButton = ({ needs, ...props }: ButtonProps & { readonly needs: Needs }) => {
  const reason = whyNot(useMember(), needs);
  return reason === null ? <Button {...props} /> : <RefusedButton {...props} reason={reason} />;
};

const RefusedButton = ({ children, reason, label, ...look }: ButtonProps & { readonly reason: string }) => {
  const tip = useRef<HTMLSpanElement>(null);
  const show = (event: { readonly currentTarget: HTMLElement }): void => {
    if (tip.current === null) return;
    placeAt(tip.current, event.currentTarget);
    tip.current.showPopover();
  };
  const hide = (): void => tip.current?.hidePopover();
  return (
    <>
      <button
        type="button"
        class={classOf(look)}
        aria-disabled
        onMouseEnter={show}
        onFocus={show}
        onMouseLeave={hide}
        onBlur={hide}
        onKeyDown={(event) => {
          if (event.key === "Escape") hide();
        }}
        {...defined({ "aria-label": label })}
      >
        {children}
        <span class="hidden-text">. {reason}</span>
      </button>
      <span class="tip" popover="manual" aria-hidden ref={tip}>
        {reason}
      </span>
    </>
  );
};
