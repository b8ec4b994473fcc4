import "../support/frozenDocuments.ts";
import type { Deps, Fact, OutgoingAnswer, OutgoingRequest, PurgeAnswer, Target } from "../../src/app/deps.ts";
import { work } from "../../src/app/worker/work.ts";
import { RETENTION } from "../../src/core/retention.ts";
import { type Accounts, type ApiConfig, mayWrite } from "../../src/edge/access/member.ts";
import { roleOf } from "../../src/edge/access/tokenMember.ts";
import { answerApi } from "../../src/edge/api/app.ts";
import type { ApiOptions } from "../../src/edge/api/options.ts";
import { makeReadRequest } from "../../src/edge/hooks/keptRequest.ts";
import type { Reach } from "../../src/edge/outgoing/reach.ts";
import { refusedUrl } from "../../src/edge/outgoing/refusedUrl.ts";
import { digest, makeSealer, makeSigner, newSigningSecret } from "../../src/edge/secrets.ts";
import { isReader, knowReader, plantSecret, searchForSecrets } from "../support/setup/secretWatch.ts";
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

/** The answer of a job that succeeded. */
export const done = (text = "{}"): OutgoingAnswer => ({
  kind: "answer",
  status: 200,
  location: null,
  retryAfter: null,
  text,
});

export interface CallOptions {
  /** The role to call with. Null sends no token. */
  readonly as?: Role | null;
  /** A token to send instead of a role's. */
  readonly token?: string;
  readonly body?: unknown;
  /** A body that is already text. */
  readonly raw?: string;
  /** A body that is a stream. */
  readonly stream?: ReadableStream<Uint8Array>;
  readonly headers?: Record<string, string>;
  /** The URL of the API's site. The default is the public URL. */
  readonly base?: string;
}

const describedBy = async (options: ApiOptions): Promise<string> =>
  (await answerApi(new Request(`${PUBLIC_URL}/api/v1/openapi.json`), options)).text();

/** Checks every answer against the description of the API. Made once for all worlds, because that is slow. */
let checks: Checks | null = null;

/** The management API over a memory store and a clock that the test moves. */
export class ApiWorld {
  readonly store = new FaultyStore();
  readonly facts: Fact[] = [];
  readonly wakes: Target[] = [];
  /** The answer of the team's jobs. */
  job: () => OutgoingAnswer | Promise<OutgoingAnswer> = () => done();
  /** Answers outgoing requests. */
  answering = async (_request: OutgoingRequest): Promise<OutgoingAnswer> => this.job();
  /** Netlify's answer to a purge. */
  purge: () => PurgeAnswer = () => ({ kind: "purged" });
  /** Whether the site reaches itself, and whether the public reaches the site. */
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
  /** Netlify's accounts, which say whose a Netlify token is. Null if Netlify is not asked. */
  accounts: Accounts | null = null;
  readonly #after: Promise<unknown>[] = [];
  #ids = 0;

  #id(): string {
    this.#ids += 1;
    const time = this.now.toString(16).padStart(12, "0");
    return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${this.#ids.toString(16).padStart(12, "0")}`;
  }

  deps: Deps = {
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
    readRequest: makeReadRequest(makeSealer(SECRETS)),
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
    release: "deploy-1",
  };

  /** Goes on as another deploy over the same store. */
  deploy(release: string): void {
    this.deps = { ...this.deps, release };
  }

  /** Waits for the work that continues after the answers. */
  async settled(): Promise<void> {
    while (this.#after.length > 0) await this.#after.shift();
  }

  /** Sends one request, waits for the work after its answer and checks the answer against the description. */
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

  /** Throws unless the body is the answer to an accepted delivery, as the API describes it. */
  protected isAccepted(body: unknown): void {
    const wrong = checks?.named("Accepted", body) ?? null;
    if (wrong !== null) throw new Error(`not the answer to a delivery: ${wrong} in ${JSON.stringify(body)}`);
  }

  /** Searches the answer for secrets if the caller may only read or has no token. */
  #watch(
    method: string,
    path: string,
    { bearer, cookie, body }: { bearer: string | null; cookie: boolean; body: unknown },
    answer: Answer,
  ): void {
    const anonymous = bearer === null && !cookie;
    if (anonymous || bearer === tokens.Reviewer || (bearer !== null && isReader(bearer))) {
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

  /** Creates a layer, with one source unless `fields` say otherwise, and returns its id. */
  async layer(fields: Record<string, unknown> = {}, query = "?sync=false"): Promise<string> {
    const source = { slug: "blog", name: "Blog", type: "http", url: "https://jobs.example.com/blog" };
    const answer = await this.post(`/data-layers${query}`, { name: "Site content", dataSources: [source], ...fields });
    if (answer.status !== 201) throw new Error(answer.text);
    this.now += 1000;
    return answer.textAt("id");
  }

  /** Runs a worker for the target. */
  async work(target: Target): Promise<void> {
    this.now += 1500;
    await work(this.deps, target, 14 * 60 * 1000);
    await this.settled();
  }

  /** Returns all audit entries, oldest first. */
  async audit(): Promise<Json[]> {
    const keys = (await this.store.memory.list("audit/")).map(({ key }) => key).sort();
    return Promise.all(keys.map(async (key) => JSON.parse((await this.store.memory.read(key))?.text ?? "null")));
  }

  /** Returns the actions of all audit entries, oldest first. */
  async auditActions(): Promise<unknown[]> {
    const entries = await this.audit();
    return entries.map((entry) => dig(entry, "action"));
  }

  /** Returns all stored texts by their keys. */
  async stored(): Promise<ReadonlyMap<string, string>> {
    const keys = (await this.store.memory.list("")).map(({ key }) => key);
    const texts = await Promise.all(keys.map(async (key) => (await this.store.memory.read(key))?.text ?? ""));
    return new Map(keys.map((key, index) => [key, texts[index] ?? ""]));
  }

  /** Restores all stored texts. */
  async restore(before: ReadonlyMap<string, string>): Promise<void> {
    const { memory } = this.store;
    for (const [key, text] of await this.stored()) {
      if (before.get(key) !== text) await memory.remove(key);
    }
    const standing = await this.stored();
    for (const [key, text] of before) {
      if (!standing.has(key)) await memory.write(key, text, null);
    }
  }

  /** Returns everything stored, as one text. */
  async dump(): Promise<string> {
    return [...(await this.stored()).values()].join("\n");
  }
}
