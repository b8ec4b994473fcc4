import { useCallback, useRef, useState } from "preact/hooks";
import { unsavedAgain } from "../watchForms.ts";
import { changeProblemFrom } from "./request.ts";
import type { Problem } from "./types.ts";

export interface Change {
  readonly running: boolean;
  /** Why the last change failed. */
  readonly problem: Problem | undefined;
  /** Runs a change, unless one is running. Resolves to true if the change succeeded. */
  readonly run: (change: () => Promise<unknown>) => Promise<boolean>;
  readonly clear: () => void;
}

/** Runs one change at a time, so that a second click does nothing. */
export const useChange = (): Change => {
  const [running, setRunning] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const busy = useRef(false);
  const run = useCallback(async (change: () => Promise<unknown>): Promise<boolean> => {
    if (busy.current) return false;
    const keepUnsaved = unsavedAgain();
    busy.current = true;
    setRunning(true);
    setProblem(undefined);
    try {
      await change();
      return true;
    } catch (error) {
      keepUnsaved();
      setProblem(changeProblemFrom(error));
      return false;
    } finally {
      busy.current = false;
      setRunning(false);
    }
  }, []);
  const clear = useCallback(() => setProblem(undefined), []);
  return { running, problem, run, clear };
};
