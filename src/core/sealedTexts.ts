import type { Layer } from "./layer/layer.ts";
import type { HttpSource, Source } from "./layer/source.ts";
import type { Receiver } from "./site/deployReceiver.ts";
import type { Site } from "./site/site.ts";
import type { SlotOwner } from "./slotOwner.ts";
import type { Verification } from "./webhook/verification.ts";

/**
 * The parts of a document that hold sealed texts. A text is bound to its document and its part, and opens nowhere else. A
 * part has a name that does not change while the text exists. A secret and its predecessor share a part. Webhooks are named
 * by `ref`.
 */
export const sealedParts = {
  buildHook: "buildHook",
  receiver: "deployNotifications/secret",
  receiverSigning: "deployNotifications/signingSecret",
  source: (slug: string) => `source/${slug}/secret`,
  header: (slug: string, name: string) => `source/${slug}/header/${name}`,
  notificationUrl: (id: string) => `notification/${id}/url`,
  notification: (id: string) => `notification/${id}/secret`,
  webhook: (ref: string) => `webhook/${ref}/secret`,
  /** In a line of the log of deliveries, which is never sealed again. */
  handshake: (deliveryId: string) => `delivery/${deliveryId}/handshake`,
  title: (deliveryId: string) => `delivery/${deliveryId}/title`,
  statusLink: (ref: string) => `statusLink/${ref}/token`,
};

/** The place that a text sealed in a part of a document is bound to. */
export const placeOf = ({ kind, id }: Pick<SlotOwner, "kind" | "id">, part: string): string => `${kind}/${id}/${part}`;

/**
 * `needed`: the document fails without the text. `one-of`: one text of this place is enough. `spare`: replaced, only
 * shown, or its webhook was deleted.
 */
type Need = "needed" | "one-of" | "spare";

/** Where a document holds a sealed text. */
interface SealedAt {
  /** What the text is bound to. */
  readonly place: string;
  readonly need: Need;
  /** The setting that the text holds, in the words of the API. An audit entry names the setting when its text changes. */
  readonly setting: string;
}

type Visit = (sealed: string, at: SealedAt) => string;
type Within = (sealed: string, part: string, need: Need, setting: string) => string;

type Signing = Pick<HttpSource, "secret" | "previousSecret">;

const mapSigning = ({ secret, previousSecret }: Signing, part: string, setting: string, visit: Within): Signing => ({
  secret: visit(secret, part, "needed", `${setting}.secret`),
  ...(previousSecret && {
    previousSecret: {
      ...previousSecret,
      secret: visit(previousSecret.secret, part, "spare", `${setting}.previousSecret`),
    },
  }),
});

const mapSource = (source: Source, visit: Within): Source => {
  const setting = `dataSources.${source.slug}`;
  if (source.type === "http") {
    return { ...source, ...mapSigning(source, sealedParts.source(source.slug), setting, visit) };
  }
  if (source.headers === undefined) return source;
  const headers = Object.entries(source.headers).map(([name, value]) => {
    const part = sealedParts.header(source.slug, name);
    return [name, visit(value, part, "needed", `${setting}.headers.${name}`)] as const;
  });
  return { ...source, headers: Object.fromEntries(headers) };
};

const mapVerification = <W extends { readonly verification?: Verification | undefined }>(
  webhook: W,
  ref: string,
  need: Need,
  visit: Within,
): W => {
  const { verification } = webhook;
  if (verification === undefined) return webhook;
  const part = sealedParts.webhook(ref);
  const secrets = verification.secrets.map((secret, index) =>
    visit(secret, part, need, `webhooks.${ref}.verification.${index === 0 ? "secret" : "previousSecret"}`),
  );
  return { ...webhook, verification: { ...verification, secrets } };
};

const mapReceiver = <R extends Receiver>(receiver: R, need: Need, setting: string, visit: Within): R => ({
  ...receiver,
  secret: visit(receiver.secret, sealedParts.receiver, need, `${setting}.secret`),
  signingSecret: visit(receiver.signingSecret, sealedParts.receiverSigning, need, `${setting}.signingSecret`),
});

const within =
  (owner: SlotOwner, visit: Visit): Within =>
  (sealed, part, need, setting) =>
    visit(sealed, { place: placeOf(owner, part), need, setting });

/** The layer with every sealed text replaced by what `mapText` returns. */
export const mapSealedLayer = (layer: Layer, mapText: Visit): Layer => {
  const visit = within(layer, mapText);
  return {
    ...layer,
    sources: layer.sources.map((source) => mapSource(source, visit)),
    notifications: layer.notifications.map((notification) => {
      const { id, url } = notification;
      const setting = `notifications.${id}`;
      return {
        ...notification,
        url: visit(url, sealedParts.notificationUrl(id), "needed", `${setting}.url`),
        ...mapSigning(notification, sealedParts.notification(id), setting, visit),
      };
    }),
    webhooks: layer.webhooks.map((webhook) => mapVerification(webhook, webhook.ref, "one-of", visit)),
    deletedWebhooks: layer.deletedWebhooks.map((deleted) =>
      deleted.restorable === undefined
        ? deleted
        : { ...deleted, restorable: mapVerification(deleted.restorable, deleted.ref, "spare", visit) },
    ),
    ...(layer.statusLinks && {
      statusLinks: layer.statusLinks.map((link) => ({
        ...link,
        token: visit(link.token, sealedParts.statusLink(link.ref), "spare", `statusLinks.${link.ref}.token`),
      })),
    }),
  };
};

/** The site with every sealed text replaced by what `mapText` returns. */
export const mapSealedSite = (site: Site, mapText: Visit): Site => {
  const visit = within(site, mapText);
  const setting = "deployNotifications";
  const { deployNotifications: receiver } = site;
  const previous = receiver?.previous && mapReceiver(receiver.previous, "spare", `${setting}.previous`, visit);
  return {
    ...site,
    buildHook: visit(site.buildHook, sealedParts.buildHook, "needed", "buildHook"),
    ...(receiver && {
      deployNotifications: { ...mapReceiver(receiver, "needed", setting, visit), ...(previous && { previous }) },
    }),
  };
};

/** Every sealed text of a document, and where the document holds it. */
export const sealedTextsOf = (owner: SlotOwner): (SealedAt & { readonly sealed: string })[] => {
  const found: (SealedAt & { readonly sealed: string })[] = [];
  const visit: Visit = (sealed, at) => {
    found.push({ sealed, ...at });
    return sealed;
  };
  if (owner.kind === "site") mapSealedSite(owner, visit);
  else mapSealedLayer(owner, visit);
  return found;
};
