import { layerSettings } from "../core/layer/layer.ts";
import { shownOf } from "../core/layer/settings.ts";
import { httpSettings } from "../core/layer/source.ts";
import { problemType } from "./problemCodes.ts";

/** Example values by schema name. They are made up: none was ever a real secret. */

const ada = { id: "netlify:5f1c0d", name: "Ada Lovelace", email: "ada@example.com" };
const layerId = "0193f3a2-7c1e-7a60-9f0e-0d6c2b8a4e11";
const syncId = "0193f3b0-11aa-7c05-8f43-6a1f2b3c4d5e";
const siteId = "0193f3a1-2b6d-7d12-8a55-1f2e3d4c5b6a";
const at = "2026-11-24T18:00:00.000Z";
const later = "2026-11-24T18:00:09.400Z";

const buildId = "0193f3b0-3355-7d00-8111-99aabbccddee";
const standing = {
  stage: "live",
  since: "2026-11-24T18:01:12.000Z",
  until: null,
  reason: null,
  deployId: "6744b1f0c0ffee00085f1c0d",
};

const sync = {
  id: syncId,
  status: "succeeded",
  trigger: {
    type: "webhook",
    id: "0193f3b0-0f00-7abc-9def-001122334455",
    at,
    webhook: { ref: "wh_k3J9", name: "Contentful" },
  },
  attempts: 1,
  queuedAt: at,
  startedAt: "2026-11-24T18:00:01.000Z",
  finishedAt: later,
  claimRevision: 42,
  error: null,
  supersededBy: null,
  ...standing,
  buildId,
  scope: ["blog"],
  deliveries: 58,
  deliveriesAtLeast: false,
  freshness: null,
  dataSources: [
    {
      slug: "blog",
      status: "succeeded",
      attempts: 1,
      durationMs: 8400,
      error: null,
      message: "12 posts",
      changed: true,
      countedBecause: null,
      records: 12,
      freshness: null,
    },
  ],
  sites: [{ siteId, name: "Web", buildId, outcome: "queued", error: null, ...standing }],
  purge: null,
};

const source = { slug: "blog", name: "Blog", type: "http", url: "https://jobs.example.com/blog", timeoutSeconds: 900 };
const token = {
  id: "0193f3a5-77aa-7bbb-8ccc-ddeeff001122",
  name: "CI of the blog",
  role: "Developer",
  dataLayers: [layerId],
  createdAt: at,
  createdBy: ada,
  expiresAt: null,
  expired: false,
  lastUsedAt: null,
};

export const examples: Readonly<Record<string, unknown>> = {
  Problem: {
    type: problemType("INVALID_INPUT"),
    title: "Invalid input",
    status: 400,
    detail: "The body is not valid. dataSources.0.url: is not a URL.",
    code: "INVALID_INPUT",
    errors: [{ path: "dataSources.0.url", message: "is not a URL" }],
  },
  Session: { actor: ada, role: "Owner", via: "netlify", dataLayers: null },
  DataLayerInput: {
    name: "Site content",
    dataSources: [source],
    connectedSites: [{ name: "Web", buildHook: "https://api.netlify.com/build_hooks/made-up-made-up-made-up" }],
    notifications: [{ name: "Chat", url: "https://chat.example.com/in/made-up", events: ["sync.failed"] }],
  },
  DataLayerPatch: { name: "Site content", paused: true },
  DataLayer: {
    id: layerId,
    name: "Site content",
    description: "",
    status: "idle",
    ...standing,
    buildId,
    dataSources: [
      {
        ...source,
        ...shownOf(httpSettings, { timeoutSeconds: 900, settleSeconds: 3 }),
        secret: "whsec_bWFkZSB1cCwgbm90IGEgc2VjcmV0IQ==",
        previousSecretExpiresAt: null,
      },
    ],
    connectedSites: [{ siteId, name: "Web" }],
    notifications: [],
    cachePurge: null,
    defaultWebhook: {
      url: `https://hooks.example.com/hooks/data_layer/data_source/publish/${layerId}`,
      keptUntil: null,
      lastDeliveryAt: null,
      brake: null,
      warnings: [],
      enabled: false,
      setting: "on",
    },
    alarms: [],
    ...shownOf(layerSettings, {}),
    paused: false,
    createdAt: at,
    createdBy: ada,
    updatedAt: at,
    sync: { status: "idle", running: null, pending: null, retrying: [] },
  },
  WebhookInput: {
    name: "Contentful",
    verification: { scheme: "contentful", secret: "made-up-made-up-made-up-made-up-made-up-made-up-made-up-made-up-" },
    only: [{ header: "x-contentful-topic", in: ["ContentManagement.Entry.publish"] }],
  },
  WebhookPatch: { name: "Contentful, production" },
  Webhook: {
    id: "made-up-id-of-a-webhook",
    ref: "wh_k3J9",
    name: "Contentful",
    url: `https://hooks.example.com/hooks/data_layer/data_source/publish/${layerId}/made-up-id-of-a-webhook`,
    warnings: [],
    createdAt: at,
    createdBy: ada,
    verification: {
      scheme: "contentful",
      secrets: 1,
      secretSetAt: at,
      previousSecretExpiresAt: null,
      toleranceSeconds: 300,
    },
    only: [{ header: "x-contentful-topic", in: ["ContentManagement.Entry.publish"] }],
    strict: false,
    keepRequests: true,
    brake: null,
    previous: null,
  },
  Sync: sync,
  SyncRequest: { dataSource: "blog" },
  Accepted: {
    deliveryId: "0193f3b0-0f00-7abc-9def-001122334455",
    dataLayerId: layerId,
    outcome: "queued",
    syncId,
    revision: 41,
    scope: ["blog"],
    warnings: [],
    message: "The change will be picked up by the next sync.",
  },
  Delivery: {
    id: "0193f3b0-0f00-7abc-9def-001122334455",
    receivedAt: at,
    webhook: { ref: "wh_k3J9", name: "Contentful" },
    dataSource: "blog",
    outcome: "refused",
    code: "SIGNATURE_MISMATCH",
    cause: "The signature is not one by the webhook's secret.",
    hint: "It would match if the key were read as base64.",
    warnings: [],
    syncId: null,
    stage: "refused",
    since: at,
    until: null,
    reason: "The signature is not one by the webhook's secret.",
    buildId: null,
    deployId: null,
    bytes: 812,
    userAgent: "Contentful/1.0",
    subject: { event: "Entry.publish", type: "post", id: "5KsDBWseXY6QegucYAoacS", title: "Spring menu" },
    formerUrl: false,
    otherHost: null,
    handshake: null,
    secret: null,
    unlogged: 0,
  },
  SiteInput: {
    name: "Web",
    buildHook: "https://api.netlify.com/build_hooks/made-up-made-up-made-up",
    pacing: { preset: "saver" },
  },
  SitePatch: { pacing: { preset: "saver" } },
  Token: token,
  TokenInput: { name: "CI of the blog", role: "Developer", dataLayers: [layerId] },
  NewToken: { ...token, token: "lh_made-up-and-never-a-token" },
  AuditEntry: {
    id: "0193f3a2-7c1f-7000-8000-0d6c2b8a4e11",
    at,
    actor: ada,
    action: "data_layer.updated",
    target: { type: "data_layer", id: layerId, name: "Site content" },
    dataLayerId: layerId,
    requestId: "01JDFX2M3N4P5Q6R7S8T9V0W1X",
    detail: { fields: ["name"], before: { name: "Content" }, after: { name: "Site content" } },
  },
  Configuration: {
    schemaVersion: 1,
    sites: [{ id: siteId, name: "Web" }],
    dataLayers: [{ id: layerId, name: "Site content", dataSources: [source], webhooks: [{ name: "Contentful" }] }],
  },
  ImportedConfiguration: {
    dryRun: true,
    counts: { create: 0, update: 1, delete: 0, unchanged: 2 },
    changes: [
      {
        type: "data_layer",
        id: layerId,
        name: "Site content",
        dataLayerId: layerId,
        action: "update",
        fields: ["dataSources"],
      },
    ],
  },
};
