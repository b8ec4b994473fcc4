import { DAY } from "../durations.ts";
import type { ChangeBy } from "../layer/layer.ts";
import { type DeployNotifications, oweSiteChange, type Site } from "./site.ts";

/** How long the former notification URL is accepted after a rotation, while somebody enters the new one at Netlify. */
export const RECEIVER_OVERLAP = DAY;

/** The secret in the notification URL and the secret that signs, both sealed. */
export type Receiver = Pick<DeployNotifications, "secret" | "signingSecret">;

/** Gives a site a new notification URL. The former one is accepted for another day. */
export const openReceiver = (site: Site, receiver: Receiver, by: ChangeBy): Site => {
  const standing = site.deployNotifications;
  if (standing?.secret === receiver.secret) return site;
  const previous =
    standing === undefined
      ? {}
      : {
          previous: {
            secret: standing.secret,
            signingSecret: standing.signingSecret,
            until: by.now + RECEIVER_OVERLAP,
          },
        };
  const { previous: _former, ...kept } = standing ?? {};
  const deployNotifications = { ...kept, ...receiver, createdAt: by.now, ...previous };
  return oweSiteChange({ ...site, deployNotifications }, ["deployNotifications"], by);
};

/** Disconnects deploy notifications and drops the known deploys, which nobody would keep up to date. */
export const closeReceiver = (site: Site, by: ChangeBy): Site => {
  const { deployNotifications, deploys: _deploys, ...rest } = site;
  return deployNotifications === undefined ? site : oweSiteChange(rest, ["deployNotifications"], by);
};

/** The receivers whose URL is accepted now, sealed; the newest first. */
export const openReceivers = ({ deployNotifications }: Site, now: number): readonly Receiver[] => {
  if (deployNotifications === undefined) return [];
  const { previous } = deployNotifications;
  return [deployNotifications, ...(previous !== undefined && previous.until > now ? [previous] : [])];
};
