import { z } from "zod/mini";

/** Reads a text as JSON for a schema; `form` says in words what is expected. */
export const jsonText = (form: string) =>
  z.pipe(
    z.string(),
    z.transform((text: string, { issues }): unknown => {
      try {
        return JSON.parse(text);
      } catch {
        issues.push({ code: "custom", message: form, input: text });
        return z.NEVER;
      }
    }),
  );
