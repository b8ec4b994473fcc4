import { defined } from "../../core/defined.ts";
import type { NoRoom } from "../../core/layer/decideOnce.ts";
import { type DeletedWebhook, defaultEnabled, type Layer, type Webhook } from "../../core/layer/layer.ts";
import { DELETED_WEBHOOKS, WEBHOOKS } from "../../core/limits.ts";
import type { Actor } from "../../core/slot/sync.ts";
import { equalSecrets } from "../../core/webhook/authenticate.ts";
import { isRestorable, restoreWebhook, webhookBefore } from "../../core/webhook/restorable.ts";
import {
  changedWebhook,
  replaceWebhook,
  sameWebhook,
  settingsFit,
  type WebhookChange,
} from "../../core/webhook/webhookSettings.ts";
import { addWebhook, deleteWebhook, rotateWebhook } from "../../core/webhook/webhooks.ts";
import { orderKey } from "../../store/keys.ts";
import type { Deps } from "../deps.ts";
import { type Page, type PageRequest, pageOf } from "../stored/pages.ts";
import { isoTime } from "../time.ts";
import { CHANGED_SINCE, type ChangedSince, changeLayer, DELETED, type Deleted, type UnknownLayer } from "./changes.ts";

/**
 * A layer's webhook, by its public name or its secret id. The public name wins, because a `DELETE` from a list sends
 * it.
 */
export const findWebhook = (layer: Layer, idOrRef: string): Webhook | null =>
  layer.webhooks.find(({ ref }) => ref === idOrRef) ??
  layer.webhooks.filter(({ id }) => equalSecrets(id, idOrRef))[0] ??
  null;

/** One page of a layer's webhooks. */
export const listWebhooks = (layer: Layer, request: PageRequest): Page<Webhook> => {
  const positions = new Map(layer.webhooks.map((webhook) => [orderKey("", webhook.createdAt, webhook.ref), webhook]));
  const page = pageOf(positions.keys(), request);
  return { ...page, items: page.items.flatMap((position) => positions.get(position) ?? []) };
};

/**
 * Makes the change of the webhook with this ref. Secrets are sealed for one webhook, so the change needs the ref. Equal
 * refs give equal sealed texts.
 */
export type ChangeOfWebhook = (ref: string) => WebhookChange;

const NO_CHANGE: ChangeOfWebhook = () => ({});

export type WebhookCreated =
  | { readonly kind: "created"; readonly webhook: Webhook }
  | { readonly kind: "taken" }
  | { readonly kind: "too-many" }
  /** The request keeps the default webhook accepted, but it is disabled already. */
  | { readonly kind: "default-off" }
  | SettingsRefused;

export type SettingsRefused =
  /** The verification has no secret for its scheme and algorithm. */
  | { readonly kind: "secret-needed" }
  /** The settings of the layer's webhooks would exceed what its document may hold. */
  | { readonly kind: "settings-too-long" };

/** Whether this id is a former id that is still accepted. Another webhook must not take over its senders. */
const isFormer = (layer: Layer, id: string, now: number): boolean =>
  (layer.formerIds ?? []).some((former) => former.id === id && former.until >= now);

/**
 * Adds a webhook under a chosen id or a new one, with the settings of `change`. Its public name is `keptRef` if that is
 * free. With `keepDefaultUntil` (ms) the default webhook, which the first webhook disables, is accepted until then.
 */
export const createWebhook = (
  deps: Deps,
  actor: Actor,
  layerId: string,
  name: string,
  keptId: string | null,
  change: ChangeOfWebhook = NO_CHANGE,
  keptRef: string | null = null,
  keepDefaultUntil: number | null = null,
): Promise<WebhookCreated | UnknownLayer | NoRoom> => {
  const id = keptId ?? deps.ids.secret();
  // A short ref may be in use. Every attempt chooses among the same few refs created here.
  const refs = [...(keptRef === null ? [] : [keptRef]), ...Array.from({ length: 8 }, () => deps.ids.ref())];
  return changeLayer<WebhookCreated>(deps, actor, layerId, (layer, { by, tried }) => {
    const existing = layer.webhooks.find((webhook) => webhook.id === id || webhook.ref === id);
    if (existing !== undefined) {
      const isOurs = tried && existing.id === id && refs.includes(existing.ref);
      return { kind: "keep", result: isOurs ? { kind: "created", webhook: existing } : { kind: "taken" } };
    }
    // An earlier attempt created the webhook, its reply was lost, and somebody has deleted it since: it must not come
    // back.
    const deleted = layer.deletedWebhooks.find((known) => known.id === id && refs.includes(known.ref));
    if (tried && deleted !== undefined) {
      const { ref } = deleted;
      return {
        kind: "keep",
        result: { kind: "created", webhook: { id, ref, name, createdAt: by.now, createdBy: actor } },
      };
    }
    if (isFormer(layer, id, by.now)) return { kind: "keep", result: { kind: "taken" } };
    if (keepDefaultUntil !== null && !defaultEnabled(layer)) return { kind: "keep", result: { kind: "default-off" } };
    if (layer.webhooks.length >= WEBHOOKS) return { kind: "keep", result: { kind: "too-many" } };
    const namesInUse = new Set([...layer.webhooks, ...layer.deletedWebhooks].flatMap((known) => [known.ref, known.id]));
    const ref = refs.find((candidate) => !namesInUse.has(candidate) && candidate !== id);
    if (ref === undefined) throw new RangeError("eight refs were all in use");
    const webhook = changedWebhook({ id, ref, name, createdAt: by.now, createdBy: actor }, change(ref), by.now);
    if (webhook === null) return { kind: "keep", result: { kind: "secret-needed" } };
    if (!settingsFit(layer, webhook)) return { kind: "keep", result: { kind: "settings-too-long" } };
    const grace = keepDefaultUntil === null ? null : { until: keepDefaultUntil, shown: isoTime(keepDefaultUntil) };
    return { kind: "write", document: addWebhook(layer, webhook, by, grace), result: { kind: "created", webhook } };
  });
};

export type WebhookRenamed =
  | { readonly kind: "renamed"; readonly webhook: Webhook; readonly layer: Layer }
  | { readonly kind: "unknown-webhook" }
  | ChangedSince
  | SettingsRefused;

/** Renames a webhook (null keeps its name) and changes its settings. `matches` judges its current version. */
export const changeWebhook = (
  deps: Deps,
  actor: Actor,
  layerId: string,
  idOrRef: string,
  newName: string | null,
  matches: (webhook: Webhook, layer: Layer) => boolean,
  change: ChangeOfWebhook = NO_CHANGE,
): Promise<WebhookRenamed | UnknownLayer | NoRoom> =>
  changeLayer<WebhookRenamed>(deps, actor, layerId, (layer, { by, tried }) => {
    const webhook = findWebhook(layer, idOrRef);
    if (webhook === null) return { kind: "keep", result: { kind: "unknown-webhook" } };
    const next = changedWebhook(
      webhook,
      { ...change(webhook.ref), ...defined({ name: newName ?? undefined }) },
      by.now,
    );
    const isSame = next !== null && sameWebhook(webhook, next);
    const done = tried && isSame;
    if (!done && !matches(webhook, layer)) return { kind: "keep", result: CHANGED_SINCE };
    if (next === null) return { kind: "keep", result: { kind: "secret-needed" } };
    if (isSame) return { kind: "keep", result: { kind: "renamed", webhook, layer } };
    if (!settingsFit(layer, next)) return { kind: "keep", result: { kind: "settings-too-long" } };
    const document = replaceWebhook(layer, next, by);
    return { kind: "write", document, result: { kind: "renamed", webhook: next, layer: document } };
  });

export type WebhookDeleted = Deleted | { readonly kind: "unknown-webhook" };

/** Deletes a webhook. The last one's deletion enables the default webhook again. */
export const removeWebhook = (
  deps: Deps,
  actor: Actor,
  layerId: string,
  idOrRef: string,
): Promise<WebhookDeleted | UnknownLayer | NoRoom> =>
  changeLayer<WebhookDeleted>(deps, actor, layerId, (layer, { by, tried }) => {
    const webhook = findWebhook(layer, idOrRef);
    if (webhook === null) return { kind: "keep", result: { kind: tried ? "deleted" : "unknown-webhook" } };
    const next = deleteWebhook(layer, webhook.ref, by, DELETED_WEBHOOKS);
    return { kind: "write", document: next, result: DELETED };
  });

export type UrlChanged =
  | { readonly kind: "rotated"; readonly webhook: Webhook; readonly layer: Layer }
  | { readonly kind: "unknown-webhook" }
  /** Too many former URLs are still accepted. */
  | { readonly kind: "too-many" };

/** Gives a webhook a new URL. The former one is accepted for `keepOldForSeconds` more. */
export const newWebhookUrl = (
  deps: Deps,
  actor: Actor,
  layerId: string,
  idOrRef: string,
  keepOldForSeconds: number,
): Promise<UrlChanged | UnknownLayer | NoRoom> => {
  const id = deps.ids.secret();
  return changeLayer<UrlChanged>(deps, actor, layerId, (layer, { by, tried }) => {
    // An earlier attempt rotated the webhook and its reply was lost, so the webhook has its new id.
    const webhook = findWebhook(layer, idOrRef) ?? (tried ? findWebhook(layer, id) : null);
    if (webhook === null) return { kind: "keep", result: { kind: "unknown-webhook" } };
    if (webhook.id === id) return { kind: "keep", result: { kind: "rotated", webhook, layer } };
    const next = rotateWebhook(layer, webhook.ref, id, keepOldForSeconds, by);
    if (next === null) return { kind: "keep", result: { kind: "too-many" } };
    return { kind: "write", document: next, result: { kind: "rotated", webhook: { ...webhook, id }, layer: next } };
  });
};

export type Undeleted =
  | { readonly kind: "restored"; readonly webhook: Webhook; readonly layer: Layer }
  | { readonly kind: "unknown-webhook" }
  /** The webhook was deleted too long ago, or too many others were deleted since. */
  | { readonly kind: "not-restorable" }
  | { readonly kind: "too-many" };

/** A layer's deleted webhook, by its public name or its secret id. */
const findDeleted = (layer: Layer, idOrRef: string): DeletedWebhook | null =>
  layer.deletedWebhooks.find(({ ref }) => ref === idOrRef) ??
  layer.deletedWebhooks.filter(({ id }) => equalSecrets(id, idOrRef))[0] ??
  null;

/** Restores a deleted webhook, URL and secrets included. A present webhook is returned as it is. */
export const undeleteWebhook = (
  deps: Deps,
  actor: Actor,
  layerId: string,
  idOrRef: string,
): Promise<Undeleted | UnknownLayer | NoRoom> =>
  changeLayer<Undeleted>(deps, actor, layerId, (layer, { by }) => {
    const present = findWebhook(layer, idOrRef);
    if (present !== null) return { kind: "keep", result: { kind: "restored", webhook: present, layer } };
    const deleted = findDeleted(layer, idOrRef);
    if (deleted === null) return { kind: "keep", result: { kind: "unknown-webhook" } };
    const webhook = webhookBefore(deleted);
    if (webhook === null || !isRestorable(deleted, by.now)) return { kind: "keep", result: { kind: "not-restorable" } };
    if (layer.webhooks.length >= WEBHOOKS) return { kind: "keep", result: { kind: "too-many" } };
    const next = restoreWebhook(layer, webhook, by);
    return { kind: "write", document: next, result: { kind: "restored", webhook, layer: next } };
  });
