import { z } from "@hono/zod-openapi";
import { JSON_POINTER } from "../../core/layer/jsonPointer.ts";
import type { Settings } from "../../core/layer/settings.ts";
import { httpSettings, probeSettings } from "../../core/layer/source.ts";
import { SLUG } from "../../core/webhook/deliveryScope.ts";
import { bytes, nameSchema, timeSchema, urlSchema } from "../schemas.ts";

/** A signing secret that the caller provides. */
export const signingSecretInput = z
  .string()
  .regex(/^whsec_[A-Za-z0-9+/]{32,88}={0,2}$/, "must be whsec_ and 24 to 64 bytes in Base64");

/** The headers of twenty sources must fit into a document, sealed and beside everything else. */
const HEADERS = 5;
/** All values of one source. */
const HEADER_CHARS = 1200;
const PICK_BYTES = 384;
const HEADER_NAME = /^[a-z0-9!#$%&'*+.^_`|~-]{1,40}$/i;
/** Printable ASCII without spaces at the ends. Any other text is not one header line, or changes on its way. */
const HEADER_VALUE = /^[!-~](?:[ -~]*[!-~])?$/;
/** Headers that outgoing calls set themselves: the checked host, the framing, and no compression. */
const OURS = new Set([
  ...["host", "connection", "content-length", "content-type", "transfer-encoding", "te", "trailer", "upgrade"],
  ...["expect", "keep-alive", "proxy-authorization", "proxy-connection", "accept-encoding", "range"],
]);

const headersInput = z
  .record(z.string(), z.string())
  .superRefine((headers, context) => {
    const refuse = (path: string[], message: string) => context.addIssue({ code: "custom", path, message });
    const names = Object.keys(headers);
    if (names.length > HEADERS) refuse([], `at most ${HEADERS} headers`);
    if (Object.values(headers).join("").length > HEADER_CHARS) {
      refuse([], `the values must have at most ${HEADER_CHARS} characters together`);
    }
    const seen = new Set<string>();
    for (const [name, value] of Object.entries(headers).slice(0, HEADERS)) {
      const lower = name.toLowerCase();
      if (!HEADER_NAME.test(name)) refuse([name], "is not a header name");
      else if (OURS.has(lower)) refuse([name], "is set by Layerhook itself");
      else if (seen.has(lower)) refuse([name], "is named twice");
      else if (!HEADER_VALUE.test(value)) refuse([name], "must be printable ASCII, with no space at either end");
      seen.add(lower);
    }
  })
  .transform((headers) =>
    Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])),
  )
  .openapi({
    description:
      "Request headers, credentials among them: kept encrypted, shown masked. Left out, the headers of the existing source with this slug are kept, as long as its URL keeps its scheme, host and port.",
  });

const named = {
  slug: z
    .string()
    .regex(SLUG, "must use a-z, 0-9, - and _, begin with a letter or digit, and have at most 64 characters"),
  name: nameSchema.optional(),
  url: urlSchema,
};

const seconds = (from: number, to: number) =>
  z.int("must be a whole number").min(from, `must be at least ${from}`).max(to, `must be at most ${to}`);

/** A schema for each setting, and for nothing else. */
export type Schemas<S extends Settings> = { readonly [N in keyof S]: z.ZodType };

const httpInput = z
  .strictObject({
    ...named,
    type: z.literal("http").optional(),
    ...({
      timeoutSeconds: seconds(1, 900).default(900),
      settleSeconds: seconds(0, 60).default(3).openapi({ description: httpSettings.settleSeconds.means }),
    } satisfies Schemas<typeof httpSettings>),
  })
  .openapi("HttpSourceInput", { description: "A sync job: Layerhook sends a POST." });

/** A probe as it is given. */
export const probeInput = z
  .strictObject({
    ...named,
    type: z.literal("probe"),
    headers: headersInput.optional(),
    ...({
      pick: z
        .string()
        .max(128, "must have at most 128 characters")
        .refine((pick) => !/[\p{Cc}\p{Cs}]/u.test(pick), "must not contain control characters")
        .refine(...bytes(PICK_BYTES))
        .regex(JSON_POINTER, 'must be a JSON Pointer: "" for the whole document, else "/" before each step')
        .optional()
        .openapi({ description: probeSettings.pick.means }),
      checkEvery: z
        .enum(["15m", "1h", "6h", "24h"])
        .optional()
        .openapi({ description: probeSettings.checkEvery.means }),
    } satisfies Schemas<typeof probeSettings>),
  })
  .openapi("ProbeSourceInput", {
    description: "A probe: Layerhook sends a GET and compares the answer with the previous answer.",
  });

/** The message names both types, because `type` may be absent, which the schema's own message would list as a third. */
const anyType = {
  error: ({ code, discriminator }: { readonly code: string; readonly discriminator?: unknown }) =>
    code === "invalid_union" && discriminator === "type" ? 'must be "http" or "probe"' : undefined,
};

/** A data source as it is given. Without a type it is a job. */
export const sourceInput = z
  .discriminatedUnion("type", [httpInput, probeInput], anyType)
  .transform((input) => (input.type === "probe" ? input : { ...input, type: "http" as const }));

/** A data source as a configuration document has it. */
export const sourceConfiguration = z
  .discriminatedUnion(
    "type",
    [
      z
        .strictObject({ ...httpInput.shape, secret: signingSecretInput.optional() })
        .openapi("HttpSourceConfiguration", { description: "A sync job, with its signing secret." }),
      probeInput,
    ],
    anyType,
  )
  .transform((input) => (input.type === "probe" ? input : { ...input, type: "http" as const }));

const shownUrl = z.string().openapi({
  description: "Complete for Owner and Developer. For others, each value of the query is masked with `…`.",
});

/** A data source as it is shown. */
export const sourceSchema = z.discriminatedUnion("type", [
  z
    .object({
      slug: z.string(),
      name: z.string(),
      type: z.literal("http"),
      url: shownUrl,
      ...({ timeoutSeconds: z.number(), settleSeconds: z.number() } satisfies Schemas<typeof httpSettings>),
      secret: z
        .string()
        .nullable()
        .optional()
        .openapi({ description: "Owner and Developer; null: encrypted with a key that Layerhook no longer has." }),
      previousSecretExpiresAt: timeSchema.nullable().optional(),
    })
    .openapi("HttpSource"),
  z
    .object({
      slug: z.string(),
      name: z.string(),
      type: z.literal("probe"),
      url: shownUrl,
      headers: z.record(z.string(), z.string()).openapi({ description: "Masked: names only." }),
      ...({ pick: z.string().nullable(), checkEvery: z.enum(["15m", "1h", "6h", "24h"]).nullable() } satisfies Schemas<
        typeof probeSettings
      >),
      checkedAt: timeSchema.nullable().openapi({ description: "When the probe last ran." }),
    })
    .openapi("ProbeSource"),
]);
