import { MINUTE } from "../../src/core/durations.ts";
import { createLayer, type Settings } from "../../src/core/layer/configureLayer.ts";
import type { ChangeBy, Layer, Webhook } from "../../src/core/layer/layer.ts";
import type { Source } from "../../src/core/layer/source.ts";
import { createSite, type Site } from "../../src/core/site/site.ts";
import type { Request } from "../../src/core/slot/accept.ts";
import type { Outcome } from "../../src/core/slot/slot.ts";
import type { Actor } from "../../src/core/slot/sync.ts";

/** An arbitrary moment at which every test begins (ms). */
export const START = 1_800_000_000_000;

/** The value, which the test knows to be there. */
export const must = <T>(value: T | null | undefined, what = "a value"): T => {
  if (value === null || value === undefined) throw new Error(`expected ${what}`);
  return value;
};

/** Predictable ids that sort by the order of their making. */
export const counter = (prefix: string): (() => string) => {
  let made = 0;
  return () => {
    made += 1;
    return `${prefix}${String(made).padStart(4, "0")}`;
  };
};

/** A clock that stands still until it is moved. */
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

  /** Time passes. */
  pass(ms: number): void {
    this.#wall += ms;
    this.#steady += ms;
  }

  /** The wall clock alone is set to another time. */
  jump(ms: number): void {
    this.#wall += ms;
  }
}

const requestIds = counter("request-");

/** A delivery that asks for everything, unless told otherwise. Naming sources narrows it. */
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

/** A person asks for a sync. */
export const aManualRequest = (fields: Partial<Request> = {}): Request => {
  const id = fields.id ?? requestIds();
  const at = fields.receivedAt ?? START;
  return aRequest({ full: true, written: true, ...fields, id, trigger: { type: "manual", id, at, actor: ada } });
};

/** A change of the configuration asks for a sync, which alone builds nothing. */
export const aConfigurationRequest = (fields: Partial<Request> = {}): Request => {
  const id = fields.id ?? requestIds();
  const at = fields.receivedAt ?? START;
  const trigger = { type: "configuration", id, at, actor: ada } as const;
  return aRequest({ full: true, written: true, build: false, ...fields, id, trigger });
};

export const ada: Actor = { id: "ada", name: "Ada", email: "ada@example.com" };

/** Somebody changes something, under ids of its own. */
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

/** A source. */
export const aSource = (slug: string, fields: Partial<Source> = {}): Source => ({
  slug,
  name: `The ${slug} source`,
  type: "http",
  url: `https://jobs.example.com/${slug}`,
  timeoutSeconds: 900,
  secret: `sealed-${slug}`,
  ...fields,
});

/** What a person gives a layer: two sources and one site. */
export const someSettings = (fields: Partial<Settings> = {}): Settings => ({
  name: "The blog",
  description: "",
  sources: [aSource("posts"), aSource("authors")],
  connectedSites: [{ siteId: "site-1" }],
  notifications: [],
  defaultWebhook: "on",
  buildAfterConfiguration: false,
  ...fields,
});

/** A layer as it stands after its first write, idle and without anything owed. */
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

/** A site as it stands after its first write. */
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

/** A job's answers. */
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
