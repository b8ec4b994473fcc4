import { z } from "@hono/zod-openapi";
import { JSON_POINTER } from "../../core/layer/jsonPointer.ts";
import { URL_BYTES } from "../../core/limits.ts";
import { sampleUrl } from "../../core/proof/pageCheck.ts";
import { bytes, timeSchema } from "../schemas.ts";

const isTemplate = (template: string): boolean => {
  const url = URL.parse(sampleUrl(template));
  const host = /^[a-z]+:\/\/([^/?#]*)/i.exec(template)?.[1] ?? "";
  return url !== null && ["https:", "http:"].includes(url.protocol) && !/[{}@]/.test(host) && host !== "";
};

const templateOf = (what: string) =>
  z
    .string()
    .trim()
    .min(1, "must not be empty")
    .refine(...bytes(200))
    .openapi({ description: `${what} \`{path.to.value}\` stands for a value in the delivery's JSON.` });
const nameOf = (what: string) => z.string().regex(/^[A-Za-z0-9:._-]{1,80}$/, `must be the name of a ${what}`);

const expectInput = z
  .strictObject({
    text: templateOf("A text on the page.").optional(),
    meta: nameOf("<meta>").optional().openapi({ description: "The `name` or `property` of a `<meta>`." }),
    header: nameOf("header").optional().openapi({ description: "The name of a header of the answer." }),
    pointer: z
      .string()
      .regex(JSON_POINTER, "must be a JSON Pointer, such as /updatedAt")
      .refine(...bytes(200))
      .optional()
      .openapi({ description: "A JSON Pointer into the answer." }),
    value: templateOf("What `meta`, `header` or `pointer` has.").optional(),
  })
  .superRefine(({ text, value, ...places }, context) => {
    const named = Object.values(places).filter((place) => place !== undefined).length;
    const isText = text !== undefined && named === 0 && value === undefined;
    const isValue = text === undefined && named === 1 && value !== undefined;
    if (!isText && !isValue)
      context.addIssue({
        code: "custom",
        message: "must have either text, or value with one of meta, header, pointer",
      });
  })
  .transform((expect) =>
    Object.fromEntries(
      Object.entries(expect).flatMap(([name, one]): [string, string][] => (one === undefined ? [] : [[name, one]])),
    ),
  );

/** How a publish is recognised on its page. */
export const liveCheckInput = z.strictObject({
  url: z
    .string()
    .trim()
    .refine(...bytes(URL_BYTES))
    .refine(isTemplate, "must be a URL; only its path and its query may have values in braces, such as {payload.slug}")
    .openapi({ description: "The page of a publish. `{path.to.value}` stands for a value in the delivery's JSON." }),
  expect: expectInput,
  settleSeconds: z
    .number()
    .int()
    .min(0)
    .max(900, "must be at most 900")
    .default(60)
    .openapi({ description: "How long the build waits that is started because a page stays old." }),
});

export const liveCheckSchema = z
  .object({ url: z.string(), expect: z.record(z.string(), z.string()), settleSeconds: z.number() })
  .openapi("LiveCheck");

const state = z.enum(["seen", "missing", "unknown"]).openapi({
  description: "`missing`: the page answers, and does not show the publish. `unknown`: nobody can say.",
});

/** What a dry run is of. */
export const liveTestInput = z
  .strictObject({ live: liveCheckInput.optional().openapi({ description: "Tried instead of the layer's own." }) })
  .openapi("LiveTestInput");

export const liveTestedSchema = z
  .object({
    deliveryId: z
      .string()
      .nullable()
      .openapi({ description: "The newest delivery whose body is kept; null: none is." }),
    receivedAt: timeSchema.nullable(),
    url: z.string().nullable().openapi({ description: "What was fetched; null: a value is missing." }),
    expect: z
      .record(z.string(), z.string())
      .nullable()
      .openapi({ description: "What was looked for, with its values." }),
    status: z.number().int().nullable(),
    state,
    reason: z.string().nullable(),
  })
  .openapi("LiveTested");

/** What the page of one publish showed after a deploy. */
export const onPageSchema = z
  .object({
    state,
    reason: z.string().nullable(),
    lookedAt: timeSchema.openapi({ description: "When it was looked at last, or first seen." }),
    until: timeSchema.nullable().openapi({ description: "The next look; null: there is none." }),
  })
  .openapi("OnPage", { description: "Whether its page shows the publish; null: nobody has looked." });
