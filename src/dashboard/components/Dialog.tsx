import { Dialog as BaseDialog, DialogDismiss, DialogHeading } from "@ariakit/react";
import type { ComponentChildren } from "preact";
import { useLayoutEffect, useState } from "preact/hooks";
import { useChange } from "../api/useChange.ts";
import { Button } from "./Button.tsx";
import { Field } from "./Field.tsx";
import { X } from "./icons.tsx";
import { ProblemNotice } from "./Notice.tsx";

interface DialogProps {
  readonly open: boolean;
  readonly onClose: () => void;
  readonly title: string;
  readonly children: ComponentChildren;
}

export const Dialog = ({ open, onClose, title, children }: DialogProps) => (
  <BaseDialog open={open} onClose={onClose} unmountOnHide className="dialog" backdrop={<div class="backdrop" />}>
    <DialogHeading>{title}</DialogHeading>
    {children}
    {/* The close button comes last, so that a dialog opens with the focus in its first field. */}
    <DialogDismiss className="button quiet icon-only small dialog-close" aria-label="Close">
      <X class="icon" />
    </DialogDismiss>
  </BaseDialog>
);

/** A dialog that asks to confirm an action. If `typed` is given, the person must type that text first. */
export const ConfirmDialog = ({
  open,
  onClose,
  title,
  children,
  action,
  typed,
  refuse = "Keep it",
  look = "danger",
  onConfirm,
}: DialogProps & {
  readonly action: string;
  readonly typed?: string;
  /** The text of the button that does nothing. */
  readonly refuse?: string;
  readonly look?: "danger" | "primary";
  readonly onConfirm: () => Promise<unknown>;
}) => {
  const change = useChange();
  const [text, setText] = useState("");
  useLayoutEffect(() => {
    if (!open) return;
    setText("");
    change.clear();
  }, [open]);
  const ready = typed === undefined || text.trim() === typed;
  const confirm = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (ready && (await change.run(onConfirm))) onClose();
  };
  return (
    <Dialog open={open} onClose={onClose} title={title}>
      <form onSubmit={(event) => void confirm(event)}>
        <div class="stack">{children}</div>
        {typed === undefined ? null : (
          <Field label={`Type the name to confirm: ${typed}`} value={text} onInput={setText} autoComplete="off" />
        )}
        <ProblemNotice problem={change.problem} />
        <div class="dialog-foot">
          <Button onClick={onClose}>{refuse}</Button>
          <Button type="submit" look={look} disabled={!ready || change.running}>
            {change.running ? "Saving…" : action}
          </Button>
        </div>
      </form>
    </Dialog>
  );
};
