import type { NoRoom } from "../../core/layer/decideOnce.ts";
import type { DeployHook } from "../../core/site/deployHistory.ts";
import { closeReceiver, openReceiver } from "../../core/site/deployReceiver.ts";
import type { Site } from "../../core/site/site.ts";
import type { Actor } from "../../core/slot/sync.ts";
import type { Deps } from "../deps.ts";
import { createDeployHooks, type HookDone, removeDeployHooks } from "../netlify/deployHooks.ts";
import { placeOf, sealedParts } from "../stored/sealing.ts";
import { changeSite, UNKNOWN_SITE, type UnknownSite } from "./changes.ts";
import { findSite } from "./sites.ts";

/** The URL to which Netlify sends a site's deploy notifications. The URL holds a secret. */
export const receiverUrl = (deps: Deps, siteId: string, secret: string): string =>
  `${deps.publicUrl}/hooks/deploys/${siteId}/${secret}`;

export interface ReceiverOpened {
  readonly kind: "opened";
  readonly url: string;
  readonly signingSecret: string;
  /** Until when the former URL is accepted as well (ms); null: there is none. */
  readonly previousUntil: number | null;
}

/** Creates or rotates a site's notification URL, with two new secrets. */
export const openDeployReceiver = (
  deps: Deps,
  actor: Actor,
  siteId: string,
): Promise<ReceiverOpened | UnknownSite | NoRoom> => {
  const secret = deps.ids.secret();
  const signingSecret = deps.ids.secret();
  const seal = (text: string, part: string): string =>
    deps.sealer.seal(text, placeOf({ kind: "site", id: siteId }, part));
  const sealed = {
    secret: seal(secret, sealedParts.receiver),
    signingSecret: seal(signingSecret, sealedParts.receiverSigning),
  };
  const url = receiverUrl(deps, siteId, secret);
  const opened = ({ deployNotifications }: Site): ReceiverOpened => ({
    kind: "opened",
    url,
    signingSecret,
    previousUntil: deployNotifications?.previous?.until ?? null,
  });
  return changeSite<ReceiverOpened>(deps, actor, siteId, (site, { by }) => {
    const next = openReceiver(site, sealed, by);
    return next === site
      ? { kind: "keep", result: opened(site) }
      : { kind: "write", document: next, result: opened(next) };
  });
};

export type ReceiverClosed = { readonly kind: "closed" };

/**
 * Disconnects a site's deploy notifications. Its builds then end when the build hook answers, or by polling with a
 * token.
 */
export const closeDeployReceiver = (
  deps: Deps,
  actor: Actor,
  siteId: string,
): Promise<ReceiverClosed | UnknownSite | NoRoom> =>
  changeSite<ReceiverClosed>(deps, actor, siteId, (site, { by }) => {
    const next = closeReceiver(site, by);
    return next === site
      ? { kind: "keep", result: { kind: "closed" } }
      : { kind: "write", document: next, result: { kind: "closed" } };
  });

/** Netlify's API cannot be called for the site. */
export interface NotConnected {
  readonly kind: "not-connected";
  readonly lacks: "token" | "site-id";
}

export type ReceiverRegistered = Omit<ReceiverOpened, "kind"> & {
  readonly kind: "registered";
  /** The hooks that were created, and those that were not. */
  readonly created: readonly HookDone[];
  /** The hooks of the former URL that are still there. */
  readonly remaining: readonly HookDone[];
};

/** Stores which hooks are at Netlify now. Those in `gone` are not. */
const storeHooks = (
  deps: Deps,
  actor: Actor,
  siteId: string,
  hooks: readonly DeployHook[],
  gone: readonly string[],
): Promise<{ readonly kind: "stored" } | UnknownSite | NoRoom> =>
  changeSite<{ readonly kind: "stored" }>(deps, actor, siteId, (site) => {
    const { deployNotifications } = site;
    if (deployNotifications === undefined) return { kind: "keep", result: { kind: "stored" } };
    const others = (deployNotifications.hooks ?? []).filter(({ id }) => hooks.every((hook) => hook.id !== id));
    const next = [...others, ...hooks].filter(({ id }) => !gone.includes(id));
    const document = { ...site, deployNotifications: { ...deployNotifications, hooks: next } };
    return { kind: "write", document, result: { kind: "stored" } };
  });

/**
 * Creates or rotates a site's notification URL, and makes a hook for it at Netlify for each event. The ids are stored
 * before the hooks of the former URL are removed, so that a crash loses none of them.
 */
export const registerDeployReceiver = async (
  deps: Deps,
  actor: Actor,
  siteId: string,
): Promise<ReceiverRegistered | NotConnected | UnknownSite | NoRoom> => {
  const before = await findSite(deps, siteId);
  if (before === null) return UNKNOWN_SITE;
  const { netlify: api } = deps;
  if (api === undefined) return { kind: "not-connected", lacks: "token" };
  if (before.netlifySiteId === undefined) return { kind: "not-connected", lacks: "site-id" };
  const opened = await openDeployReceiver(deps, actor, siteId);
  if (opened.kind !== "opened") return opened;
  const created = await createDeployHooks(deps, api, before.netlifySiteId, opened);
  const hooks = created.flatMap(({ id, event }) => (id === null ? [] : [{ id, event }]));
  const stored = await storeHooks(deps, actor, siteId, hooks, []);
  if (stored.kind !== "stored") return stored;
  const removed = await removeDeployHooks(deps, api, before.deployNotifications?.hooks ?? []);
  const gone = removed.flatMap(({ id, error }) => (error === null && id !== null ? [id] : []));
  if (gone.length > 0) await storeHooks(deps, actor, siteId, [], gone);
  const remaining = removed.filter(({ error }) => error !== null);
  return { ...opened, kind: "registered", created, remaining };
};

/** Removes the hooks that were made at Netlify; returns those that are still there. */
export const unregisterDeployReceiver = async (deps: Deps, siteId: string): Promise<readonly HookDone[]> => {
  const site = await findSite(deps, siteId);
  const removed = await removeDeployHooks(deps, deps.netlify, site?.deployNotifications?.hooks ?? []);
  return removed.filter(({ error }) => error !== null);
};
