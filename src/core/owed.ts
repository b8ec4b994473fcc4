import { z } from "zod/mini";
import { utf8Bytes } from "./bytes.ts";
import type { Decision } from "./document.ts";
import { OWED, OWED_BYTES } from "./limits.ts";
import type { BuildEvent } from "./site/buildEvents.ts";
import { actorSchema, syncSchema } from "./slot/sync.ts";

export const auditActions = [
  "data_layer.created",
  "data_layer.updated",
  "data_layer.deleted",
  "webhook.created",
  "webhook.updated",
  "webhook.deleted",
  "webhook.rotated",
  "webhook.restored",
  "default_webhook.disabled",
  "default_webhook.enabled",
  "site.created",
  "site.updated",
  "site.deleted",
  "site.budget_reached",
  "site.hook_tested",
  "build.requested",
  "sync.requested",
  "sync.cancelled",
  "data_source.secret_rotated",
  "notification.secret_rotated",
  "status_link.created",
  "status_link.deleted",
  "token.created",
  "token.deleted",
  "configuration.exported",
  "plan.updated",
] as const;
export type AuditAction = (typeof auditActions)[number];

export const auditEntrySchema = z.looseObject({
  id: z.string(),
  at: z.number(),
  actor: actorSchema,
  /**
   * One of `auditActions`, or an action of a neighbouring release: an unknown word must not make a layer unreadable.
   */
  action: z.string(),
  target: z.looseObject({ type: z.string(), id: z.string(), name: z.string() }),
  dataLayerId: z.nullable(z.string()),
  /** Equal for all entries of one API request; absent without a request. */
  requestId: z.optional(z.string()),
  detail: z.record(z.string(), z.json()),
});
export type AuditEntry = z.infer<typeof auditEntrySchema>;
/** An audit entry as this release creates it. */
export type NewAuditEntry = AuditEntry & { readonly action: AuditAction };

/**
 * An entry that a committed change still has to append to the archive. It is stored by the same write as the change, so
 * a crash right after the change loses nothing. Its key is fixed here, so appending it twice has the effect of once.
 */
export const owedSchema = z.discriminatedUnion("kind", [
  z.looseObject({ kind: z.literal("sync"), id: z.string(), record: syncSchema }),
  z.looseObject({ kind: z.literal("audit"), id: z.string(), entry: auditEntrySchema }),
]);
export type Owed = z.infer<typeof owedSchema>;

/** Owes an audit entry. */
export const oweAudit = (entry: NewAuditEntry): Owed => ({ kind: "audit", id: entry.id, entry });

/**
 * Whether the outbox has room for another entry. Without room, changes by people are refused and nothing new is claimed
 * until the archive accepts entries again. Deliveries owe nothing and are always accepted.
 */
export const hasRoom = (document: { owed: readonly Owed[] }, more = 1): boolean =>
  document.owed.length + more <= OWED && utf8Bytes(JSON.stringify(document.owed)) <= OWED_BYTES;

/** What a document still has to do outside itself: entries to append, and events to tell to its layers. */
interface Outbox {
  readonly owed: Owed[];
  readonly untold?: BuildEvent[] | undefined;
}

/** Whether a document has anything left to append or to tell. */
export const owesAnything = ({ owed, untold = [] }: Outbox): boolean => owed.length + untold.length > 0;

/** Drops what was appended or told from the outbox. Writes nothing if the outbox holds none of it. */
export const dropAppended = <D extends Outbox>(document: D | null, ids: readonly string[]): Decision<D, null> =>
  document !== null && [...document.owed, ...(document.untold ?? [])].some(({ id }) => ids.includes(id))
    ? { kind: "write", document: flush(document, ids), result: null }
    : { kind: "keep", result: null };

/** Drops entries that are in the archive, and events that were told, from the document's outbox. */
export const flush = <D extends Outbox>(document: D, ids: readonly string[]): D => ({
  ...document,
  owed: document.owed.filter(({ id }) => !ids.includes(id)),
  ...(document.untold && { untold: document.untold.filter(({ id }) => !ids.includes(id)) }),
});
