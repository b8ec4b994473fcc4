import type { NoRoom } from "../../core/layer/decideOnce.ts";
import { closeReceiver, openReceiver } from "../../core/site/deployReceiver.ts";
import type { Site } from "../../core/site/site.ts";
import type { Actor } from "../../core/slot/slot.ts";
import type { Deps } from "../deps.ts";
import { placeOf, sealedParts } from "../stored/sealing.ts";
import { changeSite, type UnknownSite } from "./changes.ts";

/** Where Netlify sends a site's deploy notifications to. The secret is in the address. */
export const receiverUrl = (deps: Deps, siteId: string, secret: string): string =>
  `${deps.publicUrl}/hooks/deploys/${siteId}/${secret}`;

export interface ReceiverOpened {
  readonly kind: "opened";
  readonly url: string;
  readonly signingSecret: string;
  /** Until when the address before it is heard as well (ms); null: there was none. */
  readonly previousUntil: number | null;
}

/** Makes the address under which a site hears of its deploys, or a new one instead. Both secrets are new. */
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

/** Stops hearing of a site's deploys: its builds are over when their hook has answered, or when a token tells. */
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
