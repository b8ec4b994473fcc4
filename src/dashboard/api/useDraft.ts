import { useState } from "preact/hooks";

type Fields = Readonly<Record<string, string | boolean>>;

/** What a form shows of stored settings. */
export interface Draft<T extends Fields> {
  /** What a field shows, and how to type into it. */
  readonly field: <Name extends keyof T>(name: Name) => readonly [T[Name], (typed: T[Name]) => void];
  /** Whether what was typed in a field differs from what is stored. */
  readonly hasChanged: (name: string) => boolean;
  /** Forgets what was typed when the save began, after it succeeded. What was typed since stays. */
  readonly clear: () => void;
}

/** Returns what was typed without what was saved of it. */
export const withoutSaved = <T extends Fields>(typed: Partial<T>, saved: Partial<T>): Partial<T> => {
  const left = { ...typed };
  for (const name in left) if (left[name] === saved[name]) delete left[name];
  return left;
};

/**
 * Holds what a person types over stored settings. What was typed stays when another panel or another person changes the
 * settings meanwhile, and the other fields follow. Save the changed fields alone, so that nobody's change is undone.
 */
export const useDraft = <T extends Fields>(stored: T): Draft<T> => {
  const [typed, setTyped] = useState<Partial<T>>({});
  const shown: T = { ...stored, ...typed };
  return {
    field: (name) => [shown[name], (value) => setTyped((before) => ({ ...before, [name]: value }))],
    hasChanged: (name) => name in typed && typed[name] !== stored[name],
    clear: () => setTyped((now) => withoutSaved(now, typed)),
  };
};
