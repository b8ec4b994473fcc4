import { SECOND } from "../durations.ts";
import { type ChangeBy, type Layer, oweAct } from "../layer/layer.ts";
import { FORMER_IDS } from "../limits.ts";

/**
 * Gives a webhook a new id, and so a new URL; the one before is accepted for `keepOldForSeconds` more. A second rotation
 * takes nothing from the first, so that whoever clicks twice cuts off no sender; keeping the old one for no time drops
 * all former ones too: that is what a leak needs. Null: so many former ids are still accepted that there is no room.
 */
export const rotateWebhook = (
  layer: Layer,
  ref: string,
  id: string,
  keepOldForSeconds: number,
  by: ChangeBy,
): Layer | null => {
  const before = layer.webhooks.find((webhook) => webhook.ref === ref);
  if (before === undefined || before.id === id) return layer;
  const standing = (layer.formerIds ?? []).filter(
    (former) => former.until >= by.now && (former.ref !== ref || keepOldForSeconds > 0),
  );
  const kept = { id: before.id, ref, until: by.now + keepOldForSeconds * SECOND };
  const formerIds = keepOldForSeconds > 0 ? [...standing, kept] : standing;
  if (formerIds.length > FORMER_IDS) return null;
  const webhooks = layer.webhooks.map((webhook) => (webhook === before ? { ...webhook, id } : webhook));
  const target = { type: "webhook", id: ref, name: before.name };
  return oweAct({ ...layer, webhooks, formerIds }, by, {
    action: "webhook.rotated",
    target,
    detail: { keepOldForSeconds },
  });
};

/** The URL that a webhook had before, as far as it is still accepted. */
export interface FormerUrl {
  /** Until when (ms). */
  readonly until: number;
  /** When a delivery last came by it (ms); null: none has, since the rotation. */
  readonly lastDeliveryAt: number | null;
}

/** A webhook's former URL at a moment; of several the last end and the last use. Null: only its present one is accepted. */
export const formerUrl = (layer: Pick<Layer, "formerIds">, ref: string, now: number): FormerUrl | null => {
  const standing = (layer.formerIds ?? []).filter((former) => former.ref === ref && former.until >= now);
  if (standing.length === 0) return null;
  const seen = standing.flatMap(({ seenAt }) => (seenAt === undefined ? [] : [seenAt]));
  return {
    until: Math.max(...standing.map(({ until }) => until)),
    lastDeliveryAt: seen.length === 0 ? null : Math.max(...seen),
  };
};
