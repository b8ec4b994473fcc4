import { defined } from "../../core/defined.ts";
import type { Settings } from "../../core/layer/configureLayer.ts";
import { type CachePurge, type Layer, layerSettings } from "../../core/layer/layer.ts";
import type { Notification, NotificationFormat } from "../../core/layer/notification.ts";
import { type Some, shownOf, valuesOf, valuesWithDefaults } from "../../core/layer/settings.ts";
import { buildEvents } from "../../core/site/buildEvents.ts";
import type { HookKind } from "../../core/site/hookKind.ts";
import type { PacingGiven } from "../../core/site/pacing.ts";
import { canonicalJson } from "../canonicalJson.ts";
import { sealedParts } from "../stored/sealing.ts";
import type { Seals } from "./seals.ts";
import { type SourceInput, sourcesAfter } from "./sourceSettings.ts";

export interface NotificationInput {
  readonly id?: string | undefined;
  readonly name: string;
  /** Absent: the stored URL of this id is kept. */
  readonly url?: string | undefined;
  /** Absent: the stored events of this id, or those of `defaultEvents`. */
  readonly events?: readonly string[] | undefined;
  /** Absent: the stored format of this id, or `standard`. */
  readonly format?: NotificationFormat | undefined;
  /** The signing secret; absent: the stored one, or a new one. */
  readonly secret?: string | undefined;
}

export type ConnectedSiteInput =
  | { readonly siteId: string }
  /** Creates the site. */
  | {
      readonly name: string;
      readonly buildHook: string;
      readonly kind?: HookKind | undefined;
      readonly pacing?: PacingGiven | undefined;
    };

/** The checked input for a layer; absent fields stay as they are. */
export interface LayerPatch extends Some<typeof layerSettings> {
  readonly name?: string | undefined;
  readonly description?: string | undefined;
  readonly dataSources?: readonly SourceInput[] | undefined;
  readonly connectedSites?: readonly ConnectedSiteInput[] | undefined;
  readonly notifications?: readonly NotificationInput[] | undefined;
  /** Null removes the purge. */
  readonly cachePurge?: { readonly tags: readonly string[]; readonly siteId?: string | undefined } | null | undefined;
  readonly defaultWebhook?: "on" | "off" | undefined;
  readonly paused?: boolean | undefined;
}

/** What a notification announces if nobody has chosen. The syncs of a layer without data sources cannot fail. */
const defaultEvents = (isBuildLayer: boolean): readonly string[] =>
  isBuildLayer ? buildEvents : ["sync.failed", "build.failed", "build.held"];

const notificationsOf = (
  storedNotifications: readonly Notification[],
  given: readonly NotificationInput[],
  isBuildLayer: boolean,
  seals: Seals,
): Notification[] | { readonly withoutUrl: number } => {
  const notifications: Notification[] = [];
  for (const [index, input] of given.entries()) {
    const id = input.id ?? seals.notificationId(index);
    const before = storedNotifications.find((notification) => notification.id === id);
    const sealedUrl =
      input.url === undefined ? undefined : seals.url(input.url, sealedParts.notificationUrl(id), before?.url);
    const urlFields = sealedUrl === undefined ? before : { url: sealedUrl.sealed, urlHint: sealedUrl.hint };
    if (urlFields === undefined) return { withoutUrl: index };
    const { url, urlHint } = urlFields;
    const events = input.events ?? before?.events ?? defaultEvents(isBuildLayer);
    const secret =
      input.secret === undefined
        ? (before?.secret ?? seals.secretOf(sealedParts.notification(id)))
        : seals.credential(input.secret, sealedParts.notification(id), before?.secret);
    const { format: formatBefore, ...rest } = before ?? {};
    const format = input.format ?? formatBefore;
    // The default is not stored, so that naming it changes nothing.
    const named = format === undefined || format === "standard" ? {} : { format };
    notifications.push({ ...rest, id, name: input.name, url, urlHint, events: [...events], secret, ...named });
  }
  return notifications;
};

/** The cache purge after a patch. It is replaced as a whole, but fields of a later release are kept. */
const cachePurgeOf = (
  before: CachePurge | null | undefined,
  given: LayerPatch["cachePurge"],
): Pick<Settings, "cachePurge"> => {
  if (given === undefined) return {};
  if (given === null) return { cachePurge: null };
  const { siteId: _siteId, ...rest } = before ?? {};
  const { tags, siteId } = given;
  return { cachePurge: { ...rest, ...defined({ tags: [...tags], siteId }) } };
};

export type SettingsResult =
  | { readonly kind: "settings"; readonly settings: Settings; readonly paused: boolean }
  | { readonly kind: "notification-without-url"; readonly index: number }
  | { readonly kind: "headers-elsewhere"; readonly index: number }
  | { readonly kind: "url-masked"; readonly index: number };

/**
 * The settings of a layer after a patch. `connected` has the ids of the connected sites, including those just created.
 */
export const settingsAfter = (
  layer: Layer | null,
  patch: LayerPatch,
  connected: readonly string[] | null,
  seals: Seals,
): SettingsResult => {
  const notifications =
    patch.notifications === undefined
      ? (layer?.notifications ?? [])
      : notificationsOf(
          layer?.notifications ?? [],
          patch.notifications,
          (patch.dataSources ?? layer?.sources ?? []).length === 0,
          seals,
        );
  if ("withoutUrl" in notifications) return { kind: "notification-without-url", index: notifications.withoutUrl };
  const sources =
    patch.dataSources === undefined
      ? (layer?.sources ?? [])
      : sourcesAfter(layer?.sources ?? [], patch.dataSources, seals);
  if ("urlMasked" in sources) return { kind: "url-masked", index: sources.urlMasked };
  if ("headersElsewhere" in sources) return { kind: "headers-elsewhere", index: sources.headersElsewhere };
  const sitesBefore = layer?.connectedSites ?? [];
  return {
    kind: "settings",
    paused: patch.paused ?? layer?.slot.paused ?? false,
    settings: {
      name: patch.name ?? layer?.name ?? "",
      description: patch.description ?? layer?.description ?? "",
      sources,
      connectedSites:
        connected?.map((siteId) => sitesBefore.find((site) => site.siteId === siteId) ?? { siteId }) ?? sitesBefore,
      notifications,
      ...cachePurgeOf(layer?.cachePurge, patch.cachePurge),
      defaultWebhook: patch.defaultWebhook ?? layer?.defaultWebhook ?? "on",
      ...valuesWithDefaults(layerSettings, { ...layer, ...defined(valuesOf(layerSettings, patch)) }),
    },
  };
};

/** The API's names of the fields in which a layer differs from new settings. */
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
    ...Object.entries(shownOf(layerSettings, layer)).map(([field, value]): [string, boolean] => [
      field,
      same(value, Reflect.get(shownOf(layerSettings, settings), field)),
    ]),
    ["paused", layer.slot.paused === paused],
  ];
  return fields.filter(([, unchanged]) => !unchanged).map(([field]) => field);
};
