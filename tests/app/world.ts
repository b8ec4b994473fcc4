import "../support/frozenDocuments.ts";
import { createHash } from "node:crypto";
import type {
  Clock,
  Deps,
  Fact,
  OutgoingAnswer,
  OutgoingRequest,
  PurgeAnswer,
  PurgeRequest,
  Target,
} from "../../src/app/deps.ts";
import { publish } from "../../src/app/receive/publish.ts";
import { drain } from "../../src/app/repair/drain.ts";
import { layerCodec, siteCodec, updateLayer } from "../../src/app/stored/documents.ts";
import { work } from "../../src/app/worker/work.ts";
import { createLayer, type Settings } from "../../src/core/layer/configureLayer.ts";
import type { Layer } from "../../src/core/layer/layer.ts";
import type { HttpSource } from "../../src/core/layer/source.ts";
import { RETENTION } from "../../src/core/retention.ts";
import { presetPacing } from "../../src/core/site/pacing.ts";
import { createSite, type Site } from "../../src/core/site/site.ts";
import type { Preset } from "../../src/core/slot/pace.ts";
import type { Sync } from "../../src/core/slot/sync.ts";
import type { Delivery, Published } from "../../src/core/webhook/takeDelivery.ts";
import { digest } from "../../src/edge/secrets.ts";
import { DELIVERIES, layerKey, siteKey, syncKey, syncsPrefix } from "../../src/store/keys.ts";
import { MemoryStore } from "../../src/store/memory.ts";
import {
  type Archive,
  type Enough,
  type Store,
  type Stored,
  StoreUnavailable,
  type Written,
} from "../../src/store/store.ts";
import { searchForSecrets } from "../support/setup/secretWatch.ts";

/** A clock that the test moves. It jumps from one timer to the next. */
export class VirtualClock {
  now = Date.UTC(2026, 0, 1);
  readonly #timers: { at: number; wake: () => void }[] = [];

  timer(ms: number, wake: () => void): void {
    this.#timers.push({ at: this.now + ms, wake });
  }

  async settle(): Promise<void> {
    for (let i = 0; i < 60; i += 1) await new Promise((resolve) => setImmediate(resolve));
  }

  /** Moves the clock by `ms` and fires every timer on the way. */
  async pass(ms: number): Promise<void> {
    const end = this.now + ms;
    for (;;) {
      await this.settle();
      this.#timers.sort((a, b) => a.at - b.at);
      const next = this.#timers[0];
      if (next === undefined || next.at > end) break;
      this.#timers.shift();
      this.now = Math.max(this.now, next.at);
      next.wake();
    }
    this.now = end;
  }
}

/** Answers a call of a sync job or a build hook. */
export type Job = (request: OutgoingRequest, world: World) => Promise<OutgoingAnswer> | OutgoingAnswer;

export const answer = (
  status: number,
  body: unknown = {},
  headers: { location?: string; retryAfter?: string } = {},
): OutgoingAnswer => ({
  kind: "answer",
  status,
  location: headers.location ?? null,
  retryAfter: headers.retryAfter ?? null,
  text: JSON.stringify(body),
});

/** One process of the platform. A killed process never continues; a frozen one continues when it thaws. */
export class Instance {
  #dead = false;
  #frozen: (() => void)[] | null = null;

  kill(): void {
    this.#dead = true;
  }

  freeze(): void {
    this.#frozen = [];
  }

  thaw(): void {
    const waiting = this.#frozen ?? [];
    this.#frozen = null;
    for (const wake of waiting) wake();
  }

  /** Resolves while the instance runs. Never resolves after a kill. */
  async alive(): Promise<void> {
    if (this.#dead) await new Promise<never>(() => undefined);
    const frozen = this.#frozen;
    if (frozen !== null) await new Promise<void>((resolve) => frozen.push(resolve));
  }
}

export const OWNER = { id: "owner", name: "Olive Owner", email: "olive@example.com" };

const md5 = (text: string): string => `"${createHash("md5").update(text).digest("hex")}"`;

/** The whole system over a memory store and a virtual clock, without HTTP. */
export class World {
  readonly clock = new VirtualClock();
  readonly memory = new MemoryStore(md5);
  readonly jobs = new Map<string, Job>();
  readonly calls: OutgoingRequest[] = [];
  readonly purges: (PurgeRequest & { readonly at: number })[] = [];
  /** Netlify's answer to a purge. */
  purge: () => PurgeAnswer = () => ({ kind: "purged" });
  readonly facts: Fact[] = [];
  readonly wakes: Target[] = [];
  readonly workers: Instance[] = [];
  /** When each worker started and ended (ms). Null if it still runs. */
  readonly shifts: { readonly from: number; to: number | null }[] = [];
  readonly counts = { reads: 0, writes: 0, lists: 0, logs: 0 };
  /** Whether wakes start workers. If false, wakes are lost. */
  wakesArrive = true;
  /** Returns whether a store call fails. */
  storeFails: (op: "read" | "write" | "list", key: string) => boolean = () => false;
  #ids = 0;

  #id(): string {
    this.#ids += 1;
    const hex = this.clock.now.toString(16).padStart(12, "0");
    const tail = this.#ids.toString(16).padStart(12, "0");
    return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-${tail}`;
  }

  /** Returns the dependencies of one process. */
  deps(instance = new Instance()): Deps {
    const { clock, memory } = this;
    const clockOf: Clock = {
      now: () => clock.now,
      elapsed: () => clock.now,
      sleep: async (ms, signal) => {
        if (signal?.aborted !== true) {
          await new Promise<void>((resolve) => {
            signal?.addEventListener("abort", () => resolve(), { once: true });
            clock.timer(ms, resolve);
          });
        }
        await instance.alive();
      },
    };
    const guard = async <T>(op: "read" | "write" | "list", key: string, use: () => Promise<T>): Promise<T> => {
      await instance.alive();
      if (this.storeFails(op, key)) throw new StoreUnavailable(`${op} failed`);
      const result = await use();
      await instance.alive();
      return result;
    };
    const store: Store & Archive = {
      read: (key: string): Promise<Stored | null> => {
        this.counts.reads += 1;
        return guard("read", key, () => memory.read(key));
      },
      write: (key: string, text: string, expected: string | null): Promise<Written> => {
        if (key.startsWith(DELIVERIES)) this.counts.logs += 1;
        else this.counts.writes += 1;
        return guard("write", key, () => memory.write(key, text, expected));
      },
      list: (prefix: string, enough?: Enough) => {
        this.counts.lists += 1;
        return guard("list", prefix, () => memory.list(prefix, enough));
      },
      children: (prefix: string) => {
        this.counts.lists += 1;
        return guard("list", prefix, () => memory.children(prefix));
      },
      remove: (key: string) => guard("write", key, () => memory.remove(key)),
    };
    return {
      store,
      archive: store,
      clock: clockOf,
      ids: {
        timeOrdered: () => this.#id(),
        secret: () => this.#id(),
        ref: () => `wh_${this.#ids}`,
        signingSecret: () => "whsec_c2VjcmV0",
      },
      random: () => 0.5,
      retention: RETENTION,
      outgoing: {
        send: async (request) => {
          await instance.alive();
          this.calls.push(request);
          const job = this.jobs.get(new URL(request.url).origin + new URL(request.url).pathname);
          const answered = Promise.resolve(job?.(request, this) ?? answer(404));
          const gone = new Promise<OutgoingAnswer>((resolve) => {
            request.signal.addEventListener("abort", () => resolve({ kind: "silence", error: "aborted" }), {
              once: true,
            });
            clock.timer(request.deadline, () => resolve({ kind: "silence", error: "timed out" }));
          });
          const result = await Promise.race([answered, gone]);
          await instance.alive();
          return result;
        },
      },
      purge: async (request) => {
        await instance.alive();
        this.purges.push({ ...request, at: clock.now });
        const answered = this.purge();
        await instance.alive();
        return answered;
      },
      sealer: {
        keyId: "key",
        seal: (text) => `sealed:${text}`,
        open: (sealed) => sealed.replace(/^sealed:/, ""),
        isCurrent: () => true,
        isBound: () => true,
      },
      signer: {
        standard: (secrets, id, at) => ({
          "webhook-id": id,
          "webhook-timestamp": String(at),
          "webhook-signature": secrets.join(" "),
        }),
        callbackUrl: ({ layerId, syncId, slug, fence }) => `https://hook.test/${layerId}/${syncId}/${slug}/${fence}`,
        isCallback: () => true,
      },
      digest,
      wake: async (target) => {
        await instance.alive();
        this.wakes.push(target);
        if (this.wakesArrive) this.work(target);
      },
      report: (fact) => {
        searchForSecrets("log", JSON.stringify(fact));
        this.facts.push(fact);
      },
      publicUrl: "https://hook.test",
      release: "deploy-1",
    };
  }

  /** Starts a worker in a new instance. */
  work(target: Target, length = 14 * 60_000): Instance {
    const instance = new Instance();
    this.workers.push(instance);
    const shift = { from: this.clock.now, to: null as number | null };
    this.shifts.push(shift);
    void work(this.deps(instance), target, length).then(() => {
      shift.to = this.clock.now;
    });
    return instance;
  }

  source(slug: string, timeoutSeconds = 900): HttpSource {
    return {
      slug,
      name: slug,
      type: "http",
      url: `https://jobs.test/${slug}`,
      timeoutSeconds,
      secret: `sealed:${slug}-secret`,
    };
  }

  async layer(
    id: string,
    slugs: readonly string[],
    sites: readonly string[] = [],
    extra: Partial<Settings> = {},
  ): Promise<void> {
    const settings: Settings = {
      name: `Layer ${id}`,
      description: "",
      sources: slugs.map((slug) => this.source(slug)),
      connectedSites: sites.map((siteId) => ({ siteId })),
      notifications: [],
      defaultWebhook: "on",
      buildAfterConfiguration: false,
      keepTitles: undefined,
      overdueMinutes: undefined,
      silentHours: undefined,
      quietHours: undefined,
      live: undefined,
      ...extra,
    };
    await updateLayer(
      this.deps(),
      id,
      (_none, attempt) => ({
        kind: "write",
        document: createLayer(id, false, settings, this.by(attempt), false, null),
        result: null,
      }),
      { budget: 1000, attempts: 3, polite: false },
    );
  }

  by(attempt: { now: number; rev: number; firstRev: number }) {
    return {
      actor: OWNER,
      now: attempt.now,
      attempt,
      ids: { requestId: this.#id(), syncId: this.#id(), auditIds: [this.#id(), this.#id()] as const },
    };
  }

  async site(id: string, preset: Preset = "instant"): Promise<void> {
    const site = createSite(
      id,
      {
        name: `Site ${id}`,
        buildHook: `sealed:https://hooks.test/${id}`,
        buildHookHint: "…",
        pacing: presetPacing(preset),
      },
      this.by({ now: this.clock.now, rev: 1, firstRev: 0 }),
    );
    await this.memory.write(
      siteKey(id),
      JSON.stringify({ ...site, v: 1, rev: 1, by: "test", at: this.clock.now }),
      null,
    );
  }

  /** Publishes, and sends the wake that the answer asks for. */
  async publish(layerId: string, delivery: Partial<Delivery> & { header?: string } = {}): Promise<Published> {
    const deps = this.deps();
    const { header, ...rest } = delivery;
    const pending = publish(deps, {
      layerId,
      webhookId: null,
      selectors: { header: header ?? null, query: null, alias: null },
      body: null,
      receivedAt: this.clock.now,
      ...rest,
    });
    await this.clock.settle();
    const published = await pending;
    if (published.kind === "accepted" && published.wake) await deps.wake({ kind: "layer", id: layerId });
    return published;
  }

  async tick(): Promise<void> {
    const ticked = drain(this.deps());
    await this.clock.settle();
    await ticked;
  }

  async readLayer(id: string): Promise<Layer> {
    const found = await this.memory.read(layerKey(id));
    const document = layerCodec.decode(found?.text ?? "", id);
    if (document.kind !== "layer") throw new Error(`${id} is deleted`);
    return document;
  }

  async readSite(id: string): Promise<Site> {
    const found = await this.memory.read(siteKey(id));
    const document = siteCodec.decode(found?.text ?? "", id);
    if (document.kind !== "site") throw new Error(`${id} is deleted`);
    return document;
  }

  /** Returns the records of ended syncs, oldest first. */
  async records(layerId: string): Promise<Sync[]> {
    const keys = (await this.memory.list(syncsPrefix(layerId))).map(({ key }) => key).sort();
    const texts = await Promise.all(keys.map((key) => this.memory.read(key)));
    return texts.map((found) => JSON.parse(found?.text ?? "null"));
  }

  async record(layerId: string, syncId: string): Promise<Sync | null> {
    const found = await this.memory.read(syncKey(layerId, syncId));
    return found === null ? null : JSON.parse(found.text);
  }

  /** Returns the bodies of the calls to one source's job. */
  posts(slug: string): {
    full: boolean;
    attempt: number;
    fencingToken: number;
    syncId: string;
    webhookBody: unknown;
    trigger: { type: string };
  }[] {
    return this.calls
      .filter(({ method, url }) => method === "POST" && url === `https://jobs.test/${slug}`)
      .map(({ body }) => JSON.parse(body ?? "null"));
  }

  builds(site: string): OutgoingRequest[] {
    return this.calls.filter(({ url }) => url.startsWith(`https://hooks.test/${site}`));
  }

  /** Returns a job that answers after `ms`. */
  slow(ms: number, result: OutgoingAnswer): Job {
    return () => new Promise((resolve) => this.clock.timer(ms, () => resolve(result)));
  }
}
