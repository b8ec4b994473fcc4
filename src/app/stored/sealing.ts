import type { Holder } from "../../core/holder.ts";
import type { Layer, Webhook } from "../../core/layer/layer.ts";
import type { HttpSource, Source } from "../../core/layer/source.ts";
import type { Receiver } from "../../core/site/deployReceiver.ts";
import type { Site } from "../../core/site/site.ts";
import type { Verification } from "../../core/webhook/verification.ts";
import type { Sealer, Target } from "../deps.ts";

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
};

/** What a text is bound to that is sealed in a part of a document. */
export const placeOf = ({ kind, id }: Target, part: string): string => `${kind}/${id}/${part}`;

/** Opens the texts of one place. */
export interface Opener {
  /** Null as `Sealer` gives it. */
  open(sealed: string): string | null;
}

/** Opens the texts of one part of a document. */
export const openerOf = (sealer: Sealer, document: Target, part: string): Opener => ({
  open: (sealed) => sealer.open(sealed, placeOf(document, part)),
});

/** Seals texts for one change: the same text at the same place once, so that every attempt decides the same. */
export const sealOnce = (sealer: Sealer): ((text: string, place: string) => string) => {
  const made = new Map<string, string>();
  return (text, place) => {
    const key = `${place} ${text}`;
    const sealed = made.get(key) ?? sealer.seal(text, place);
    made.set(key, sealed);
    return sealed;
  };
};

/**
 * `needed`: the document fails without the text. `one-of`: one text of this place is enough. `spare`: replaced, or its
 * webhook was deleted.
 */
type Need = "needed" | "one-of" | "spare";

type Visit = (sealed: string, place: string, need: Need) => string;
type Within = (sealed: string, part: string, need: Need) => string;

type Signing = Pick<HttpSource, "secret" | "previousSecret">;

const mapSigning = ({ secret, previousSecret }: Signing, part: string, visit: Within): Signing => ({
  secret: visit(secret, part, "needed"),
  ...(previousSecret === undefined
    ? {}
    : { previousSecret: { ...previousSecret, secret: visit(previousSecret.secret, part, "spare") } }),
});

const mapSource = (source: Source, visit: Within): Source => {
  if (source.type === "http") return { ...source, ...mapSigning(source, sealedParts.source(source.slug), visit) };
  if (source.headers === undefined) return source;
  const headers = Object.entries(source.headers).map(
    ([name, value]) => [name, visit(value, sealedParts.header(source.slug, name), "needed")] as const,
  );
  return { ...source, headers: Object.fromEntries(headers) };
};

const mapVerified = <W extends { readonly verification?: Verification | undefined }>(
  webhook: W,
  ref: string,
  need: Need,
  visit: Within,
): W => {
  const { verification } = webhook;
  if (verification === undefined) return webhook;
  const secrets = verification.secrets.map((secret) => visit(secret, sealedParts.webhook(ref), need));
  return { ...webhook, verification: { ...verification, secrets } };
};

const mapLayer = (layer: Layer, visit: Within): Layer => ({
  ...layer,
  sources: layer.sources.map((source) => mapSource(source, visit)),
  notifications: layer.notifications.map((notification) => ({
    ...notification,
    url: visit(notification.url, sealedParts.notificationUrl(notification.id), "needed"),
    ...mapSigning(notification, sealedParts.notification(notification.id), visit),
  })),
  webhooks: layer.webhooks.map((webhook: Webhook) => mapVerified(webhook, webhook.ref, "one-of", visit)),
  deletedWebhooks: layer.deletedWebhooks.map((gone) =>
    gone.restorable === undefined
      ? gone
      : { ...gone, restorable: mapVerified(gone.restorable, gone.ref, "spare", visit) },
  ),
});

const mapReceiver = <R extends Receiver>(receiver: R, need: Need, visit: Within): R => ({
  ...receiver,
  secret: visit(receiver.secret, sealedParts.receiver, need),
  signingSecret: visit(receiver.signingSecret, sealedParts.receiverSigning, need),
});

const mapSite = (site: Site, visit: Within): Site => {
  const { deployNotifications: open } = site;
  const previous = open?.previous === undefined ? {} : { previous: mapReceiver(open.previous, "spare", visit) };
  return {
    ...site,
    buildHook: visit(site.buildHook, sealedParts.buildHook, "needed"),
    ...(open === undefined ? {} : { deployNotifications: { ...mapReceiver(open, "needed", visit), ...previous } }),
  };
};

/** A site with what `visit` gives for every sealed text in it. */
export const mapSealedSite = (site: Site, visit: Visit): Site =>
  mapSite(site, (sealed, part, need) => visit(sealed, placeOf(site, part), need));

/** A layer with what `visit` gives for every sealed text in it. */
export const mapSealedLayer = (layer: Layer, visit: Visit): Layer =>
  mapLayer(layer, (sealed, part, need) => visit(sealed, placeOf(layer, part), need));

interface SealedText {
  readonly sealed: string;
  readonly place: string;
  readonly need: Need;
}

/** Every sealed text of a document, where it stands and how much it is needed. */
export const sealedTextsOf = (holder: Holder): SealedText[] => {
  const found: SealedText[] = [];
  const visit: Visit = (sealed, place, need) => {
    found.push({ sealed, place, need });
    return sealed;
  };
  if (holder.kind === "site") mapSealedSite(holder, visit);
  else mapSealedLayer(holder, visit);
  return found;
};

/** The text sealed as it is sealed today; what cannot be opened stays as it is, for the day its key is named again. */
export const renewed = (sealer: Sealer, sealed: string, place: string): string => {
  if (sealer.isCurrent(sealed) && sealer.isBound(sealed)) return sealed;
  const text = sealer.open(sealed, place);
  return text === null ? sealed : sealer.seal(text, place);
};

/** Whether something in a document is sealed with a former key that is still named, or is bound to no place yet. */
export const needsReseal = (sealer: Sealer, holder: Holder): boolean =>
  sealedTextsOf(holder).some(
    ({ sealed, place }) => !(sealer.isCurrent(sealed) && sealer.isBound(sealed)) && sealer.open(sealed, place) !== null,
  );

export type Sealing = "former" | "unreadable";

/**
 * What of a document is not sealed with the key in use: some of it with a former one that is still named, or something
 * needed with one that is not. Undefined: nothing that matters, or there is no key to compare with. That a text is bound
 * to no place yet is no rotation: nobody has to wait for it.
 */
export const sealingOf = (sealer: Sealer, holder: Holder): Sealing | undefined => {
  if (sealer.keyId === null) return undefined;
  const texts = sealedTextsOf(holder).map((text) => ({
    ...text,
    opens: sealer.open(text.sealed, text.place) !== null,
  }));
  const opened = new Set(texts.flatMap(({ place, opens }) => (opens ? [place] : [])));
  const lost = texts.some(
    ({ place, need, opens }) => (need === "needed" && !opens) || (need === "one-of" && !opened.has(place)),
  );
  if (lost) return "unreadable";
  return texts.some(({ sealed, opens }) => opens && !sealer.isCurrent(sealed)) ? "former" : undefined;
};
