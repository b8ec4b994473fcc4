import { z } from "@hono/zod-openapi";

export const headerNameSchema = z
  .string()
  .regex(/^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,64}$/, "is not the name of a header")
  .transform((name) => name.toLowerCase());

export const bodyPathSchema = z
  .string()
  .max(100, "must have at most 100 characters")
  .regex(/^[^.]+(?:\.[^.]+)*$/, "must be names joined by dots");

const PART = /^(?:method|url|path|timestamp|body|header:[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,64})$/;
const hasUnknownPart = (signs: string): boolean =>
  [...signs.matchAll(/\{([^{}]*)\}/g)].some(([, name = ""]) => !PART.test(name));

/** Refuses settings by which anybody who captured a delivery could send another one with its signature. */
export const refineSigns = (
  { signs, timestamp }: { signs?: string | undefined; timestamp?: object | undefined },
  context: z.core.$RefinementCtx,
  path = "signs",
): void => {
  if (signs === undefined) return;
  const count = (part: string): number => signs.split(part).length - 1;
  const fault = hasUnknownPart(signs)
    ? "may contain only the parts {method}, {url}, {path}, {timestamp}, {body} and {header:<name>}"
    : count("{body}") !== 1
      ? "must contain {body} once"
      : count("{timestamp}") !== (timestamp === undefined ? 0 : 1)
        ? "must contain {timestamp} once if `timestamp` is given, and must not contain it otherwise"
        : null;
  if (fault !== null) context.addIssue({ code: "custom", path: [path], message: fault, input: signs });
};

/** What a signature or a hash covers. */
export const signedTextSchema = z
  .string()
  .max(200, "must have at most 200 characters")
  .regex(/^[\x20-\x7e\n]*$/, "may contain only printable ASCII characters and line breaks");

export const hashSchema = z.enum(["sha1", "sha256", "sha384", "sha512"]);

/** Where a signature is, and what it covers. */
export const signatureFields = {
  header: headerNameSchema,
  prefix: z
    .string()
    .max(32, "must have at most 32 characters")
    .regex(/^[\x21-\x7e]*$/, "may contain only printable ASCII characters")
    .default("")
    .openapi({
      description:
        "The text before each signature. The header may hold several signatures, separated by commas or spaces.",
    }),
  timestamp: z
    .strictObject({
      header: headerNameSchema,
      unit: z.enum(["seconds", "milliseconds"]).default("seconds"),
      separator: z
        .string()
        .max(8, "must have at most 8 characters")
        .regex(/^[\x20-\x7e\n]*$/, "may contain only printable ASCII characters")
        .default("."),
      name: z
        .string()
        .regex(/^[A-Za-z0-9_-]{1,32}$/, "must have 1 to 32 letters, digits, - or _")
        .optional()
        .openapi({ description: "Its name in a header of several parts: `t` in `t=1780000000,v1=…`." }),
    })
    .optional()
    .openapi({ description: "What is signed is then the timestamp, the separator and the body, unless `signs` says." }),
  signs: signedTextSchema.optional().openapi({
    description:
      "What is signed: {method}, {url}, {path} (with the query), {timestamp}, {body} and {header:<name>}, with the text between them, as in `{method}\\n{path}\\n{timestamp}.{body}`.",
  }),
};
