import { z } from "zod";

/** Reads a text as JSON, for a schema to follow; `form` says in words what was expected. */
export const jsonText = (form: string) =>
  z.string().transform((text, context): unknown => {
    try {
      return JSON.parse(text);
    } catch {
      context.addIssue({ code: "custom", message: form });
      return z.NEVER;
    }
  });
