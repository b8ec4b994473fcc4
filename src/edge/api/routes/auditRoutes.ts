import type { z } from "@hono/zod-openapi";
import { type AuditExport, exportAudit, listAudit } from "../../../app/stored/auditLog.ts";
import { isoTime } from "../../../app/time.ts";
import {
  auditEntrySchema,
  auditExportQuery,
  auditListSchema,
  auditQuery,
} from "../../../contract/records/auditSchemas.ts";
import type { AuditEntry } from "../../../core/owed.ts";
import { type Scope, scopeOf } from "../../access/scope.ts";
import { none, type Route } from "../definition.ts";
import { notFound } from "../problems.ts";
import { route } from "../route.ts";
import { actorView } from "../views/syncView.ts";

const path = "/audit-log";

/** The detail as it is shown: a token's end is stored in ms. */
const detailView = ({ expiresAt, ...detail }: AuditEntry["detail"]): AuditEntry["detail"] =>
  expiresAt === undefined
    ? detail
    : { ...detail, expiresAt: typeof expiresAt === "number" ? isoTime(expiresAt) : expiresAt };

const entryView = (entry: AuditEntry): z.input<typeof auditEntrySchema> => ({
  id: entry.id,
  at: isoTime(entry.at),
  actor: actorView(entry.actor),
  action: entry.action,
  target: { type: entry.target.type, id: entry.target.id, name: entry.target.name },
  dataLayerId: entry.dataLayerId,
  requestId: entry.requestId ?? null,
  detail: detailView(entry.detail),
});

/** A layer in the filter that the member may not see gets 404, as on every other path. */
const isHidden = (scope: Scope | null, { dataLayerId }: { readonly dataLayerId: string | null }): boolean =>
  scope !== null && dataLayerId !== null && !scope.since.has(dataLayerId);

const list = route({
  operationId: "listAuditLog",
  method: "get",
  path,
  summary: "Lists who changed what, newest first. A page may be short",
  allowed: "members",
  query: auditQuery,
  body: none,
  answers: { 200: { description: "A page of entries", schema: auditListSchema } },
  problems: { 404: ["DATA_LAYER_NOT_FOUND"] },
  scoped: true,
  async handle(call) {
    const { limit, cursor, ...filter } = call.query;
    const scope = await scopeOf(call);
    if (isHidden(scope, filter)) return notFound("DATA_LAYER");
    const within = scope?.since ?? null;
    const { items, nextCursor } = await listAudit(call.deps, { ...filter, within }, { limit, cursor });
    return call.read(auditListSchema, { items: items.map(entryView), nextCursor });
  },
});

/** The URL of the export's next part, with the same filters. */
const nextLink = (query: Readonly<Record<string, string | number | null>>, cursor: string): string => {
  const next = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== null) next.set(name, typeof value === "number" ? isoTime(value) : value);
  }
  next.set("cursor", cursor);
  return `</api/v1${path}/export?${next}>; rel="next"`;
};

/** The stream fails when an entry cannot be read, so that a reader never takes a part for the whole. */
const linesOf = (handfuls: AuditExport["entries"]): ReadableStream<Uint8Array> => {
  const source = handfuls[Symbol.asyncIterator]();
  const encoder = new TextEncoder();
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await source.next();
      if (done) return controller.close();
      const lines = value.map((entry) => `${JSON.stringify(entryView(entry))}\n`);
      if (lines.length > 0) controller.enqueue(encoder.encode(lines.join("")));
      // An empty read would not be followed by another one.
      else await this.pull?.(controller);
    },
  });
};

const exported = route({
  operationId: "exportAuditLog",
  method: "get",
  path: `${path}/export`,
  summary: "Exports the entries as NDJSON, newest first. `Link` with rel=next leads to the next part",
  allowed: "members",
  query: auditExportQuery,
  body: none,
  answers: { 200: { description: "One entry a line", schema: auditEntrySchema, mediaType: "application/x-ndjson" } },
  problems: { 404: ["DATA_LAYER_NOT_FOUND"] },
  scoped: true,
  async handle(call) {
    const { cursor, ...filter } = call.query;
    const scope = await scopeOf(call);
    if (isHidden(scope, filter)) return notFound("DATA_LAYER");
    const within = scope?.since ?? null;
    const { entries, nextCursor } = await exportAudit(call.deps, { ...filter, within }, cursor);
    return new Response(linesOf(entries), {
      headers: {
        "content-type": "application/x-ndjson; charset=utf-8",
        "content-disposition": 'attachment; filename="audit-log.ndjson"',
        "cache-control": "no-store",
        vary: "Authorization",
        ...(nextCursor === null ? {} : { link: nextLink(filter, nextCursor) }),
      },
    });
  },
});

export const auditRoutes: readonly Route[] = [list, exported];
