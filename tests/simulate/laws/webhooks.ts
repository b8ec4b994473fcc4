import { isDeepStrictEqual } from "node:util";
import type { Layer, Webhook } from "../../../src/core/layer/layer.ts";
import type { AuditEntry, Owed } from "../../../src/core/owed.ts";
import { layerKey } from "../../../src/store/keys.ts";
import type { Ledger } from "../records/ledger.ts";
import type { Instance } from "../world/instance.ts";
import { FUTURE } from "../world/neighbourStore.ts";
import { SECOND } from "./numbers.ts";
import type { Fail } from "./slot.ts";

/** What a person asked of a webhook's former URL or of the default webhook. */
type Ask =
  | { readonly kind: "rotate"; readonly layerId: string; readonly ref: string; readonly keepOldForSeconds: number }
  | { readonly kind: "keep default"; readonly layerId: string; readonly until: number };

const DAY = 24 * 3600 * SECOND;

/** Whether a layer's document lets in by a URL at a time, as the contract says it; null: the default webhook. */
export const admits = (layer: Layer, webhookId: string | null, at: number): boolean => {
  const { webhooks, defaultWebhook, defaultKept, formerIds = [] } = layer;
  if (webhookId === null) {
    if (defaultWebhook === "off") return false;
    return webhooks.length === 0 || (defaultKept !== undefined && at <= defaultKept.until);
  }
  if (webhooks.some(({ id }) => id === webhookId)) return true;
  return formerIds.some(
    ({ id, ref, until }) => id === webhookId && at <= until && webhooks.some((webhook) => webhook.ref === ref),
  );
};

/** Without what a later release writes on everything it writes; that it survives is a law of its own. */
const plain = (webhook: Webhook | undefined): object => ({ ...webhook, [FUTURE]: null });

/** What must hold of webhooks that get a new URL, come back, or leave the default one accepted for a while. */
export class WebhookLaws {
  readonly #ledger: Ledger;
  readonly #asks: Ask[] = [];
  readonly #changed = new Set<string>();

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
  }

  /** A person asks for something; whether it comes about, only the documents know. */
  asked(ask: Ask): void {
    this.#asks.push(ask);
  }

  /** A layer was written over by a process whose clock says `wall`. */
  committed(before: Layer, after: Layer, fresh: readonly Owed[], writer: Instance, wall: number, fail: Fail): void {
    const entries = fresh
      .flatMap((owed) => (owed.kind === "audit" ? [owed.entry] : []))
      .filter(({ action }) => action.startsWith("webhook."));
    for (const { action, target } of entries) {
      const change = `${action} ${target.id} by ${writer.name}`;
      if (this.#changed.has(change)) fail("a rename, a rotation and the like are made once", change);
      this.#changed.add(change);
    }
    this.#urls(before, after, entries, wall, fail);
    for (const entry of entries) if (entry.action === "webhook.restored") this.#restored(before, after, entry, fail);
    this.#default(before, after, fail);
  }

  #urls(before: Layer, after: Layer, entries: readonly AuditEntry[], wall: number, fail: Fail): void {
    const rotations = entries.filter(({ action }) => action === "webhook.rotated");
    const law = "an old URL is accepted until its time and not after";
    const formers = after.formerIds ?? [];
    for (const { ref, id } of before.webhooks) {
      const now = after.webhooks.find((webhook) => webhook.ref === ref);
      if (now === undefined || now.id === id) continue;
      const entry = rotations.find(({ target }) => target.id === ref);
      const ask = this.#asks.find(
        (one) =>
          one.kind === "rotate" &&
          one.layerId === after.id &&
          one.ref === ref &&
          one.keepOldForSeconds === entry?.detail["keepOldForSeconds"],
      );
      if (entry === undefined || ask?.kind !== "rotate") {
        fail("a webhook's URL changes only when a person asks for it", ref);
        continue;
      }
      const kept = formers.find((former) => former.id === id);
      const until = entry.at + ask.keepOldForSeconds * SECOND;
      if (ask.keepOldForSeconds === 0 ? formers.some((one) => one.ref === ref) : kept?.until !== until) {
        fail(law, `${ref} is kept until ${kept?.until}, and was to be for ${ask.keepOldForSeconds} s`);
      }
    }
    for (const former of before.formerIds ?? []) {
      const dropped = rotations.some(
        ({ target, detail }) => target.id === former.ref && detail["keepOldForSeconds"] === 0,
      );
      const kept = formers.find(({ id }) => id === former.id);
      if (!dropped && former.until >= wall && kept?.until !== former.until) fail(law, `one of ${former.ref} is gone`);
    }
    for (const { id, ref } of formers) {
      const known = (before.formerIds ?? []).some((former) => former.id === id);
      const rotated = before.webhooks.some((webhook) => webhook.ref === ref && webhook.id === id);
      if (!known && !rotated) fail(law, `${ref} never had this one`);
    }
  }

  #restored(before: Layer, after: Layer, { target, at }: AuditEntry, fail: Fail): void {
    const gone = before.deletedWebhooks.find(({ ref }) => ref === target.id);
    const back = after.webhooks.find(({ ref }) => ref === target.id);
    const versions = this.#ledger.versions.get(layerKey(after.id)) ?? [];
    const stood = ({ document }: (typeof versions)[number]): Webhook[] =>
      document?.kind === "layer" ? document.webhooks.filter(({ ref }) => ref === target.id) : [];
    // The newest is the one that has just been written.
    const was = versions.slice(0, -1).flatMap(stood).at(-1);
    if (gone === undefined || at - gone.deletedAt > DAY) fail("a webhook is restored within a day", target.id);
    if (!isDeepStrictEqual(plain(back), plain(was)))
      fail("a restored webhook is as it was", JSON.stringify({ was, back }));
    if (back !== undefined && !admits(after, back.id, at)) fail("a restored webhook authenticates", target.id);
  }

  #default(before: Layer, after: Layer, fail: Fail): void {
    const law = "the default webhook is kept as long as was asked, and no longer than it is needed";
    const [was, is] = [before.defaultKept?.until, after.defaultKept?.until];
    if (was === is) return;
    const asked = this.#asks.some((ask) => ask.kind === "keep default" && ask.layerId === after.id && ask.until === is);
    if (is === undefined ? after.webhooks.length > 0 : before.webhooks.length > 0 || !asked)
      fail(law, `${was} to ${is}`);
  }
}
