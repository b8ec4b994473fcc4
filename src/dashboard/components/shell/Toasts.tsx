import type { ComponentChildren } from "preact";
import { createContext } from "preact";
import { useContext, useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Problem } from "../../api/types.ts";
import { type Change, useChange } from "../../api/useChange.ts";
import { useOwnId } from "../../text/useOwnId.ts";
import { CircleCheck, TriangleAlert, X } from "../icons.tsx";

const SHOWN = 5_000;

interface Toast {
  readonly id: number;
  readonly text: string;
  readonly isProblem: boolean;
}

interface Speaking {
  readonly say: (text: string) => void;
  readonly fail: (problem: Problem) => void;
}

const ToastContext = createContext<Speaking>({ say: () => {}, fail: () => {} });

interface Places {
  readonly toasts: readonly Toast[];
  readonly close: (id: number) => void;
  /** The open dialogs, the last opened last. */
  readonly dialogs: readonly string[];
  /** Counts a dialog as open until the returned function is called. */
  readonly enter: (dialog: string) => () => void;
}

const PlacesContext = createContext<Places>({ toasts: [], close: () => {}, dialogs: [], enter: () => () => {} });

/**
 * Returns a function that shows a toast: a line at the edge that a screen reader announces and that disappears by
 * itself.
 */
export const useToast = (): ((text: string) => void) => useContext(ToastContext).say;

/** Like `useChange`, for a button in a page's head: an error stands at the edge until it is closed, and moves nothing. */
export const useAction = (): Change => {
  const change = useChange();
  const { fail } = useContext(ToastContext);
  useEffect(() => {
    if (change.problem !== undefined) fail(change.problem);
  }, [change.problem]);
  return change;
};

/** The toasts, in the page or in a dialog. The element is there before its first toast, as screen readers need it. */
const ToastRegion = ({ dialog }: { readonly dialog?: string }) => {
  const { toasts, close, dialogs } = useContext(PlacesContext);
  const isHeard = dialogs.at(-1) === dialog;
  return (
    <div class="toasts" role="status">
      {(isHeard ? toasts : []).map(({ id, text, isProblem }) => (
        <div class={isProblem ? "toast bad" : "toast"} key={id}>
          {isProblem ? <TriangleAlert class="icon" /> : <CircleCheck class="icon" />}
          <span {...(isProblem ? { role: "alert" } : {})}>{text}</span>
          {isProblem ? (
            <button type="button" class="button quiet icon-only small" aria-label="Close" onClick={() => close(id)}>
              <X class="icon" />
            </button>
          ) : null}
        </div>
      ))}
    </div>
  );
};

/**
 * Takes the toasts into a modal dialog while it is the last opened: everything outside it is inert, so that no screen
 * reader announces it and no key reaches it.
 */
export const DialogToasts = () => {
  const id = useOwnId();
  const { enter } = useContext(PlacesContext);
  useLayoutEffect(() => enter(id), []);
  return <ToastRegion dialog={id} />;
};

export const Toasts = ({ children }: { readonly children: ComponentChildren }) => {
  const [toasts, setToasts] = useState<readonly Toast[]>([]);
  const [dialogs, setDialogs] = useState<readonly string[]>([]);
  const next = useRef(0);
  const close = (id: number): void => setToasts((before) => before.filter((toast) => toast.id !== id));
  const enter = (dialog: string): (() => void) => {
    setDialogs((before) => [...before, dialog]);
    return () => setDialogs((before) => before.filter((other) => other !== dialog));
  };
  const speaking = useMemo((): Speaking => {
    const show = (text: string, isProblem: boolean): number => {
      const id = next.current;
      next.current += 1;
      setToasts((before) => [...before.slice(-2), { id, text, isProblem }]);
      return id;
    };
    return {
      say(text) {
        const id = show(text, false);
        setTimeout(() => close(id), SHOWN);
      },
      fail: ({ title, detail }) => void show(`${title}. ${detail}`, true),
    };
  }, []);
  return (
    <ToastContext.Provider value={speaking}>
      <PlacesContext.Provider value={{ toasts, close, dialogs, enter }}>
        {children}
        <ToastRegion />
      </PlacesContext.Provider>
    </ToastContext.Provider>
  );
};
