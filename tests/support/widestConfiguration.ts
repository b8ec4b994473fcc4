import { notificationEvents } from "../../src/contract/resources/layerSchemas.ts";
import {
  BRANCH_BYTES,
  NAME_CHARS,
  NOTIFICATIONS,
  PURGE_TAGS,
  SITES,
  SOURCES,
  WEBHOOKS,
} from "../../src/core/limits.ts";

/** The widest name. The limit counts characters, so the name is not ASCII. */
const name = "語".repeat(NAME_CHARS);
const wide = (start: string, length: number): string => start.padEnd(length, "x");
const many = <T>(count: number, item: (index: number) => T): T[] => Array.from({ length: count }, (_, at) => item(at));
const secret = `whsec_${"A".repeat(86)}==`;

export const widestSite = (at: number) => ({
  id: wide(`site-${String(at).padStart(3, "0")}-`, 128),
  name,
  buildHook: wide(`https://api.netlify.com/build_hooks/${at}`, 1024),
  pacing: {
    quietSeconds: 3600,
    maxWaitSeconds: 86_400,
    minIntervalSeconds: 604_800,
    dailyBuilds: 1000,
    monthlyBuilds: 10_000,
    adapts: false,
  },
  netlifySiteId: "0123456789abcdef".repeat(4),
  branch: wide("branch-", BRANCH_BYTES),
  clearCache: true,
  rebuildStale: false,
  publicUrl: wide("https://www.example.com/", 1024),
});

/** Eight verifications like this about fill the space for the settings of a layer's webhooks. */
const verification = {
  scheme: "hmac",
  algorithm: "sha256",
  encoding: "base64url",
  header: wide("x-signature-", 64),
  prefix: wide("p", 32),
  timestamp: { header: wide("x-timestamp-", 64), unit: "milliseconds", separator: "........", name: wide("t", 32) },
  keyEncoding: "text",
  toleranceSeconds: 86_400,
  secret: wide("secret", 160),
  previousSecret: wide("former", 160),
};

const widestWebhook = (layer: number, at: number) => ({
  ref: wide(`wh_${at}_`, 64),
  name,
  id: wide(`webhook-${layer}-${at}-`, 128),
  verification: at < 8 ? verification : null,
  only: [],
  strict: true,
  keepRequests: false,
});

/** A layer of a configuration document with the most of everything that the API accepts, in the order of an export. */
export const widestLayer = (at: number, sites: readonly { readonly id: string }[]) => ({
  id: wide(`layer-${String(at).padStart(3, "0")}-`, 128),
  name,
  description: "語".repeat(500),
  dataSources: many(SOURCES, (source) => ({
    slug: wide(`source-${source}-`, 64),
    name,
    type: "probe",
    url: wide(`https://cms.example.com/${source}/`, 1024),
    headers: Object.fromEntries(many(5, (header) => [wide(`x-header-${header}-`, 40), wide("v", 240)])),
    pick: `/${"語".repeat(127)}`,
    checkEvery: "15m",
  })),
  connectedSites: many(Math.min(SITES, sites.length), (site) => ({
    siteId: sites[(at + site) % sites.length]?.id ?? "",
  })),
  notifications: many(NOTIFICATIONS, (index) => ({
    id: wide(`notification-${index}-`, 64),
    name,
    url: wide(`https://chat.example.com/${index}/`, 1024),
    events: [...notificationEvents],
    format: "standard",
    secret,
  })),
  cachePurge: { tags: many(PURGE_TAGS, (tag) => wide(`tag-${tag}-`, 1024)), siteId: wide("0", 64) },
  defaultWebhook: "off",
  buildAfterConfiguration: true,
  keepTitles: true,
  overdueMinutes: 1440,
  silentHours: 8760,
  quietHours: "22-23",
  live: {
    url: wide("https://www.example.com/{payload.slug}/", 1024),
    expect: { text: wide("{payload.title}", 200) },
    settleSeconds: 900,
  },
  paused: false,
  webhooks: many(WEBHOOKS, (webhook) => widestWebhook(at, webhook)),
});

/** Returns a configuration with this many of the widest layers and sites. */
export const widestConfiguration = (layers: number, siteCount: number) => {
  const sites = many(siteCount, widestSite);
  return { schemaVersion: 1, secrets: true, sites, dataLayers: many(layers, (at) => widestLayer(at, sites)) };
};
