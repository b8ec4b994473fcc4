import { z } from "@hono/zod-openapi";
import { auditActions } from "../../core/owed.ts";
import { actorSchema, ID_POSITION, pageQuery, pageSchema, timeSchema } from "../schemas.ts";

const orNull = (text: string | undefined): string | null => text ?? null;
const timeOrNull = (text: string | undefined): number | null => (text === undefined ? null : Date.parse(text));

const filters = {
  dataLayerId: z
    .string()
    .regex(/^[A-Za-z0-9_-]{8,128}$/, "is not the id of a data layer")
    .optional()
    .transform(orNull),
  actor: z
    .string()
    .min(1, "must not be empty")
    .max(320, "must have at most 320 characters")
    .optional()
    .transform(orNull)
    .openapi({
      description:
        "The actor's id or e-mail address, or a part of the name or of the address. A text with `@` must be the whole address.",
      type: "string",
    }),
  action: z.enum(auditActions).optional().transform(orNull),
  from: timeSchema.optional().transform(timeOrNull).openapi({ description: "At or after this time.", type: "string" }),
  until: timeSchema.optional().transform(timeOrNull).openapi({ description: "Before this time.", type: "string" }),
};

const page = pageQuery(ID_POSITION).shape;

export const auditQuery = z.strictObject({ ...page, ...filters });
export const auditExportQuery = z.strictObject({ cursor: page.cursor, ...filters });

export const auditEntrySchema = z
  .object({
    id: z.string(),
    at: timeSchema,
    actor: actorSchema,
    action: z.string().openapi({ description: `One of ${auditActions.join(", ")}.` }),
    target: z.object({ type: z.string(), id: z.string(), name: z.string() }),
    dataLayerId: z.string().nullable(),
    requestId: z.string().nullable().openapi({ description: "Equal for all entries of one request." }),
    detail: z.record(z.string(), z.unknown()).openapi({
      description:
        "Of settings: `fields` that changed, their values `before` and `after`, and in `replaced` the names of credentials and URLs that are others now. URLs of data sources are masked; credentials appear by name only. What was too long is named in `omitted`.",
    }),
  })
  .openapi("AuditEntry");

export const auditListSchema = pageSchema(auditEntrySchema).openapi("AuditLog");
