import { DAY } from "../durations.ts";
import type { ChangeBy } from "../layer/layer.ts";
import { type DeployNotifications, oweSiteChange, type Site } from "./site.ts";

/** The address before a rotation is heard for this long beside the new one, while somebody enters that at Netlify. */
export const RECEIVER_OVERLAP = DAY;

/** What Netlify is told to send to and to sign with, sealed. */
export type Receiver = Pick<DeployNotifications, "secret" | "signingSecret">;

/** Lets a site hear of its deploys under a new address; the one before it is heard for another day. */
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

/** Stops hearing. What is known of past deploys goes: nobody keeps it true any more. */
export const closeReceiver = (site: Site, by: ChangeBy): Site => {
  const { deployNotifications, deploys: _deploys, ...rest } = site;
  return deployNotifications === undefined ? site : oweSiteChange(rest, ["deployNotifications"], by);
};

/** The receivers a site hears on now, sealed; the one in use first. */
export const openReceivers = ({ deployNotifications }: Site, now: number): readonly Receiver[] => {
  if (deployNotifications === undefined) return [];
  const { previous } = deployNotifications;
  return [deployNotifications, ...(previous !== undefined && previous.until > now ? [previous] : [])];
};
