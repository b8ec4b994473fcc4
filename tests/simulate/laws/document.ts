import { defaultEnabled, type Layer } from "../../../src/core/layer/layer.ts";
import type { AuditEntry, Owed } from "../../../src/core/owed.ts";
import type { Document } from "../records/ledger.ts";
import { FUTURE } from "../world/neighbourStore.ts";
import { DOCUMENT_BYTES, OWED, TOMBSTONE_KEPT } from "./numbers.ts";
import type { Fail } from "./slot.ts";

const isGone = ({ kind }: Document): boolean => kind === "layer-tombstone" || kind === "site-tombstone";

/** What must hold of every write of a document over another. */
export const documentLaws = (before: Document, after: Document, size: number, fail: Fail): void => {
  if (after.rev !== before.rev + 1) fail("P1: one revision a write", `${before.rev} to ${after.rev}`);
  if (after.at < before.at) fail("H5: `at` never falls", `${before.at} to ${after.at}`);
  if (after.by === before.by) fail("every attempt has a stamp of its own", after.by);
  if (size > DOCUMENT_BYTES) fail("P14: documents are bounded", `${size} bytes`);
  if (after.owed.length > OWED + 2) fail("P14: every list is bounded", `${after.owed.length} owed`);
  if (isGone(before) && !isGone(after) && before.kind === "site-tombstone") fail("P10: nothing deleted comes back", "");
  if (before.kind === "layer-tombstone" && after.kind === "layer" && after.slot.fence <= before.fence) {
    fail("P3: the fence never falls", `${before.fence} to ${after.slot.fence} over a tombstone`);
  }
  if (before.kind === after.kind && FUTURE in before && !(FUTURE in after)) fail("P13: unknown fields survive", "top");
  if (before.kind === "layer" && after.kind === "layer") futureLaws(before, after, fail);
};

const futureLaws = (before: Layer, after: Layer, fail: Fail): void => {
  const lost = (kept: object | undefined, had: object): boolean =>
    kept !== undefined && FUTURE in had && !(FUTURE in kept);
  for (const source of before.sources) {
    if (
      lost(
        after.sources.find(({ slug }) => slug === source.slug),
        source,
      )
    ) {
      fail("P13: unknown fields survive", `source ${source.slug}`);
    }
  }
  for (const webhook of before.webhooks) {
    if (
      lost(
        after.webhooks.find(({ ref }) => ref === webhook.ref),
        webhook,
      )
    ) {
      fail("P13: unknown fields survive", `webhook ${webhook.ref}`);
    }
  }
  for (const { ref, restorable } of before.deletedWebhooks) {
    const back = after.webhooks.find((webhook) => webhook.ref === ref);
    if (lost(back, restorable ?? {})) fail("P13: unknown fields survive", `restored webhook ${ref}`);
  }
  if (lost(after.cachePurge ?? undefined, before.cachePurge ?? {})) fail("P13: unknown fields survive", "cachePurge");
  for (const { siteId, ...site } of before.connectedSites) {
    if (
      lost(
        after.connectedSites.find((one) => one.siteId === siteId),
        site,
      )
    ) {
      fail("P13: unknown fields survive", `connected site ${siteId}`);
    }
  }
};

/** A document may be removed only as the spent tombstone of a site: an id of a layer may be chosen again at any time. */
export const removalLaws = (before: Document, wall: number, fail: Fail): void => {
  if (before.kind === "layer" || before.kind === "site") fail("rule 9: only tombstones are removed", before.id);
  else if (before.kind === "layer-tombstone") fail("P10: tombstones of layers stay", before.id);
  else if (before.owed.length > 0)
    fail("P9: audit entries are never lost", `${before.id} was removed with entries owed`);
  else if (wall < before.deletedAt + TOMBSTONE_KEPT)
    fail("P10: tombstones stay a day", `${wall - before.deletedAt} ms`);
};

const auditsOf = (owed: readonly Owed[]): AuditEntry[] =>
  owed.flatMap((entry) => (entry.kind === "audit" ? [entry.entry] : []));

/** Every change by a person owes exactly its entry, in the same write. */
export const auditLaws = (before: Document | null, after: Document, fresh: readonly Owed[], fail: Fail): void => {
  const audits = auditsOf(fresh);
  const expected: string[] = [];
  const was = before?.kind === "layer" ? before : null;
  const is = after.kind === "layer" ? after : null;
  const standing = before !== null && !isGone(before);
  if (!standing && !isGone(after)) expected.push(after.kind === "layer" ? "data_layer.created" : "site.created");
  if (standing && isGone(after)) expected.push(before.kind === "layer" ? "data_layer.deleted" : "site.deleted");
  if (was !== null && is !== null) {
    for (const { id, ref, name } of is.webhooks) {
      const old = was.webhooks.find((webhook) => webhook.ref === ref);
      const back = was.deletedWebhooks.some((gone) => gone.ref === ref) ? "restored" : "created";
      if (old === undefined) expected.push(`webhook.${back} ${ref}`);
      else if (old.id !== id) expected.push(`webhook.rotated ${ref}`);
      else if (old.name !== name) expected.push(`webhook.updated ${ref}`);
    }
    for (const { ref } of was.webhooks) {
      if (!is.webhooks.some((webhook) => webhook.ref === ref)) expected.push(`webhook.deleted ${ref}`);
    }
    if (defaultEnabled(was) !== defaultEnabled(is)) {
      expected.push(defaultEnabled(is) ? "default_webhook.enabled" : "default_webhook.disabled");
    }
  }
  const named = audits
    .filter(
      ({ action }) => !/^(data_layer\.updated|site\.updated|site\.budget|build\.|sync\.|data_source\.)/.test(action),
    )
    .map(({ action, target }) => (action.startsWith("webhook.") ? `${action} ${target.id}` : action));
  if (named.sort().join() !== expected.sort().join()) {
    fail("P9: each change owes its audit entry once", `[${expected.join()}] owed [${named.join()}]`);
  }
};
