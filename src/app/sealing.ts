import type { Receiver } from "../core/deployReceiver.ts";
import type { Site } from "../core/site.ts";
import type { Sealer } from "./deps.ts";
import type { Holder } from "./slots.ts";

const receiversOf = ({ deployNotifications }: Site): Receiver[] => {
  const { previous } = deployNotifications ?? {};
  return [
    ...(deployNotifications === undefined ? [] : [deployNotifications]),
    ...(previous === undefined ? [] : [previous]),
  ];
};

const sealedOf = (holder: Holder): string[] =>
  holder.kind === "site"
    ? [holder.buildHook, ...receiversOf(holder).flatMap(({ secret, signingSecret }) => [secret, signingSecret])]
    : [
        ...holder.sources.flatMap((source) =>
          source.type === "probe"
            ? Object.values(source.headers ?? {})
            : [source.secret, ...(source.previousSecret ? [source.previousSecret.secret] : [])],
        ),
        ...holder.notifications.flatMap(({ url, secret, previousSecret }) => [
          url,
          secret,
          ...(previousSecret === undefined ? [] : [previousSecret.secret]),
        ]),
        ...holder.webhooks.flatMap(({ verification }) => verification?.secrets ?? []),
        ...holder.deletedWebhooks.flatMap(({ restorable }) => restorable?.verification?.secrets ?? []),
      ];

/**
 * What a document cannot do without, each with the texts of which one is enough: a secret that a new one has replaced may
 * stay closed, and what was deleted may too.
 */
const neededOf = (holder: Holder): readonly (readonly string[])[] =>
  holder.kind === "site"
    ? [
        [holder.buildHook],
        ...(holder.deployNotifications === undefined
          ? []
          : [[holder.deployNotifications.secret], [holder.deployNotifications.signingSecret]]),
      ]
    : [
        ...holder.sources.flatMap((source) =>
          source.type === "probe" ? Object.values(source.headers ?? {}).map((value) => [value]) : [[source.secret]],
        ),
        ...holder.notifications.flatMap(({ url, secret }) => [[url], [secret]]),
        ...holder.webhooks.flatMap(({ verification }) => (verification === undefined ? [] : [verification.secrets])),
      ];

const opens = (sealer: Sealer, sealed: string): boolean => sealer.isCurrent(sealed) || sealer.open(sealed) !== null;

/** Whether something in a document is sealed with a former key that is still named. */
export const needsReseal = (sealer: Sealer, holder: Holder): boolean =>
  sealedOf(holder).some((sealed) => !sealer.isCurrent(sealed) && sealer.open(sealed) !== null);

export type Sealing = "former" | "unreadable";

/**
 * What of a document is not sealed with the key in use: some of it with a former one that is still named, or something
 * needed with one that is not. Undefined: nothing that matters, or there is no key to compare with.
 */
export const sealingOf = (sealer: Sealer, holder: Holder): Sealing | undefined => {
  if (sealer.keyId === null) return undefined;
  if (neededOf(holder).some((texts) => !texts.some((sealed) => opens(sealer, sealed)))) return "unreadable";
  return needsReseal(sealer, holder) ? "former" : undefined;
};
