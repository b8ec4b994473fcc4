import type { Deps, OutgoingRequest, Target } from "../../src/app/deps.ts";
import { drain } from "../../src/app/repair/drain.ts";
import { MINUTE } from "../../src/core/durations.ts";
import { answerApi } from "../../src/edge/api/app.ts";
import { answerDeploy } from "../../src/edge/hooks/answerDeploy.ts";
import { answerPublish } from "../../src/edge/hooks/answerPublish.ts";
import { problem } from "../../src/edge/problem.ts";
import { digest } from "../../src/edge/secrets.ts";
import { Instance, VirtualClock, World } from "../app/world.ts";

// Loaded late by the functions themselves; while a file is read the clock of a test would run on.
await Promise.all([import("../../src/edge/senders/inspect.ts"), import("../../src/edge/senders/subject.ts")]);

export const OWNER_TOKEN = "owner-token-of-the-verified-system-0123456789";
const TICK_EVERY = 5 * MINUTE;
const LIMIT = 600;

/** What is wrong with a system, on purpose. */
export interface Faults {
  /** The schedule never runs. */
  ticksNever?: boolean;
  /** The store of every answer, once it has answered. */
  afterwardsLost?: boolean;
  /** The n-th publish is answered as accepted and written nowhere. */
  losesPublish?: number;
  /** The n-th publish is refused. */
  refusesPublish?: number;
  /** Lists each sync three times, as if there had been three. */
  syncsTripled?: boolean;
  wakesLost?: boolean;
  /** Workers end after so long (ms). */
  workersDieAfter?: number;
  /** No call to itself is answered. */
  cannotCallOut?: boolean;
  /** Calls of hooks are answered 200 and reach nobody. */
  hooksSwallowed?: boolean;
  /** Every notification of a deploy counts as signed. */
  signatureUnchecked?: boolean;
  /** No notification of a deploy counts as signed. */
  signatureNeverRight?: boolean;
  noRateLimit?: boolean;
  /** The limit of requests in a minute. */
  limit?: number;
  /** A publish takes so long (ms). */
  slowPublish?: number;
  /** Senders are asked to log in. */
  isPrivate?: boolean;
}

/** The worker and the functions of one deploy in a world whose clock moves when told, reached by requests. */
export class LivingSystem extends World {
  override readonly clock: VirtualClock;
  readonly base: string;
  readonly faults: Faults;
  /** Whether this deploy may touch its data. */
  published = true;
  #ownerToken: string;
  #publishes = 0;
  #requests: number[] = [];

  constructor(base: string, clock = new VirtualClock(), faults: Faults = {}, ownerToken: string = OWNER_TOKEN) {
    super();
    this.base = base;
    this.clock = clock;
    this.faults = faults;
    this.#ownerToken = ownerToken;
    this.wakesArrive = faults.wakesLost !== true;
    this.#scheduleTick();
  }

  #scheduleTick(): void {
    this.clock.timer(TICK_EVERY, () => {
      if (this.faults.ticksNever !== true) void drain(this.deps());
      this.#scheduleTick();
    });
  }

  override deps(instance = new Instance()): Deps {
    const send = async (request: OutgoingRequest) => {
      await instance.alive();
      if (this.faults.cannotCallOut === true)
        return { kind: "silence", error: "the host name does not resolve" } as const;
      const { method, url, headers, body } = request;
      const own = url.startsWith(this.base);
      const swallowed = this.faults.hooksSwallowed === true && method === "POST";
      const response = swallowed
        ? new Response("{}")
        : own
          ? await this.answer(new Request(url, { method, headers, ...(body === undefined ? {} : { body }) }))
          : new Response("", { status: 404 });
      const answer = { kind: "answer", status: response.status, location: null, retryAfter: null } as const;
      return { ...answer, text: await response.text() };
    };
    const deps = super.deps(instance);
    const { ids } = deps;
    // Two systems count alike; their ids must differ all the same, as they do outside of tests.
    const own = Buffer.from(digest(this.base)).toString("hex").slice(0, 3);
    const timeOrdered = (): string => ids.timeOrdered().replace("-7000-8000-", `-7000-8${own}-`);
    return { ...deps, outgoing: { send }, publicUrl: this.base, ids: { ...ids, timeOrdered } };
  }

  override work(target: Target, length?: number): Instance {
    const instance = super.work(target, length);
    const dies = this.faults.workersDieAfter;
    if (dies !== undefined) this.clock.timer(dies, () => instance.kill());
    return instance;
  }

  /** What a function of this deploy answers. */
  async answer(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (this.faults.isPrivate === true) return new Response("Log in", { status: 401 });
    if (pathname === "/" || pathname === "/theme.js") return new Response("// a page");
    if (!this.published) {
      return problem({
        status: 409,
        code: "NOT_PUBLISHED",
        title: "Not the published one",
        detail: "A former deploy.",
      });
    }
    const deps = this.deps();
    if (pathname.startsWith("/hooks/data_layer/")) return this.#publish(request, deps);
    if (pathname.startsWith("/hooks/deploys/")) return this.#deployEvent(request, deps);
    return pathname.startsWith("/api/v1") ? this.#api(request, deps) : new Response("Not Found", { status: 404 });
  }

  readonly #afterwards = (work: Promise<unknown>): void => {
    void work;
  };

  async #publish(request: Request, deps: Deps): Promise<Response> {
    this.#publishes += 1;
    const { losesPublish, refusesPublish, afterwardsLost, slowPublish = 0 } = this.faults;
    if (slowPublish > 0) await deps.clock.sleep(slowPublish);
    if (this.#publishes === refusesPublish) {
      return problem({
        status: 503,
        code: "STORE_UNAVAILABLE",
        title: "The store did not confirm in time",
        detail: "Planted.",
      });
    }
    const write = async () => ({ kind: "written", etag: "lost" }) as const;
    const kept = this.#publishes === losesPublish ? { ...deps, store: { ...deps.store, write } } : deps;
    const lost = { ...kept, archive: { ...deps.archive, write }, wake: async () => {} };
    return answerPublish(request, afterwardsLost === true ? lost : kept, this.#afterwards);
  }

  async #deployEvent(request: Request, deps: Deps): Promise<Response> {
    const { signatureUnchecked, signatureNeverRight } = this.faults;
    if (signatureUnchecked === true) return Response.json({ status: "recorded" });
    if (signatureNeverRight !== true) return answerDeploy(request, deps, this.#afterwards);
    const headers = new Headers(request.headers);
    if (headers.has("x-webhook-signature")) headers.set("x-webhook-signature", "never.right.signed");
    return answerDeploy(new Request(request, { headers }), deps, this.#afterwards);
  }

  async #api(request: Request, deps: Deps): Promise<Response> {
    const now = this.clock.now;
    this.#requests = [...this.#requests.filter((at) => at > now - MINUTE), now];
    if (this.faults.noRateLimit !== true && this.#requests.length > (this.faults.limit ?? LIMIT)) {
      return new Response("Too Many Requests", { status: 429 });
    }
    const secrets = ["a-long-secret-of-this-system-for-tests"];
    const response = await answerApi(request, {
      deps,
      config: { secrets, sessionSecrets: secrets, ownerToken: this.#ownerToken, tokens: [], problems: [] },
      afterwards: this.#afterwards,
      checkUrl: () => null,
      accounts: null,
      reach: async () => ({ selfCall: "ok", publicAccess: "ok" }),
    });
    const listsSyncs = request.method === "GET" && /\/syncs$/.test(new URL(request.url).pathname);
    return this.faults.syncsTripled === true && listsSyncs ? tripled(response) : response;
  }
}

const tripled = async (response: Response): Promise<Response> => {
  const { items } = await response.json();
  return Response.json({ items: [...items, ...items, ...items], nextCursor: null });
};
