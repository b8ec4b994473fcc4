import type { ComponentChildren, TargetedMouseEvent } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { type Change, useChange } from "../api/useChange.ts";
import { useOwnId } from "../text/useOwnId.ts";
import { Button } from "./Button.tsx";
import { Field } from "./Field.tsx";
import { X } from "./icons.tsx";
import { ProblemNotice } from "./Notice.tsx";
import { DialogToasts } from "./shell/Toasts.tsx";

interface DialogProps {
  readonly onClose: () => void;
  readonly title: string;
  readonly children: ComponentChildren;
}

interface FormProps extends DialogProps {
  /** The text of the button that submits. */
  readonly action: string;
  /** The same text while the change runs, such as "Deleting…". */
  readonly doing?: string;
  /** The text of the button that does nothing. */
  readonly refuse?: string;
  readonly look?: "danger" | "primary";
}

const QUESTION = "Close this dialog? What you typed is not saved.";

/** Whether a mouse event is on the backdrop, which counts as the dialog itself but lies outside its box. */
const isBeside = ({
  target,
  currentTarget,
  clientX: x,
  clientY: y,
}: TargetedMouseEvent<HTMLDialogElement>): boolean => {
  const { left, right, top, bottom } = currentTarget.getBoundingClientRect();
  return target === currentTarget && (x < left || x > right || y < top || y > bottom);
};

const Modal = ({ onClose, title, children }: DialogProps) => {
  const id = useOwnId();
  const dialog = useRef<HTMLDialogElement>(null);
  const closesList = useRef(false);
  const isTyped = useRef(false);
  const askAndClose = (): void => {
    if (!isTyped.current || confirm(QUESTION)) onClose();
  };
  useLayoutEffect(() => {
    const shown = dialog.current;
    shown?.showModal();
    // The browser gives the focus back only if the dialog is closed before it is removed.
    return () => shown?.close();
  }, []);
  return (
    <dialog
      ref={dialog}
      class="dialog"
      aria-labelledby={id}
      onKeyDownCapture={(event) => {
        closesList.current = dialog.current?.querySelector('[role="combobox"][aria-expanded="true"]') != null;
        if (event.key !== "Escape" || closesList.current || !isTyped.current) return;
        // Without this, the browser closes the dialog without a question if Escape is pressed twice.
        event.preventDefault();
        askAndClose();
      }}
      onCancel={(event) => {
        if (event.target !== dialog.current) return;
        event.preventDefault();
        // Escape in an open list closes the list alone.
        if (!closesList.current) askAndClose();
      }}
      // The browser closes a dialog by itself if Escape is pressed twice and nothing was typed.
      onClose={() => {
        if (dialog.current !== null) onClose();
      }}
      // A press inside that is released outside closes nothing, nor does one on the dialog's own scroll bar.
      onMouseDown={(event) => {
        // A press beside the dialog loses nothing that a person has typed.
        if (isBeside(event) && !isTyped.current) onClose();
      }}
      onInput={() => {
        isTyped.current = true;
      }}
      // A dialog may stand inside a form, and its own form is not that form.
      onSubmit={(event) => {
        event.stopPropagation();
        isTyped.current = false;
      }}
    >
      <div class="dialog-body">
        <h2 id={id}>{title}</h2>
        {children}
        {/* The close button comes last, so that a dialog opens with the focus in its first field. */}
        <button
          type="button"
          class="button quiet icon-only small dialog-close"
          aria-label="Close"
          onClick={askAndClose}
        >
          <X class="icon" />
        </button>
      </div>
      <DialogToasts />
    </dialog>
  );
};

/** A modal dialog with a form: its fields, what went wrong, and the buttons. Is in the page only while it is open. */
export const Dialog = ({
  change,
  action,
  doing = action,
  refuse = "Cancel",
  look = "primary",
  ready = true,
  onSubmit,
  children,
  ...modal
}: FormProps & {
  readonly change: Pick<Change, "running" | "problem">;
  /** Whether the form can be submitted. */
  readonly ready?: boolean;
  readonly onSubmit: () => unknown;
}) => (
  <Modal {...modal}>
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void onSubmit();
      }}
    >
      {children}
      <ProblemNotice problem={change.problem} />
      <div class="dialog-foot">
        <Button onClick={modal.onClose}>{refuse}</Button>
        <Button type="submit" look={look} disabled={!ready || change.running}>
          {change.running ? doing : action}
        </Button>
      </div>
    </form>
  </Modal>
);

interface ConfirmProps extends FormProps {
  readonly doing: string;
  /** What the person must type first. */
  readonly typed?: string;
  readonly onConfirm: () => Promise<unknown>;
}

const Confirm = ({ typed, onConfirm, children, ...form }: ConfirmProps) => {
  const change = useChange();
  const [text, setText] = useState("");
  const ready = typed === undefined || text.trim() === typed;
  const confirm = async (): Promise<void> => {
    if (ready && (await change.run(onConfirm))) form.onClose();
  };
  return (
    <Dialog refuse="Keep it" look="danger" {...form} change={change} ready={ready} onSubmit={confirm}>
      <div class="stack">{children}</div>
      {typed === undefined ? null : (
        <Field label={`Type the name to confirm: ${typed}`} value={text} onInput={setText} autoComplete="off" />
      )}
    </Dialog>
  );
};

/** A dialog that asks to confirm an action. */
export const ConfirmDialog = ({ open, ...props }: ConfirmProps & { readonly open: boolean }) =>
  open ? <Confirm {...props} /> : null;
