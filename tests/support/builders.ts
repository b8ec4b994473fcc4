import { MINUTE } from "../../src/core/durations.ts";
import { createLayer, type Settings } from "../../src/core/layer/configureLayer.ts";
import type { ChangeBy, Layer, Webhook } from "../../src/core/layer/layer.ts";
import type { Source } from "../../src/core/layer/source.ts";
import { createSite, type Site } from "../../src/core/site/site.ts";
import type { Request } from "../../src/core/slot/accept.ts";
import type { Outcome } from "../../src/core/slot/slot.ts";
import type { Actor } from "../../src/core/slot/sync.ts";

/** The arbitrary time at which every test starts (ms). */
export const START = 1_800_000_000_000;

/** Returns the value. Throws if it is null or undefined, which the test rules out. */
export const must = <T>(value: T | null | undefined, what = "a value"): T => {
  if (value === null || value === undefined) throw new Error(`expected ${what}`);
  return value;
};

/** Returns a function that makes predictable ids, which sort in the order they were made. */
export const counter = (prefix: string): (() => string) => {
  let count = 0;
  return () => {
    count += 1;
    return `${prefix}${String(count).padStart(4, "0")}`;
  };
};

/** A clock that moves only when a test moves it. */
export class SettableClock {
  #wall: number;
  #steady = 0;

  constructor(now: number = START) {
    this.#wall = now;
  }

  now(): number {
    return this.#wall;
  }

  elapsed(): number {
    return this.#steady;
  }

  /** Moves the wall clock and the elapsed time. */
  pass(ms: number): void {
    this.#wall += ms;
    this.#steady += ms;
  }

  /** Moves only the wall clock, as when somebody sets it. */
  jump(ms: number): void {
    this.#wall += ms;
  }
}

const requestIds = counter("request-");

/** A delivery. It asks for all sources, unless `fields` name some. */
export const aRequest = (fields: Partial<Request> = {}): Request => {
  const id = fields.id ?? requestIds();
  const receivedAt = fields.receivedAt ?? START;
  const slugs = fields.slugs ?? [];
  return {
    id,
    receivedAt,
    all: slugs.length === 0,
    slugs,
    full: false,
    trigger: { type: "webhook", id, at: receivedAt, webhook: "default" },
    build: true,
    written: false,
    ...fields,
  };
};

/** A person's request for a sync. */
export const aManualRequest = (fields: Partial<Request> = {}): Request => {
  const id = fields.id ?? requestIds();
  const at = fields.receivedAt ?? START;
  return aRequest({ full: true, written: true, ...fields, id, trigger: { type: "manual", id, at, actor: ada } });
};

/** A request of a configuration change. Its sync alone builds no site. */
export const aConfigurationRequest = (fields: Partial<Request> = {}): Request => {
  const id = fields.id ?? requestIds();
  const at = fields.receivedAt ?? START;
  const trigger = { type: "configuration", id, at, actor: ada } as const;
  return aRequest({ full: true, written: true, build: false, ...fields, id, trigger });
};

export const ada: Actor = { id: "ada", name: "Ada", email: "ada@example.com" };

/** A change by Ada, with new ids. */
export const aChange = (fields: { now?: number; rev?: number; requestId?: string } = {}): ChangeBy => {
  const { now = START, rev = 1, requestId = requestIds() } = fields;
  const auditIds = [`${requestId}-audit-1`, `${requestId}-audit-2`] as const;
  return {
    actor: ada,
    now,
    ids: { requestId, syncId: `${requestId}-sync`, auditIds },
    attempt: { now, rev, firstRev: rev - 1 },
  };
};

export const aSource = (slug: string, fields: Partial<Source> = {}): Source => ({
  slug,
  name: `The ${slug} source`,
  type: "http",
  url: `https://jobs.example.com/${slug}`,
  timeoutSeconds: 900,
  secret: `sealed-${slug}`,
  ...fields,
});

/** A layer's settings: two sources and one site. */
export const someSettings = (fields: Partial<Settings> = {}): Settings => ({
  name: "The blog",
  description: "",
  sources: [aSource("posts"), aSource("authors")],
  connectedSites: [{ siteId: "site-1" }],
  notifications: [],
  defaultWebhook: "on",
  buildAfterConfiguration: false,
  keepTitles: undefined,
  overdueMinutes: undefined,
  silentHours: undefined,
  quietHours: undefined,
  live: undefined,
  ...fields,
});

/** A layer after its first write: idle, with an empty outbox. */
export const aLayer = (settings: Partial<Settings> = {}, fields: Partial<Layer> = {}): Layer => ({
  ...createLayer("layer-1", false, someSettings(settings), aChange({ requestId: "creation" }), false, null),
  rev: 1,
  by: "creation.1",
  at: START,
  owed: [],
  ...fields,
});

/** A webhook whose secret is `id`. */
export const aWebhook = (id: string, fields: Partial<Webhook> = {}): Webhook => ({
  id,
  ref: `ref-${id}`,
  name: `Webhook ${id}`,
  createdAt: START,
  createdBy: ada,
  ...fields,
});

/** A notification of a layer that announces `events`. */
export const aNotification = (id: string, events: readonly string[]): Layer["notifications"][number] => ({
  id,
  name: id,
  url: "sealed",
  urlHint: "example.com/…abcd",
  events: [...events],
  secret: "sealed",
});

/** A site after its first write, with an empty outbox. */
export const aSite = (fields: Partial<Site> = {}): Site => ({
  ...createSite(
    "site-1",
    { name: "The site", buildHook: "sealed-hook", buildHookHint: "api.netlify.com …k123" },
    aChange({ requestId: "creation" }),
  ),
  rev: 1,
  by: "creation.1",
  at: START,
  owed: [],
  ...fields,
});

/** The outcome of a job that succeeded. */
export const ok = (fields: Partial<Extract<Outcome, { kind: "ok" }>> = {}): Outcome => ({
  kind: "ok",
  durationMs: 50,
  ...fields,
});
export const refusedCall: Outcome = {
  kind: "failed",
  error: "the job answered 500",
  unanswered: false,
  durationMs: 50,
};
export const timedOut: Outcome = { kind: "failed", error: "no answer in time", unanswered: true, durationMs: MINUTE };
