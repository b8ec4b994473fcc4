import type { Deps, Fact, OutgoingAnswer, Target } from "../../src/app/deps.ts";
import { RETENTION } from "../../src/core/retention.ts";
import type { Config } from "../../src/edge/config.ts";
import type { Live } from "../../src/edge/live.ts";
import { digest, makeSealer, makeSigner, newSigningSecret } from "../../src/edge/secrets.ts";
import { leaveUnwatched } from "../support/setup/secretWatch.ts";
import { WatchedStore } from "./watchedStore.ts";

export const PUBLIC_URL = "https://hooks.example.com";
/** The system's own secret. */
export const SYSTEM_SECRET = "the-systems-own-secret-0123456789";

/** Tokens by the role they carry. */
export const tokens = {
  Owner: "owner-token-0123456789",
  Developer: "developer-token-0123456789",
  Collaborator: "collaborator-token-0123456789",
  Reviewer: "reviewer-token-0123456789",
} as const;
export const roles = ["Owner", "Developer", "Collaborator", "Reviewer"] as const;
export type Role = (typeof roles)[number];

const config: Config = {
  secrets: [SYSTEM_SECRET],
  sessionSecrets: [SYSTEM_SECRET],
  ownerToken: tokens.Owner,
  tokens: (["Developer", "Collaborator", "Reviewer"] as const).map((role) => ({
    name: `${role} of the team`,
    email: `${role.toLowerCase()}@example.com`,
    role,
    token: tokens[role],
  })),
  publicUrl: PUBLIC_URL,
  netlifyTeam: null,
  netlifyToken: undefined,
  netlifyApiUrl: "https://netlify.example/api/v1",
  retention: RETENTION,
  allowHttp: false,
  problems: [],
};

const sealer = makeSealer([SYSTEM_SECRET]);
const signer = makeSigner([SYSTEM_SECRET], PUBLIC_URL);

const done: OutgoingAnswer = { kind: "answer", status: 200, location: null, retryAfter: null, text: "{}" };

/** What a world is made of, so that another one can go on from there. */
export interface Kept {
  readonly documents: ReadonlyMap<string, string>;
  readonly now: number;
  readonly ids: number;
  readonly sealed: readonly string[];
  readonly callbacks: readonly string[];
}

// A wild request may take the id of a data layer for a token. `laws.ts` knows what was planted and where it may not be.
leaveUnwatched();

/** The outside of the functions: a store that is watched, a clock that is moved, jobs that answer what they are told. */
export class FuzzWorld {
  readonly store = new WatchedStore();
  now = Date.UTC(2026, 0, 1);
  /** Since they were last taken. */
  facts: Fact[] = [];
  wakes: Target[] = [];
  /** Work that goes on after an answer. */
  after: Promise<unknown>[] = [];
  /** What was ever sealed, and every callback URL ever given to a job: nobody else is to see them. */
  readonly sealed: string[] = [];
  readonly callbacks: string[] = [];
  /** What the jobs and build hooks answer next, in this order; then they do their work. */
  answers: readonly OutgoingAnswer[] = [];
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
    random: () => 0.5,
    retention: RETENTION,
    outgoing: {
      send: async () => {
        const [answer = done, ...rest] = this.answers;
        this.answers = rest;
        return answer;
      },
    },
    purge: async () => ({ kind: "failed", error: "the purge was answered 503", again: true }),
    sealer: {
      ...sealer,
      seal: (text, place) => {
        const sealed = sealer.seal(text, place);
        this.sealed.push(text, sealed);
        return sealed;
      },
    },
    digest,
    signer: {
      ...signer,
      callbackUrl: (claims) => {
        const url = signer.callbackUrl(claims);
        this.callbacks.push(url);
        return url;
      },
    },
    wake: async (target) => {
      this.wakes.push(target);
    },
    report: (fact) => {
      this.facts.push(fact);
    },
    publicUrl: PUBLIC_URL,
    release: "deploy-1",
  };

  /** What `makeDeps` gives to a function of this world. */
  readonly live: Live = {
    kind: "ready",
    deps: this.deps,
    config,
    team: null,
    reach: async () => ({ selfCall: "ok", publicAccess: "ok" }),
    afterwards: (work) => {
      // Looked at only once the answer has left, as on the platform: until then a rejection is nobody's.
      work.catch(() => undefined);
      this.after.push(work);
    },
  };

  /** Everything there is, for a world to go on from. */
  async keep(): Promise<Kept> {
    const documents = new Map<string, string>();
    for (const key of (await this.store.standing()).keys()) {
      documents.set(key, (await this.store.memory.read(key))?.text ?? "");
    }
    return { documents, now: this.now, ids: this.#ids, sealed: [...this.sealed], callbacks: [...this.callbacks] };
  }

  /** A world that goes on from another. */
  static async from(kept: Kept): Promise<FuzzWorld> {
    const world = new FuzzWorld();
    for (const [key, text] of kept.documents) await world.store.memory.write(key, text, null);
    world.now = kept.now;
    world.#ids = kept.ids;
    world.sealed.push(...kept.sealed);
    world.callbacks.push(...kept.callbacks);
    return world;
  }
}
