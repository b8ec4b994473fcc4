import type { Settings } from "../core/configureLayer.ts";
import type { CachePurge, Layer, Notification } from "../core/layer.ts";
import type { PacingGiven } from "../core/site.ts";
import { canonicalJson } from "./canonicalJson.ts";
import type { Deps, Target } from "./deps.ts";
import { placeOf, sealedParts, sealOnce } from "./sealing.ts";
import { type SourceInput, sourcesAfter } from "./sourceSettings.ts";
import { keptUrl } from "./storedUrl.ts";

export interface NotificationInput {
  readonly id?: string | undefined;
  readonly name: string;
  /** Absent: the one that stands under this id is kept. */
  readonly url?: string | undefined;
  readonly events: readonly string[];
  /** As that of a source. */
  readonly secret?: string | undefined;
}

export type ConnectedSiteInput =
  | { readonly siteId: string }
  /** Makes the site. */
  | { readonly name: string; readonly buildHook: string; readonly pacing?: PacingGiven | undefined };

/** What a person may say about a layer, checked; absent fields stay as they are. */
export interface LayerPatch {
  readonly name?: string | undefined;
  readonly description?: string | undefined;
  readonly dataSources?: readonly SourceInput[] | undefined;
  readonly connectedSites?: readonly ConnectedSiteInput[] | undefined;
  readonly notifications?: readonly NotificationInput[] | undefined;
  /** Null takes it away. */
  readonly cachePurge?: { readonly tags: readonly string[]; readonly siteId?: string | undefined } | null | undefined;
  readonly defaultWebhook?: "on" | "off" | undefined;
  readonly buildAfterConfiguration?: boolean | undefined;
  readonly paused?: boolean | undefined;
}

/** How a credential is shown: its host and last four characters. */
export const maskedUrl = (url: string): string => `${URL.parse(url)?.host ?? ""}/…${url.slice(-4)}`;

/** Makes and seals the credentials of one change. Each is made once, so that every attempt decides the same. */
export interface Seals {
  /** The new signing secret for a part of the document, sealed. */
  secretOf(part: string): string;
  /** A secret or a header's value, sealed for a part of the document; the standing text if it holds just this one. */
  credential(text: string, part: string, standing?: string): string;
  /** A URL that is a credential, sealed so, and how it is shown; the standing text if it holds the same URL. */
  url(url: string, part: string, standing?: string): { readonly sealed: string; readonly hint: string };
  /** The id of the notification at this place of the input. */
  notificationId(index: number): string;
}

/** The credentials of one change to a document. */
export const makeSeals = (deps: Deps, document: Target): Seals => {
  const made = new Map<string, string>();
  const once = (key: string, make: () => string): string => {
    const value = made.get(key) ?? make();
    made.set(key, value);
    return value;
  };
  const { sealer } = deps;
  const seal = sealOnce(sealer);
  const credential = (text: string, part: string, standing?: string): string => {
    const place = placeOf(document, part);
    const stands = standing !== undefined && sealer.isCurrent(standing) && sealer.open(standing, place) === text;
    return stands ? standing : seal(text, place);
  };
  return {
    secretOf: (part) => once(`secret ${part}`, () => sealer.seal(deps.ids.signingSecret(), placeOf(document, part))),
    credential,
    url(url, part, standing) {
      const kept = keptUrl(standing === undefined ? null : sealer.open(standing, placeOf(document, part)), url);
      return { sealed: credential(kept, part, standing), hint: maskedUrl(kept) };
    },
    notificationId: (index) => once(`notification ${index}`, () => deps.ids.timeOrdered()),
  };
};

const notificationsOf = (
  standing: readonly Notification[],
  given: readonly NotificationInput[],
  seals: Seals,
): Notification[] | { readonly withoutUrl: number } => {
  const made: Notification[] = [];
  for (const [index, input] of given.entries()) {
    const id = input.id ?? seals.notificationId(index);
    const before = standing.find((notification) => notification.id === id);
    const given =
      input.url === undefined ? undefined : seals.url(input.url, sealedParts.notificationUrl(id), before?.url);
    const place = given === undefined ? before : { url: given.sealed, urlHint: given.hint };
    if (place === undefined) return { withoutUrl: index };
    const { url, urlHint } = place;
    const secret =
      input.secret === undefined
        ? (before?.secret ?? seals.secretOf(sealedParts.notification(id)))
        : seals.credential(input.secret, sealedParts.notification(id), before?.secret);
    made.push({ ...before, id, name: input.name, url, urlHint, events: [...input.events], secret });
  }
  return made;
};

/** Given as a whole; what a later release keeps with it stays. */
const cachePurgeOf = (
  standing: CachePurge | null | undefined,
  given: LayerPatch["cachePurge"],
): Pick<Settings, "cachePurge"> => {
  if (given === undefined) return {};
  if (given === null) return { cachePurge: null };
  const { siteId: _siteId, ...kept } = standing ?? {};
  const { tags, siteId } = given;
  return { cachePurge: { ...kept, tags: [...tags], ...(siteId === undefined ? {} : { siteId }) } };
};

export type SettingsMade =
  | { readonly kind: "settings"; readonly settings: Settings; readonly paused: boolean }
  | { readonly kind: "notification-without-url"; readonly index: number }
  | { readonly kind: "headers-elsewhere"; readonly index: number }
  | { readonly kind: "url-masked"; readonly index: number };

/** The settings a layer has after a patch. `connected`: the ids of the connected sites, once those to be made are made. */
export const settingsAfter = (
  layer: Layer | null,
  patch: LayerPatch,
  connected: readonly string[] | null,
  seals: Seals,
): SettingsMade => {
  const notifications =
    patch.notifications === undefined
      ? (layer?.notifications ?? [])
      : notificationsOf(layer?.notifications ?? [], patch.notifications, seals);
  if ("withoutUrl" in notifications) return { kind: "notification-without-url", index: notifications.withoutUrl };
  const sources =
    patch.dataSources === undefined
      ? (layer?.sources ?? [])
      : sourcesAfter(layer?.sources ?? [], patch.dataSources, seals);
  if ("urlMasked" in sources) return { kind: "url-masked", index: sources.urlMasked };
  if ("headersElsewhere" in sources) return { kind: "headers-elsewhere", index: sources.headersElsewhere };
  const standing = layer?.connectedSites ?? [];
  return {
    kind: "settings",
    paused: patch.paused ?? layer?.slot.paused ?? false,
    settings: {
      name: patch.name ?? layer?.name ?? "",
      description: patch.description ?? layer?.description ?? "",
      sources,
      connectedSites:
        connected?.map((siteId) => standing.find((site) => site.siteId === siteId) ?? { siteId }) ?? standing,
      notifications,
      ...cachePurgeOf(layer?.cachePurge, patch.cachePurge),
      defaultWebhook: patch.defaultWebhook ?? layer?.defaultWebhook ?? "on",
      buildAfterConfiguration: patch.buildAfterConfiguration ?? layer?.buildAfterConfiguration ?? false,
    },
  };
};

/** The fields, in the words of the API, in which a layer differs from the settings it is to have. */
export const changedFields = (layer: Layer, settings: Settings, paused: boolean): string[] => {
  const same = (a: unknown, b: unknown): boolean => canonicalJson(a) === canonicalJson(b);
  const fields: [string, boolean][] = [
    ["name", layer.name === settings.name],
    ["description", layer.description === settings.description],
    ["dataSources", same(layer.sources, settings.sources)],
    ["connectedSites", same(layer.connectedSites, settings.connectedSites)],
    ["notifications", same(layer.notifications, settings.notifications)],
    ["cachePurge", settings.cachePurge === undefined || same(layer.cachePurge ?? null, settings.cachePurge)],
    ["defaultWebhook", layer.defaultWebhook === settings.defaultWebhook],
    ["buildAfterConfiguration", layer.buildAfterConfiguration === settings.buildAfterConfiguration],
    ["paused", layer.slot.paused === paused],
  ];
  return fields.filter(([, unchanged]) => !unchanged).map(([field]) => field);
};
