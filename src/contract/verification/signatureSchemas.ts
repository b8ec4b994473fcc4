import { z } from "@hono/zod-openapi";
import { stepsOf } from "../../core/webhook/eventFilter.ts";
import { headerIn, neverCertain, signedParts } from "../../core/webhook/signedParts.ts";

export const headerNameSchema = z
  .string()
  .regex(/^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,64}$/, "is not the name of a header")
  .transform((name) => name.toLowerCase());

const OF_HTTP = /^(?:connection|content-length|host|keep-alive|te|trailer|transfer-encoding|upgrade)$/;

/** A header with a proof. No sender can put one into a header of HTTP itself. */
export const proofHeaderSchema = headerNameSchema.refine((name) => !OF_HTTP.test(name), {
  message: "can never match: HTTP itself sets this header. Name the header that holds the proof",
});

/** The names of a value in a body. What is written in another notation is refused, because it would find nothing. */
export const bodyPathSchema = z
  .string()
  .max(100, "must have at most 100 characters")
  .regex(/^[^.]+(?:\.[^.]+)*$/, "must be names joined by dots")
  .refine((path) => !stepsOf(path).some((step) => /\[[^\]]*\]$/.test(step)), {
    message: "can never match: write an element of a list as .0",
  })
  .refine((path) => !/^(?:\$(?:\.|$)|\/)/.test(path), {
    message: "can never match: write names joined by dots, without $ or / at the beginning",
  })
  .refine((path) => stepsOf(path).every((step) => step === step.trim()), {
    message: "can never match: a name has no blanks at its ends",
  });

const PART = /^(?:method|url|path|timestamp|body|header:[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,64})$/;

interface SignatureInput {
  /** The header with the signature, or with the token that holds the hash. */
  readonly header?: string | undefined;
  readonly signs?: string | undefined;
  readonly timestamp?:
    | { readonly header: string; readonly separator: string; readonly name?: string | undefined }
    | undefined;
}

/** What is wrong with the parts that a signature covers; null: nothing. */
const partsFault = ({ header, signs, timestamp }: SignatureInput): string | null => {
  const parts = signedParts({ signs, timestamp });
  const count = (part: string): number => parts.names.filter((name) => name === part).length;
  if (parts.names.some((name) => !PART.test(name))) {
    return "may contain only the parts {method}, {url}, {path}, {timestamp}, {body} and {header:<name>}";
  }
  if (count("body") !== 1) return "must contain {body} once";
  if (count("timestamp") !== (timestamp === undefined ? 0 : 1)) {
    return "must contain {timestamp} once if `timestamp` is given, and must not contain it otherwise";
  }
  if (header !== undefined && parts.names.some((name) => headerIn(name)?.toLowerCase() === header)) {
    return `must not contain {header:${header}}: neither a signature nor a token can cover itself`;
  }
  const part = neverCertain(parts);
  return part === null
    ? null
    : `must separate {${part}} from the next part by a text that it never contains: no request could be verified`;
};

/**
 * Refuses settings by which anybody who captured a delivery could send another one with its signature, and those that no
 * delivery can meet.
 */
export const refineSigns = (given: SignatureInput, context: z.core.$RefinementCtx, path = ["signs"]): void => {
  const { header, signs, timestamp } = given;
  const fault = partsFault(given);
  // Without `signs`, what stands between the time and the body is at fault.
  const at = signs === undefined ? ["timestamp", "separator"] : path;
  if (fault !== null) context.addIssue({ code: "custom", path: at, message: fault, input: signs });
  if (timestamp === undefined || timestamp.header !== header || timestamp.name !== undefined) return;
  const message = "is required, because the header of the timestamp holds the signature too";
  context.addIssue({ code: "custom", path: ["timestamp", "name"], message, input: timestamp });
};

/** What a signature or a hash covers. */
export const signedTextSchema = z
  .string()
  .max(200, "must have at most 200 characters")
  .regex(/^[\x20-\x7e\n]*$/, "may contain only printable ASCII characters and line breaks");

export const hashSchema = z.enum(["sha1", "sha256", "sha384", "sha512"]);

/** Where a signature is, and what it covers. */
export const signatureFields = {
  header: proofHeaderSchema,
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
