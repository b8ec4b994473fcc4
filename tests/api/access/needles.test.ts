import { beforeAll, describe, expect, it } from "vitest";
import type { Answer } from "../answer.ts";
import {
  callsOf,
  type Operation,
  operationsOf,
  type SampleCall,
  type Samples,
  type Things,
} from "../description/describedCalls.ts";
import { tokens } from "../world.ts";
import { NeedleWorld, needlesFor, type Owned, tokenOf } from "./needleWorld.ts";

const ID = "layer-a-by-name";
const position = (id: string): string => `${String(Date.UTC(2026, 0, 1)).padStart(15, "0")}.${id}`;

const samples: Samples = {
  query: {
    limit: () => ["1", "100"],
    cursor: (t) => [
      t["syncId"] ?? "",
      t["deliveryId"] ?? "",
      position(t["siteId"] ?? ""),
      position(t["layerId"] ?? ""),
    ],
    actor: (t) => [t["actorId"] ?? "", t["email"] ?? "", t["person"] ?? ""],
    dataLayerId: (t) => [t["layerId"] ?? ""],
    from: () => ["2026-01-01T00:00:00Z"],
    until: () => ["2027-01-01T00:00:00Z"],
    hours: () => ["24"],
    month: () => ["2026-01"],
    source: (t) => [t["slug"] ?? ""],
    cms: () => ["contentful"],
    q: () => ["posts"],
    outcome: () => ["queued"],
    webhook: () => ["default"],
    stage: () => ["live"],
    prune: () => ["true", "webhooks"],
  },
  body: {
    createDataLayer: (t) => [{ name: "New" }, { name: "New", connectedSites: [{ siteId: t["siteId"] }] }],
    changeDataLayer: (t) => [
      { name: "New name" },
      { connectedSites: [{ siteId: t["siteId"] }] },
      { cachePurge: { tags: ["tag"], siteId: t["netlifySiteId"] } },
      { notifications: [{ id: t["notificationId"], name: "Taken", events: ["sync.failed"] }] },
      { dataSources: [{ slug: t["slug"], type: "http", url: "https://jobs.example.com/taken" }] },
    ],
    createWebhook: (t) => [{ name: "New" }, { name: "New", id: t["webhookId"] }],
    changeWebhook: () => [{ name: "New name" }],
    rotateWebhook: () => [{ keepOldForSeconds: 60 }],
    testWebhook: (t) => [{ source: t["slug"] }],
    testProbe: (t) => [{ slug: t["slug"], type: "probe", url: "https://cdn.example.com/taken" }],
    requestSync: (t) => [{ dataSource: t["slug"] }],
    createSite: (t) => [
      { name: "New", buildHook: "https://api.netlify.com/build_hooks/new" },
      { name: "New", buildHook: "https://api.netlify.com/build_hooks/new", netlifySiteId: t["netlifySiteId"] },
    ],
    changeSite: (t) => [{ name: "New name" }, { netlifySiteId: t["netlifySiteId"] }],
    createStatusLink: () => [{ name: "New" }],
    createToken: (t) => [{ name: "New", role: "Developer", dataLayers: [t["layerId"]] }],
    setPlan: () => [{ plan: "pro" }],
    importConfiguration: () => [{ schemaVersion: 1, sites: [], dataLayers: [] }],
  },
};

/** Of the same form as `things`, and nobody's. */
const nobodys = (things: Things): Things =>
  Object.fromEntries(
    Object.entries(things).map(([name, value], index) => [
      name,
      /^[0-9a-f]{8}-/.test(value) ? `019b76da-0000-7000-8000-fffffffff${100 + index}` : `nobodys-${name}-0123456789`,
    ]),
  );

/** An answer in which what was named is not told from what somebody else would have named. */
const asTold = ({ status, text, headers }: Answer, things: Things): unknown => {
  const without = (line: string): string =>
    Object.entries(things).reduce((all, [name, value]) => all.replaceAll(value, `{${name}}`), line);
  // An ETag covers the address that was asked for, and so differs with what it names.
  const told = [...headers].map(([name, value]) => [name, name === "etag" ? null : without(value)]);
  return [status, without(text), told];
};

interface Walk {
  readonly world: NeedleWorld;
  readonly before: ReadonlyMap<string, string>;
  readonly operations: readonly Operation[];
  readonly a: Owned;
  readonly b: Owned;
  readonly former: Owned;
  readonly credentials: readonly string[];
  /** Tokens of some data layers, and what they must not find. */
  readonly scoped: readonly {
    readonly name: string;
    readonly token: string;
    readonly needles: readonly string[];
    /** How many. */
    readonly layers: number;
  }[];
  /** A token of all data layers. */
  readonly unscoped: string;
}

let walk: Walk;

beforeAll(async () => {
  const world = new NeedleWorld();
  const site = { name: "Shared site", buildHook: "https://api.netlify.com/build_hooks/hook-shared-credential" };
  const shared = (await world.post("/sites", { ...site, netlifySiteId: "netlify-site-shared" })).textAt("id");
  const former = await world.own("former", "zoe", shared, ID);
  await world.delete(`/data-layers/${ID}`);
  world.now += 3_600_000;
  const since = world.now;
  const a = await world.own("a", "ada", shared, ID);
  const c = await world.own("c", "cleo", shared, null);
  const b = await world.own("b", "bob", shared, null);
  // A build that A asked for, then one of B alone, one of a person of B, and one that still waits for both.
  for (const target of [ID, b.things["layerId"] ?? ""]) {
    await world.work({ kind: "layer", id: target });
    world.now += 600_000;
    await world.work({ kind: "site", id: shared });
  }
  await world.post(`/sites/${shared}/builds`, undefined, { token: tokenOf("bob") });
  await world.work({ kind: "site", id: shared });
  for (const [id, person] of [
    [ID, "ada"],
    [b.things["layerId"] ?? "", "bob"],
  ] as const) {
    await world.post(`/data-layers/${id}/syncs`, undefined, { token: tokenOf(person) });
    await world.work({ kind: "layer", id });
  }
  const publicText = (await world.get("/openapi.json")).text;
  const stored = await world.stored();
  const idOf = ({ things }: Owned): string => things["layerId"] ?? "";
  const tokenFor = async (role: string, owned: readonly Owned[]) => {
    const dataLayers = owned.map(idOf);
    const name = `${role} of ${dataLayers.length}`;
    const token = (await world.post("/tokens", { name: `Token ${name}`, role, dataLayers })).textAt("token");
    const siteIds = owned.map(({ things }) => things["siteId"] ?? "");
    const needles = needlesFor(stored, { layerIds: dataLayers, siteIds, since, shared }, publicText);
    return { name, token, needles, layers: owned.length };
  };
  const scoped = [
    await tokenFor("Owner", [a]),
    await tokenFor("Developer", [a]),
    await tokenFor("Reviewer", [a]),
    await tokenFor("Developer", [a, c]),
  ];
  const unscoped = (await world.post("/tokens", { name: "All", role: "Reviewer" })).textAt("token");
  const credentials = [a, b, c, former].flatMap((owned) => owned.credentials).concat("hook-shared-credential");
  const operations = operationsOf(publicText);
  walk = { world, before: await world.stored(), operations, a, b, former, credentials, scoped, unscoped };
}, 120_000);

const withToken = (owned: Owned): Things => ({ ...owned.things, tokenId: "019b76da-0000-7000-8000-eeeeeeeeeeee" });

/** What of the needles stands in an answer, but for what the call itself said. */
const foundIn = ({ text, headers }: Answer, { path, body }: SampleCall, needles: readonly string[]): string[] => {
  const said = `${decodeURIComponent(path)} ${JSON.stringify(body)}`;
  const told = [text, ...[...headers].flat()].join("\n");
  return needles.filter((needle) => told.includes(needle) && !said.includes(needle));
};

/** One call in the world as it was before all of them. */
const alone = async (method: string, { path, body }: SampleCall, token: string, headers = {}): Promise<Answer> => {
  const { world, before } = walk;
  const answer = await world.call(method, path, { token, headers, ...(body === undefined ? {} : { body }) });
  if (method !== "GET") await world.restore(before);
  return answer;
};

describe("a token of some data layers", () => {
  it("a scoped token finds nothing of another layer, of its people or of a former layer in any answer of any route", async () => {
    const { operations, a, b, former, scoped } = walk;
    const leaks: string[] = [];
    const answered = new Map<string, Set<number>>();
    let calls = 0;
    for (const operation of operations) {
      const own = withToken(a);
      const tried = [b, former].flatMap((other) => callsOf(operation, own, withToken(other), samples));
      for (const { name, token, needles } of scoped) {
        for (const call of tried) {
          const answer = await alone(operation.method, call, token);
          calls += 1;
          answered.set(operation.id, (answered.get(operation.id) ?? new Set()).add(answer.status));
          const found = foundIn(answer, call, needles);
          if (found.length > 0)
            leaks.push(`${name}: ${operation.method} ${call.path}: ${found.slice(0, 3).join(", ")}`);
        }
      }
    }
    expect([...new Set(leaks)]).toEqual([]);
    expect(operations.filter(({ id }) => !answered.has(id))).toEqual([]);
    // Routes that are closed to such a token refuse it whatever it asks; all others were seen to answer.
    const closed = [...answered].filter(([, statuses]) => ![...statuses].some((status) => status < 300));
    expect(
      closed.every(([, statuses]) => statuses.has(403) || statuses.has(401)),
      JSON.stringify([...closed.map(([id, s]) => [id, [...s]])]),
    ).toBe(true);
    const named = Object.entries(b.things).flatMap(([name, value]) => (name === "webhook" ? [] : [value]));
    for (const one of scoped) {
      expect(one.needles).toEqual(expect.arrayContaining([...named, "Sender of b", "Layer of b", "Probe of b"]));
      expect(one.needles).toEqual(expect.arrayContaining([former.things["syncId"], former.things["email"]]));
    }
    const needles = Math.min(...scoped.map((one) => one.needles.length));
    expect(needles).toBeGreaterThan(100);
    expect(calls).toBeGreaterThan(1000);
    console.info(`${operations.length} routes × ${scoped.length} tokens, ${calls} calls × ${needles} needles or more`);
  }, 300_000);

  it("a scoped token gets the same answer about another layer's things as about things that do not exist", async () => {
    const { operations, a, b, scoped, world } = walk;
    const told: string[] = [];
    for (const operation of operations) {
      const [own, theirs] = [withToken(a), withToken(b)];
      const none = nobodys(theirs);
      // A cursor is a time: an earlier or later one gives another page of one's own things.
      const comparable = { ...operation, query: operation.query.filter(({ name }) => name !== "cursor") };
      const calls = callsOf(comparable, own, theirs, samples);
      const controls = callsOf(comparable, own, none, samples);
      for (const [index, call] of calls.entries()) {
        const control = controls[index];
        if (control === undefined || JSON.stringify(control) === JSON.stringify(call)) continue;
        const etag = operation.method === "GET" ? (await world.get(call.path)).headers.get("etag") : null;
        const condition = operation.method === "GET" ? { "if-none-match": etag ?? "*" } : { "if-match": '"1"' };
        for (const { name, token } of scoped.filter(({ name }) => name.startsWith("Developer"))) {
          for (const headers of [{}, condition]) {
            const answer = await alone(operation.method, call, token, headers);
            const other = await alone(operation.method, control, token, headers);
            const same =
              answer.status === other.status &&
              (answer.status < 400 && operation.method !== "GET"
                ? true
                : JSON.stringify(asTold(answer, theirs)) === JSON.stringify(asTold(other, none)));
            if (!same) {
              told.push(
                `${name}: ${operation.method} ${call.path} ${JSON.stringify(call.body ?? null)}: ${answer.status} ${answer.text.slice(0, 300)} <> ${other.status} ${other.text.slice(0, 300)}`,
              );
            }
          }
        }
      }
    }
    expect(told).toEqual([]);
  }, 300_000);

  it("a scoped token costs no more reads of the store than a token of all layers, except one for each of its layers", async () => {
    const { world, operations, a, b, scoped, unscoped } = walk;
    const readsOf = async (path: string, token: string): Promise<number> => {
      const { reads } = world.store.counts;
      await world.get(path, { token });
      return world.store.counts.reads - reads;
    };
    let tried = 0;
    for (const operation of operations.filter(({ method }) => method === "GET")) {
      for (const { path } of callsOf(operation, withToken(a), withToken(b), samples)) {
        const all = await readsOf(path, unscoped);
        for (const { name, token, layers } of scoped) {
          tried += 1;
          expect(await readsOf(path, token), `${name}: ${path}`).toBeLessThanOrEqual(all + layers);
        }
      }
    }
    expect(tried).toBeGreaterThan(200);
  }, 300_000);

  it("a scoped token triggers no purge and no Netlify call for another layer's site", async () => {
    const { world, before, a, b, scoped, operations } = walk;
    const theirs = [b.things["netlifySiteId"] ?? "", "hook-b-credential"];
    for (const { token } of scoped) {
      for (const operation of operations.filter(({ method }) => method !== "GET")) {
        for (const call of callsOf(operation, withToken(a), withToken(b), samples)) {
          const [calls, purges] = [world.calls.length, world.purges.length];
          const answer = await world.call(operation.method, call.path, {
            token,
            ...(call.body === undefined ? {} : { body: call.body }),
          });
          if (answer.status < 300) {
            await world.post(`/data-layers/${ID}/syncs`, undefined, { token: tokenOf("ada") });
            await world.work({ kind: "layer", id: ID });
            const out = JSON.stringify([world.calls.slice(calls), world.purges.slice(purges)]);
            for (const one of theirs) expect(out, `${operation.method} ${call.path}`).not.toContain(one);
          }
          await world.restore(before);
        }
      }
    }
  }, 300_000);
});

describe("a member who may not write", () => {
  it("a member who may not write finds no credential in any answer of any route", async () => {
    const { operations, a, b, credentials } = walk;
    const leaks: string[] = [];
    for (const operation of operations) {
      for (const call of callsOf(operation, withToken(a), withToken(b), samples)) {
        const answer = await alone(operation.method, call, tokens.Reviewer);
        const found = foundIn(answer, call, credentials);
        if (found.length > 0) leaks.push(`${operation.method} ${call.path}: ${found.join(", ")}`);
      }
    }
    expect(leaks).toEqual([]);
    expect(credentials.length).toBeGreaterThan(30);
  }, 300_000);
});
