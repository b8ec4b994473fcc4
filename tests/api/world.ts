import type { Deps, Fact, OutgoingAnswer, OutgoingRequest, PurgeAnswer, Target } from "../../src/app/deps.ts";
import { work } from "../../src/app/worker/work.ts";
import { RETENTION } from "../../src/core/retention.ts";
import { type Accounts, type ApiConfig, mayWrite } from "../../src/edge/access/member.ts";
import { roleOf } from "../../src/edge/access/tokenMember.ts";
import { answerApi } from "../../src/edge/api/app.ts";
import type { ApiOptions } from "../../src/edge/api/options.ts";
import type { Reach } from "../../src/edge/outgoing/reach.ts";
import { refusedUrl } from "../../src/edge/outgoing/refusedUrl.ts";
import { digest, makeSealer, makeSigner, newSigningSecret } from "../../src/edge/secrets.ts";
import { isReader, knowReader, plantSecret, searchForSecrets } from "../support/secretWatch.ts";
import { type Answer, dig, type Json, readAnswer } from "./answer.ts";
import { type Checks, checkedBy } from "./description/described.ts";
import { FaultyStore } from "./faults/faultyStore.ts";

export type { Json };

export const PUBLIC_URL = "https://hooks.example.com";
export const SECRETS = ["a-long-secret-of-this-system-for-tests"];

/** Tokens by the role they carry. */
export const tokens = {
  Owner: "owner-token-0123456789",
  Developer: "developer-token-0123456789",
  Collaborator: "collaborator-token-0123456789",
  Reviewer: "reviewer-token-0123456789",
} as const;
export type Role = keyof typeof tokens;

/** What a job answers that did its work. */
export const done = (text = "{}"): OutgoingAnswer => ({
  kind: "answer",
  status: 200,
  location: null,
  retryAfter: null,
  text,
});

export interface CallOptions {
  /** null: without a token. */
  readonly as?: Role | null;
  /** A token that was made at run time, or by somebody else. */
  readonly token?: string;
  readonly body?: unknown;
  /** Sent as it is. */
  readonly raw?: string;
  /** Sent as it comes. */
  readonly stream?: ReadableStream<Uint8Array>;
  readonly headers?: Record<string, string>;
  /** Where the API is reached; the public address if it is not said. */
  readonly base?: string;
}

const describedBy = async (options: ApiOptions): Promise<string> =>
  (await answerApi(new Request(`${PUBLIC_URL}/api/v1/openapi.json`), options)).text();

/** Holds every answer to the description of the API; made once, for all worlds. */
let checks: Checks | null = null;

/** The management API over a memory store and a clock that moves when told. */
export class ApiWorld {
  readonly store = new FaultyStore();
  readonly facts: Fact[] = [];
  readonly wakes: Target[] = [];
  /** What the team's jobs answer. */
  job: () => OutgoingAnswer | Promise<OutgoingAnswer> = () => done();
  /** Who answers what is called. */
  answering = async (_request: OutgoingRequest): Promise<OutgoingAnswer> => this.job();
  /** What Netlify says to a purge. */
  purge: () => PurgeAnswer = () => ({ kind: "purged" });
  /** Whether it reaches itself, and the world it. */
  reach: Reach = { selfCall: "ok", publicAccess: "ok" };
  now = Date.UTC(2026, 0, 1);
  config: ApiConfig = {
    secrets: SECRETS,
    sessionSecrets: SECRETS,
    ownerToken: tokens.Owner,
    tokens: (["Developer", "Collaborator", "Reviewer"] as const).map((role) => ({
      name: `${role} of the team`,
      email: `${role.toLowerCase()}@example.com`,
      role,
      token: tokens[role],
    })),
    problems: [],
  };
  /** Netlify, as far as it is asked whose token it is. */
  accounts: Accounts | null = null;
  readonly #after: Promise<unknown>[] = [];
  #ids = 0;

  #id(): string {
    this.#ids += 1;
    const time = this.now.toString(16).padStart(12, "0");
    return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${this.#ids.toString(16).padStart(12, "0")}`;
  }

  readonly deps: Deps = {
    store: this.store,
    archive: this.store,
    clock: {
      now: () => this.now,
      elapsed: () => this.now,
      sleep: async (ms, signal) => {
        await new Promise((resolve) => setImmediate(resolve));
        if (signal?.aborted !== true && ms <= 2000) this.now += ms;
      },
    },
    ids: {
      timeOrdered: () => this.#id(),
      secret: () => `secret-of-a-webhook-${this.#id()}`,
      ref: () => {
        this.#ids += 1;
        return `wh_${this.#ids}`;
      },
      signingSecret: newSigningSecret,
    },
    random: () => 0,
    retention: RETENTION,
    outgoing: { send: async (request) => this.answering(request) },
    purge: async () => this.purge(),
    sealer: makeSealer(SECRETS),
    signer: makeSigner(SECRETS, PUBLIC_URL),
    digest,
    wake: async (target) => {
      this.wakes.push(target);
    },
    report: (fact) => {
      searchForSecrets("log", JSON.stringify(fact));
      this.facts.push(fact);
    },
    publicUrl: PUBLIC_URL,
  };

  /** Waits for what goes on after the answers. */
  async settled(): Promise<void> {
    while (this.#after.length > 0) await this.#after.shift();
  }

  /** One request, and what goes on after it. */
  async call(
    method: string,
    path: string,
    { as = "Owner", token, base = PUBLIC_URL, body, raw, stream, headers = {} }: CallOptions = {},
  ) {
    const options: ApiOptions = {
      deps: this.deps,
      config: this.config,
      afterwards: (promise) => {
        this.#after.push(promise);
      },
      checkUrl: (url) => refusedUrl(url, false),
      accounts: this.accounts,
      reach: async () => this.reach,
    };
    const bearer = token ?? (as === null ? null : tokens[as]);
    if (bearer !== null) plantSecret(bearer);
    const text = raw ?? (body === undefined ? undefined : JSON.stringify(body));
    const request = new Request(`${base}/api/v1${path}`, {
      method,
      headers: {
        ...(bearer === null ? {} : { authorization: `Bearer ${bearer}` }),
        ...(text === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      ...(text === undefined ? {} : { body: text }),
      ...(stream === undefined ? {} : { body: stream, duplex: "half" }),
    });
    const answer = await readAnswer(await answerApi(request, options));
    await this.settled();
    this.#watch(method, path, { bearer, cookie: "cookie" in headers, body }, answer);
    checks ??= checkedBy(await describedBy(options));
    const wrong = checks.answer(method, path, answer);
    if (wrong !== null) throw new Error(wrong);
    return answer;
  }

  /** Fails unless a delivery was answered as the API describes it. */
  protected isAccepted(body: unknown): void {
    const wrong = checks?.named("Accepted", body) ?? null;
    if (wrong !== null) throw new Error(`a delivery answered as none: ${wrong} in ${JSON.stringify(body)}`);
  }

  /** Whoever may only read, or is nobody, is never shown a secret. */
  #watch(
    method: string,
    path: string,
    { bearer, cookie, body }: { bearer: string | null; cookie: boolean; body: unknown },
    answer: Answer,
  ): void {
    const nobody = bearer === null && !cookie;
    if (nobody || bearer === tokens.Reviewer || (bearer !== null && isReader(bearer))) {
      searchForSecrets("reader", answer.text);
    }
    if (method !== "POST" || path !== "/tokens" || answer.status !== 201) return;
    const role = String(Reflect.get(Object(body), "role"));
    if (!mayWrite({ role: roleOf(role) })) knowReader(answer.textAt("token"));
  }

  get(path: string, options: CallOptions = {}): Promise<Answer> {
    return this.call("GET", path, options);
  }

  post(path: string, body?: unknown, options: CallOptions = {}): Promise<Answer> {
    return this.call("POST", path, { ...options, ...(body === undefined ? {} : { body }) });
  }

  patch(path: string, body: unknown, options: CallOptions = {}): Promise<Answer> {
    return this.call("PATCH", path, { ...options, body });
  }

  delete(path: string, options: CallOptions = {}): Promise<Answer> {
    return this.call("DELETE", path, options);
  }

  /** A layer with one source, unless told otherwise; its id. */
  async layer(fields: Record<string, unknown> = {}, query = "?sync=false"): Promise<string> {
    const source = { slug: "blog", name: "Blog", type: "http", url: "https://jobs.example.com/blog" };
    const answer = await this.post(`/data-layers${query}`, { name: "Site content", dataSources: [source], ...fields });
    if (answer.status !== 201) throw new Error(answer.text);
    this.now += 1000;
    return answer.textAt("id");
  }

  /** A worker does what there is to do. */
  async work(target: Target): Promise<void> {
    this.now += 1500;
    await work(this.deps, target, 14 * 60 * 1000);
    await this.settled();
  }

  /** Every audit entry in the archive, oldest first. */
  async audit(): Promise<Json[]> {
    const keys = (await this.store.memory.list("audit/")).map(({ key }) => key).sort();
    return Promise.all(keys.map(async (key) => JSON.parse((await this.store.memory.read(key))?.text ?? "null")));
  }

  /** What the audit entries say happened, oldest first. */
  async auditActions(): Promise<unknown[]> {
    const entries = await this.audit();
    return entries.map((entry) => dig(entry, "action"));
  }

  /** Everything that is stored, as one text. */
  async dump(): Promise<string> {
    const entries = await this.store.memory.list("");
    const texts = await Promise.all(entries.map(async ({ key }) => (await this.store.memory.read(key))?.text ?? ""));
    return texts.join("\n");
  }
}
