import type { Outside } from "./outside.ts";

/** The outside, to which no text with one of these secrets is let out. */
export const redacted = (outside: Outside, secrets: readonly string[]): Outside => {
  const hide = (text: string): string => secrets.reduce((shown, secret) => shown.replaceAll(secret, "…"), text);
  return {
    ...outside,
    say: (line) => outside.say(hide(line)),
    progress: (line) => outside.progress(hide(line)),
    write: (path, text) => outside.write(path, hide(text)),
  };
};
