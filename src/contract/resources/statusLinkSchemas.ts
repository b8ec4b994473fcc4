import { z } from "@hono/zod-openapi";
import { FRAME_ANCESTORS, ORIGIN_BYTES } from "../../core/limits.ts";
import { actorSchema, bytes, nameSchema, pageSchema, timeSchema } from "../schemas.ts";

/** Only what a name or address of a host consists of: an origin becomes part of a content security policy. */
const ORIGIN = /^https?:\/\/(?:[a-z0-9-]+(?:\.[a-z0-9-]+)*|\[::1\])(?::\d{1,5})?$/;

const originSchema = z
  .string()
  .transform((text, context) => {
    const url = URL.parse(text);
    if (url !== null && ORIGIN.test(url.origin) && [url.origin, `${url.origin}/`].includes(url.href)) return url.origin;
    const message = "must be a scheme and a host, with a port if needed, as in https://app.contentful.com";
    context.addIssue({ code: "custom", message });
    return z.NEVER;
  })
  .refine(...bytes(ORIGIN_BYTES))
  .openapi({ type: "string" });

export const statusLinkCreateSchema = z
  .strictObject({
    name: nameSchema.openapi({ description: "The heading of the status page, and the label of the badge." }),
    frameAncestors: z
      .array(originSchema)
      .max(FRAME_ANCESTORS, `must have at most ${FRAME_ANCESTORS} origins`)
      .transform((origins) => [...new Set(origins)])
      .default([])
      .openapi({
        description:
          "The origins whose pages may show the status page in a frame, such as that of a CMS. Left out: none.",
        type: "array",
        items: { type: "string" },
      }),
  })
  .openapi("StatusLinkInput");

export const statusLinkSchema = z
  .object({
    ref: z.string().openapi({ description: "The public name, which the audit log shows." }),
    name: z.string(),
    url: z.string().nullable().optional().openapi({
      description:
        "The status page. With `.json` at its end: the same as JSON. Owner and Developer; null: it was sealed with a secret that is no longer configured, and works all the same.",
    }),
    badgeUrl: z.string().nullable().optional().openapi({ description: "The same as an image. Owner and Developer." }),
    frameAncestors: z.array(z.string()),
    createdAt: timeSchema,
    createdBy: actorSchema,
  })
  .openapi("StatusLink");

export const statusLinkListSchema = pageSchema(statusLinkSchema).openapi("StatusLinkList");
