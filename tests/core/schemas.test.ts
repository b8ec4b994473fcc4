import { describe, expect, test } from "vitest";
import type { z } from "zod/mini";
import { tokensSchema } from "../../src/core/access/tokens.ts";
import { layerDocumentSchema } from "../../src/core/layer/layer.ts";
import { auditActions } from "../../src/core/owed.ts";
import { siteDocumentSchema } from "../../src/core/site/site.ts";
import { at, type Json, type Path, places, put, without } from "../support/json.ts";

const actor = { id: "ada", name: "Ada", email: "ada@example.com" };
const webhook = { ref: "ref-1", name: "The CMS" };
const trigger = { type: "webhook", id: "request-1", at: 1, webhook, actor };
const cause = { dataLayerId: "layer-1", name: "The blog", syncId: "sync-1" };
const ask = { full: true, body: "{}", bodyAt: 1, bodyRev: 2, bodySetAt: 3 };
const debt = {
  syncId: "sync-1",
  tries: 1,
  lost: 1,
  since: 1,
  ask,
  build: true,
  location: "https://jobs.example.com/1",
  deadline: 1,
  callFence: 1,
};
const succeeded = { kind: "ok", changed: true, version: "1", message: "done", records: 1, durationMs: 1 };
const failed = { kind: "failed", error: "500", unanswered: true, durationMs: 1 };
const part = { ...debt, parked: true, riding: true, outcome: succeeded };
const sync = {
  id: "sync-1",
  scope: ["a"],
  trigger,
  deliveries: 1,
  attempts: 1,
  queuedAt: 1,
  startedAt: 1,
  finishedAt: 1,
  claimRev: 1,
  cancelled: true,
  error: "cancelled",
  parts: {
    a: {
      status: "succeeded",
      attempts: 1,
      durationMs: 1,
      changed: true,
      records: 1,
      error: "500",
      message: "done",
      supersededBy: "sync-2",
    },
  },
  sites: [{ siteId: "site-1", name: "The site", buildId: "build-1", outcome: "queued", unreadable: true }],
  causes: [cause],
};
const slot = {
  fence: 1,
  paused: true,
  pending: {
    syncId: "sync-2",
    filledAt: 1,
    at: 1,
    notBefore: 1,
    trigger,
    all: true,
    asks: { a: ask },
    deliveries: 1,
    build: true,
    causes: [cause],
  },
  running: {
    fence: 1,
    by: "worker-1",
    lead: "sync-1",
    phase: "sources",
    startRev: 1,
    startedAt: 1,
    leaseUntil: 1,
    parts: { a: part, b: { ...part, outcome: failed } },
  },
  retry: { c: { ...debt, due: 1, error: "500" } },
  build: { id: "sync-1.1", syncIds: ["sync-1"], changed: ["a"], versions: { a: "1" }, since: 1 },
  doubt: { a: 1 },
  unbuilt: { a: { at: 1, version: "1" } },
  built: { a: "1" },
  recent: [{ id: "request-1", syncId: "sync-1", queued: true, rev: 1 }],
  open: { "sync-1": sync },
};
const owed = [
  { kind: "sync", id: "sync-1", record: sync },
  {
    kind: "audit",
    id: "audit-1",
    entry: {
      id: "audit-1",
      at: 1,
      actor,
      action: "data_layer.created",
      target: { type: "data_layer", id: "layer-1", name: "The blog" },
      dataLayerId: "layer-1",
      detail: { fields: ["name", 1, null, { deep: true }] },
    },
  },
];
const stamp = { v: 1, rev: 1, by: "worker-1.1", at: 1 };

const idle = {
  ...slot,
  ...{ pending: null, running: null, retry: {}, build: null, doubt: {}, built: {}, recent: [], open: {} },
};

const deploy = {
  ...{
    id: "deploy-1",
    state: "ready",
    startedAt: 1,
    endedAt: 1,
    url: "https://deploy-1.example.com",
    error: "exit code 2",
  },
  ...{ published: true, buildId: "build-1", foreign: true },
};
const counts = {
  ...{ asked: 1, deliveries: 1, coalesced: 1, started: 1, unchanged: 1, builds: 1, worked: 1, ticks: 1 },
  ...{ live: [1], deliveriesByDay: [1], buildsByDay: [0, 1] },
};

/** Every kind of document; the first holds everything there is in a slot and everything that is owed. */
const documents: Record<string, { schema: z.ZodMiniType; full: Json }> = {
  layer: {
    schema: layerDocumentSchema,
    full: {
      ...stamp,
      kind: "layer",
      id: "layer-1",
      keptId: true,
      name: "The blog",
      description: "",
      createdAt: 1,
      createdBy: actor,
      updatedAt: 1,
      settingsRev: 1,
      sources: [
        {
          slug: "a",
          name: "The a source",
          type: "http",
          url: "https://jobs.example.com/a",
          timeoutSeconds: 900,
          secret: "sealed",
          previousSecret: { secret: "sealed", until: 1 },
        },
      ],
      connectedSites: [{ siteId: "site-1" }],
      notifications: [
        {
          id: "notification-1",
          name: "The chat",
          url: "sealed",
          urlHint: "chat.example.com",
          events: ["sync.failed"],
          secret: "sealed",
        },
      ],
      defaultWebhook: "on",
      buildAfterConfiguration: true,
      webhooks: [{ id: "secret", ...webhook, createdAt: 1, createdBy: actor }],
      deletedWebhooks: [{ id: "secret", ...webhook, deletedAt: 1, seenAt: 1 }],
      defaultSeenAt: 1,
      slot,
      owed,
    },
  },
  "layer with a probe and a webhook that checks": {
    schema: layerDocumentSchema,
    full: {
      ...{ ...stamp, kind: "layer", id: "layer-1", keptId: true, name: "The blog", description: "", createdAt: 1 },
      ...{ createdBy: actor, updatedAt: 1, settingsRev: 1, connectedSites: [], notifications: [], owed: [] },
      sources: [
        {
          ...{ slug: "a", name: "The a source", type: "probe", url: "https://api.example.com/a" },
          ...{ headers: { authorization: "sealed" }, pick: "/version", checkEvery: "15m" },
        },
      ],
      cachePurge: { tags: ["blog"], siteId: "netlify-site" },
      defaultWebhook: "off",
      buildAfterConfiguration: false,
      webhooks: [
        {
          ...{ id: "secret", ...webhook, createdAt: 1, createdBy: actor },
          verification: {
            ...{
              scheme: "hmac",
              secrets: ["sealed"],
              secretSetAt: 1,
              previousSetAt: 1,
              toleranceSeconds: 1,
              header: "x-signature",
            },
            ...{ bodyPath: "secret", algorithm: "sha256", encoding: "hex", prefix: "v1=" },
            timestamp: { header: "x-time", unit: "s", separator: "." },
          },
          only: [{ header: "x-event", bodyPath: "type", in: ["publish"] }],
          strict: true,
          keepRequests: false,
        },
      ],
      deletedWebhooks: [{ id: "secret", ...webhook, deletedAt: 1, seenSince: 1, seenBy: "a CMS" }],
      defaultSeenSince: 1,
      defaultSeenBy: "a CMS",
      slot: {
        ...idle,
        ...{ checked: { a: 1 }, catchUp: { tick: 1, since: 1, at: 1 }, usage: { "2026-11": counts } },
      },
    },
  },
  "deleted layer": {
    schema: layerDocumentSchema,
    full: { ...stamp, kind: "layer-tombstone", id: "layer-1", keptId: true, fence: 1, deletedAt: 1, owed: [] },
  },
  site: {
    schema: siteDocumentSchema,
    full: {
      ...stamp,
      kind: "site",
      id: "site-1",
      name: "The site",
      buildHook: "sealed",
      buildHookHint: "api.netlify.com",
      createdAt: 1,
      createdBy: actor,
      updatedAt: 1,
      settingsRev: 1,
      slot: idle,
      owed: [],
    },
  },
  "site whose deploys are followed": {
    schema: siteDocumentSchema,
    full: {
      ...{
        ...stamp,
        kind: "site",
        id: "site-1",
        name: "The site",
        buildHook: "sealed",
        buildHookHint: "api.netlify.com",
      },
      ...{ createdAt: 1, createdBy: actor, updatedAt: 1, settingsRev: 1, owed: [] },
      pacing: {
        ...{ preset: "balanced", quietSeconds: 1, maxWaitSeconds: 1, minIntervalSeconds: 1 },
        ...{ dailyBuilds: 1, monthlyBuilds: 1 },
      },
      netlifySiteId: "netlify-site",
      configurationId: "the-site",
      deployNotifications: {
        ...{ secret: "sealed", signingSecret: "sealed", createdAt: 1 },
        previous: { secret: "sealed", signingSecret: "sealed", until: 1 },
      },
      deploys: { heardAt: 1, locked: true, live: { id: "deploy-1", at: 1 }, recent: [{ ...deploy, heardRev: 1 }] },
      slot: {
        ...idle,
        retry: { build: { ...debt, askedAt: 1, askedRev: 1, deploy, due: 1, error: "500" } },
        spent: { lastAt: 1, day: 1, today: 1, month: 1, thisMonth: 1, announced: 1 },
        unheardAt: 1,
        usage: { "2026-11": counts },
      },
    },
  },
  "deleted site": {
    schema: siteDocumentSchema,
    full: { ...stamp, kind: "site-tombstone", id: "site-1", deletedAt: 1, owed: [] },
  },
  "list of tokens": {
    schema: tokensSchema,
    full: {
      ...stamp,
      kind: "tokens",
      tokens: [
        {
          ...{ id: "token-1", name: "The dashboard", role: "Owner", hash: "hash", dataLayers: ["layer-1"] },
          ...{ createdAt: 1, createdBy: actor, expiresAt: 1, lastUsedAt: 1 },
        },
      ],
      recent: ["request-1"],
      owed: [],
    },
  },
};

/** Fields that a document may lack; their last name, or their last two or three where a namesake must not be missing. */
const optional = new Set([
  ...["body", "bodyAt", "bodyRev", "bodySetAt", "webhook", "actor", "causes", "location", "deadline", "parked"],
  ...["outcome", "changed", "version", "message", "records", "cancelled", "supersededBy", "defaultSeenAt", "seenAt"],
  "unreadable",
  "unbuilt",
  "countedBecause",
  ...["previousSecret", "recent.rev", "record.error", "sync-1.error", "a.error", "a.durationMs"],
  ...["dataLayers", "expiresAt", "lastUsedAt"],
  ...[
    "sources.headers",
    "pick",
    "checkEvery",
    "cachePurge",
    "cachePurge.siteId",
    "verification",
    "toleranceSeconds",
    "previousSetAt",
  ],
  ...[
    "verification.header",
    "bodyPath",
    "algorithm",
    "encoding",
    "prefix",
    "timestamp",
    "only",
    "only.header",
    "strict",
    "keepRequests",
  ],
  ...["seenSince", "seenBy", "defaultSeenSince", "defaultSeenBy", "checked", "catchUp", "usage", "pacing", "spent"],
  ...["deliveriesByDay", "buildsByDay"],
  ...[
    "netlifySiteId",
    "configurationId",
    "deployNotifications",
    "previous",
    "deploys",
    "live",
    "heardRev",
    "unheardAt",
  ],
  ...[
    "askedAt",
    "askedRev",
    "build.deploy",
    "deploy.id",
    "deploys.recent.id",
    "deploy.startedAt",
    "deploys.recent.startedAt",
  ],
  ...["endedAt", "deploy.url", "deploy.error", "deploys.recent.url", "deploys.recent.error", "published", "foreign"],
  ...["deploy.buildId", "deploys.recent.buildId", "announced", "asked", "2026-11.deliveries", "coalesced", "started"],
  ...["unchanged", "builds", "worked", "ticks"],
]);
const required = new Set(["build.changed", "entry.actor", "sites.outcome"]);
/** Maps, whose keys are no fields. */
const maps = new Set([
  "asks",
  "parts",
  "retry",
  "versions",
  "doubt",
  "unbuilt",
  "built",
  "open",
  "detail",
  "headers",
  "checked",
  "usage",
]);

const names = (path: Path): string[] => path.filter((key) => typeof key === "string");
const last = (path: Path): string => names(path).at(-1) ?? "";
const lastTwo = (path: Path): string => names(path).slice(-2).join(".");
const lastThree = (path: Path): string => names(path).slice(-3).join(".");
const mayLack = (path: Path): boolean =>
  !required.has(lastTwo(path)) && [last(path), lastTwo(path), lastThree(path)].some((name) => optional.has(name));

const words: Record<string, readonly string[]> = {
  "trigger.type": ["webhook", "manual", "configuration", "build", "schedule", "catch-up"],
  "trigger.webhook": ["default"],
  "running.phase": ["sources", "sites"],
  "a.status": ["running", "retrying", "succeeded", "failed", "cancelled", "superseded"],
  "sites.outcome": ["queued", "coalesced", "missing"],
  "sync-1.scope": ["all"],
  "record.scope": ["all"],
  "audit actions": [
    "data_layer.created",
    "data_layer.updated",
    "data_layer.deleted",
    "webhook.created",
    "webhook.updated",
    "webhook.deleted",
    "webhook.rotated",
    "webhook.restored",
    "default_webhook.disabled",
    "default_webhook.enabled",
    "site.created",
    "site.updated",
    "site.deleted",
    "site.budget_reached",
    "site.hook_tested",
    "build.requested",
    "sync.requested",
    "sync.cancelled",
    "data_source.secret_rotated",
    "notification.secret_rotated",
    "status_link.created",
    "status_link.deleted",
    "token.created",
    "token.deleted",
    "configuration.exported",
    "plan.updated",
  ],
  defaultWebhook: ["on", "off"],
  "deploy.state": ["building", "ready", "failed", "unheard"],
  preset: ["standard", "instant", "balanced", "saver"],
  checkEvery: ["15m", "1h", "6h", "24h"],
};
const wordsAt = (path: Path): readonly string[] | undefined =>
  typeof path.at(-1) === "string" ? (words[lastTwo(path)] ?? words[last(path)]) : undefined;

const nullable = [
  "slot.pending",
  "slot.running",
  "slot.build",
  "running.by",
  "sites.buildId",
  "entry.dataLayerId",
  "cachePurge",
  "preset",
  "dailyBuilds",
  "monthlyBuilds",
];
const nullableOnce = ["startedAt", "finishedAt", "claimRev"];

describe.each(Object.entries(documents))("the document of a %s", (_name, { schema, full }) => {
  const takes = (document: Json): boolean => schema.safeParse(document).success;
  const inDetail = (path: Path): boolean => path.includes("detail") && last(path) !== "detail";
  const fields = places(full).filter((path) => !inDetail(path));

  test("the document of a %s is accepted with everything in it, unchanged", () => {
    expect(schema.parse(full)).toEqual(full);
  });

  test("the document of a %s is refused as soon as one field holds another kind of value", () => {
    const wrong = (value: Json): Json => (typeof value === "number" ? "1" : 1);
    expect(fields.filter((path) => takes(put(full, path, wrong(at(full, path)))))).toEqual([]);
  });

  test("the document of a %s is refused as soon as a required field is missing", () => {
    const named = fields.filter((path) => typeof path.at(-1) === "string" && !maps.has(names(path).at(-2) ?? ""));
    const lacking = named.filter((path) => takes(without(full, path)));
    expect(lacking.map((path) => path.join("."))).toEqual(named.filter(mayLack).map((path) => path.join(".")));
  });

  test("the document of a %s accepts every word of a closed list and no other", () => {
    for (const path of fields) {
      const allowed = wordsAt(path);
      if (allowed === undefined) continue;
      expect(allowed.filter((word) => !takes(put(full, path, word)))).toEqual([]);
      for (const word of ["", "other"]) expect([path, word, takes(put(full, path, word))]).toEqual([path, word, false]);
    }
  });

  test("the document of a %s accepts null where something may be absent, and nowhere else", () => {
    const may = (path: Path) =>
      nullable.includes(lastTwo(path)) ||
      nullable.includes(last(path)) ||
      (nullableOnce.includes(last(path)) && ["record", "sync-1"].includes(names(path).at(-2) ?? ""));
    const taken = fields.filter((path) => takes(put(full, path, null)));
    expect(taken.map((path) => path.join("."))).toEqual(fields.filter(may).map((path) => path.join(".")));
  });
});

test("the audit log knows these actions", () => {
  expect([...auditActions]).toEqual(words["audit actions"]);
});
