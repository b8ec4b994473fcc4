import { Button as BaseButton, Tooltip, TooltipAnchor, TooltipProvider } from "@ariakit/react";
import type { ComponentChildren } from "preact";
import { defined } from "../../core/defined.ts";
import { type Needs, useMember, whyNot } from "../api/session.tsx";

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
  <BaseButton
    type={type}
    className={classOf(look)}
    disabled={disabled}
    accessibleWhenDisabled
    {...defined({ onClick, "aria-label": label })}
  >
    {children}
  </BaseButton>
);

/** A button for an action that needs a role. Members without the role see it disabled, with the reason. */
export const RoleButton = ({ needs, ...props }: ButtonProps & { readonly needs: Needs }) => {
  const reason = whyNot(useMember(), needs);
  if (reason === null) return <Button {...props} />;
  const { children, label, ...look } = props;
  return (
    <TooltipProvider timeout={0}>
      <TooltipAnchor
        render={
          <BaseButton
            type="button"
            className={classOf(look)}
            disabled
            accessibleWhenDisabled
            {...defined({ "aria-label": label })}
          />
        }
      >
        {children}
        <span class="hidden-text">. {reason}</span>
      </TooltipAnchor>
      <Tooltip className="tip">{reason}</Tooltip>
    </TooltipProvider>
  );
};
