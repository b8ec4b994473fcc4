import { DAY } from "../durations.ts";
import type { ChangeBy } from "../layer/layer.ts";
import type { DeployNotifications } from "./deployHistory.ts";
import { oweSiteChange, type Site } from "./site.ts";

/** How long the former notification URL is accepted after a rotation, while somebody enters the new one at Netlify. */
export const RECEIVER_OVERLAP = DAY;

/** The secret in the notification URL and the secret that signs, both sealed. */
export type Receiver = Pick<DeployNotifications, "secret" | "signingSecret">;

/** Gives a site a new notification URL. The former one is accepted for another day. */
export const openReceiver = (site: Site, receiver: Receiver, by: ChangeBy): Site => {
  const current = site.deployNotifications;
  if (current?.secret === receiver.secret) return site;
  const previous =
    current === undefined
      ? {}
      : {
          previous: {
            secret: current.secret,
            signingSecret: current.signingSecret,
            until: by.now + RECEIVER_OVERLAP,
          },
        };
  const { previous: _former, ...rest } = current ?? {};
  const deployNotifications = { ...rest, ...receiver, createdAt: by.now, ...previous };
  return oweSiteChange({ ...site, deployNotifications }, ["deployNotifications"], by);
};

/** Disconnects deploy notifications. The known deploys are dropped, because without notifications they become outdated. */
export const closeReceiver = (site: Site, by: ChangeBy): Site => {
  const { deployNotifications, deploys: _deploys, ...rest } = site;
  return deployNotifications === undefined ? site : oweSiteChange(rest, ["deployNotifications"], by);
};

/** The receivers whose URL is accepted now, sealed; the newest first. */
export const acceptedReceivers = ({ deployNotifications }: Site, now: number): readonly Receiver[] => {
  if (deployNotifications === undefined) return [];
  const { previous } = deployNotifications;
  return [deployNotifications, ...(previous !== undefined && previous.until > now ? [previous] : [])];
};
