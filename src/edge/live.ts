import { setTimeout as sleep } from "node:timers/promises";
import type { Context } from "@netlify/functions";
import { customAlphabet, nanoid } from "nanoid";
import { v7 } from "uuid";
import type { Clock, Deps, Fact, Ids, Sealer } from "../app/deps.ts";
import type { Team } from "../core/access/team.ts";
import { defined } from "../core/defined.ts";
import { BlobsStore } from "../store/blobs.ts";
import { type Config, readConfig } from "./config.ts";
import { makeReadRequest } from "./hooks/keptRequest.ts";
import { makeFreshFetch } from "./outgoing/freshFetch.ts";
import { makeOutgoing } from "./outgoing/outgoing.ts";
import { makePurge } from "./outgoing/purgeTags.ts";
import { type Reach, reachOf } from "./outgoing/reach.ts";
import { sendWake } from "./outgoing/wake.ts";
import { addressesOf, placeOf } from "./place.ts";
import { problem } from "./problem.ts";
import { digest, makeSealer, makeSigner, newSigningSecret } from "./secrets.ts";

const clock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  async sleep(ms, signal) {
    await sleep(ms, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
  },
};

/** Stands for the release where the platform names no deploy: no other instance shares it. */
const STARTED = nanoid();

const refAlphabet = customAlphabet("abcdefghijkmnpqrstuvwxyz23456789", 10);
const ids: Ids = {
  timeOrdered: () => v7(),
  secret: () => nanoid(32),
  ref: () => `wh_${refAlphabet()}`,
  signingSecret: newSigningSecret,
};

/** Shared by all requests of this instance, because it keeps connections. */
const freshFetch = makeFreshFetch(clock.now);

/** Shared by all requests of this instance, because importing keys costs as much as using them. */
const sealers = new Map<string, Sealer>();
const sealerOf = (secrets: readonly string[]): Sealer => {
  const name = digest(JSON.stringify(secrets));
  const sealer = sealers.get(name) ?? makeSealer(secrets);
  sealers.set(name, sealer);
  return sealer;
};

/** Locally this header may be missing, or be any text of a caller's. */
const requestIdOf = ({ requestId = "" }: Partial<Context>): string =>
  /^[A-Za-z0-9_-]{1,64}$/.test(requestId) ? requestId : v7();

/** A fact as the log writes it, one line of JSON each. */
export type LogEntry = Fact & { readonly at: string; readonly requestId: string };

export type Live =
  | {
      readonly kind: "ready";
      readonly deps: Deps;
      readonly config: Config;
      /** The Netlify team whose members may sign in; null: unknown. */
      readonly team: Team | null;
      /** Whether we reach ourselves and the outside world reaches us. Never throws. */
      readonly reach: () => Promise<Reach>;
      /** Keeps the invocation alive until the work is done, after the answer has left. */
      readonly afterwards: (work: Promise<unknown>) => void;
    }
  | { readonly kind: "refused"; readonly response: Response };

/**
 * The composition root: makes what a function needs from the environment and the request's context. Refuses a
 * production deploy that is not the published one.
 */
export const makeDeps = (request: Request, context: Context, scheduled = false): Live => {
  // One line of JSON for each event, so that logs can be searched.
  const log = (fact: Fact): void => {
    const entry: LogEntry = { at: new Date().toISOString(), requestId: context.requestId, ...fact };
    const line = JSON.stringify(entry);
    if (fact.kind === "trouble") console.error(line);
    else console.log(line);
  };
  const environment = process.env;
  const local = environment["NETLIFY_DEV"] === "true" || environment["NETLIFY_LOCAL"] === "true";
  const config = readConfig(environment, local);
  const place = placeOf(context.deploy, local, scheduled, context.site.id);
  if (place === null) {
    const { context: name, published } = context.deploy;
    log({ kind: "trouble", where: "deploy", error: `refused: context "${name}", published ${published}` });
    const response = problem({
      status: 409,
      code: "NOT_PUBLISHED",
      title: "This deploy is not published",
      detail:
        "Only the site's published deploy has access to the data. Use the site's main URL instead of a deploy's permalink.",
    });
    return { kind: "refused", response };
  }
  const addresses = addressesOf(place, new URL(request.url).origin, context.site.url, config.publicUrl);
  const store = new BlobsStore(place, freshFetch);
  const [secret] = config.secrets;
  const { netlifyToken: token } = config;
  const outgoing = makeOutgoing(config.allowHttp);
  const deps: Deps = {
    store,
    archive: store,
    clock,
    ids,
    random: Math.random,
    outgoing,
    readRequest: makeReadRequest(sealerOf(config.secrets)),
    purge: makePurge({
      token,
      apiUrl: config.netlifyApiUrl,
      local,
      ownSiteId: context.site.id,
      outgoing,
    }),
    sealer: sealerOf(config.secrets),
    signer: makeSigner(config.secrets, addresses.public),
    digest,
    async wake(target) {
      try {
        if (secret === undefined) throw new Error("LAYERHOOK_SECRET is not set");
        await sendWake(addresses.wake, secret, target, Date.now(), freshFetch);
      } catch (error) {
        deps.report({ kind: "trouble", where: `wake of ${target.kind} ${target.id}`, error: String(error) });
      }
    },
    report: log,
    publicUrl: addresses.public,
    release: context.deploy.id || STARTED,
    retention: config.retention,
    isTicked: place.kind === "site",
    requestId: requestIdOf(context),
    ...defined({ pingUrl: config.pingUrl, monthlyCredits: config.monthlyCredits }),
    ...defined({ netlify: token === undefined ? undefined : { url: config.netlifyApiUrl, token } }),
  };
  // Locally the platform names no team.
  const ownTeam: Team | null = context.account.id ? { kind: "id", id: context.account.id } : null;
  const team = config.netlifyTeam === undefined ? ownTeam : config.netlifyTeam;
  const reach = () =>
    reachOf(deps, {
      fetch: (url, init) => fetch(url, init),
      async wakeNobody() {
        if (secret === undefined) throw new Error("LAYERHOOK_SECRET is not set");
        // A layer that does not exist, so the worker finds nothing to do.
        await sendWake(addresses.wake, secret, { kind: "layer", id: "reachable" }, Date.now(), freshFetch);
      },
    });
  return { kind: "ready", deps, config, team, reach, afterwards: (work) => context.waitUntil(work) };
};
