import type { NoRoom } from "../../core/layer/decideOnce.ts";
import { closeReceiver, openReceiver } from "../../core/site/deployReceiver.ts";
import type { Site } from "../../core/site/site.ts";
import type { Actor } from "../../core/slot/sync.ts";
import type { Deps } from "../deps.ts";
import { placeOf, sealedParts } from "../stored/sealing.ts";
import { changeSite, type UnknownSite } from "./changes.ts";

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
