import type { ComponentChildren } from "preact";
import { createContext } from "preact";
import { useCallback, useContext, useRef, useState } from "preact/hooks";
import { CircleCheck } from "../icons.tsx";

const SHOWN = 5_000;

const ToastContext = createContext<(text: string) => void>(() => {});

/**
 * Returns a function that shows a toast: a line at the edge that a screen reader announces and that disappears by
 * itself.
 */
export const useToast = (): ((text: string) => void) => useContext(ToastContext);

export const Toasts = ({ children }: { readonly children: ComponentChildren }) => {
  const [toasts, setToasts] = useState<readonly { readonly id: number; readonly text: string }[]>([]);
  const next = useRef(0);
  const say = useCallback((text: string) => {
    const id = next.current;
    next.current += 1;
    setToasts((before) => [...before.slice(-2), { id, text }]);
    setTimeout(() => setToasts((before) => before.filter((toast) => toast.id !== id)), SHOWN);
  }, []);
  return (
    <ToastContext.Provider value={say}>
      {children}
      <div class="toasts" role="status">
        {toasts.map(({ id, text }) => (
          <div class="toast" key={id}>
            <CircleCheck class="icon" />
            <span>{text}</span>
          </div>
        ))}
      </div>
    </ToastContext.Provider>
  );
};
