import { describe, expect, test } from "vitest";
import { buildNow } from "../../../src/app/manage/sites.ts";
import { recordDeployEvent } from "../../../src/app/receive/recordDeployEvent.ts";
import { listStates } from "../../../src/app/stored/records.ts";
import { askSite } from "../../../src/app/worker/askSites.ts";
import { MINUTE, SECOND } from "../../../src/core/durations.ts";
import { BUILD } from "../../../src/core/site/pacing.ts";
import type { Site } from "../../../src/core/site/site.ts";
import type { Sync } from "../../../src/core/slot/sync.ts";
import { siteKey } from "../../../src/store/keys.ts";
import { eventOf, NetlifySite, type ShownDeploy } from "../../support/netlifySite.ts";
import { answer, OWNER, World } from "../world.ts";

const SITE = "site-web";

/** A site whose builds take three minutes at Netlify, and Netlify beside it. */
class Following {
  readonly world = new World();
  readonly netlify = new NetlifySite(() => this.world.clock.now);
  asks = 0;

  static async begin(preset: "instant" | "balanced" = "instant", heard = true): Promise<Following> {
    const following = new Following();
    const { world } = following;
    await world.site(SITE, preset);
    world.jobs.set(`https://hooks.test/${SITE}`, ({ url }) => {
      following.netlify.begin(new URL(url).searchParams.get("trigger_title"));
      return answer(200);
    });
    if (!heard) return following;
    const first = following.netlify.begin(null);
    following.netlify.succeed(first);
    await following.tell("deploy_created", first);
    await world.clock.pass(MINUTE);
    return following;
  }

  get site(): Promise<Site> {
    return this.world.readSite(SITE);
  }

  /** The deploy that began last. */
  get last(): ShownDeploy {
    const [deploy] = this.netlify.deploys;
    if (deploy === undefined) throw new RangeError("there was none");
    return deploy;
  }

  get hooks(): number {
    return this.world.calls.filter(({ url }) => url.startsWith("https://hooks.test/")).length;
  }

  async settle<T>(doing: Promise<T>): Promise<T> {
    await this.world.clock.settle();
    return doing;
  }

  async tell(name: string, deploy: ShownDeploy): Promise<void> {
    const { world } = this;
    const heard = await this.settle(recordDeployEvent(world.deps(), SITE, eventOf(name, deploy)));
    if (heard.kind === "recorded" && heard.wake) await world.deps().wake({ kind: "site", id: SITE });
    await world.clock.settle();
  }

  /** Another sync asks for a build. */
  async ask(): Promise<string> {
    const { world } = this;
    this.asks += 1;
    const cause = { dataLayerId: "blog", name: "Blog", syncId: `sync-${this.asks}` };
    const asked = await this.settle(askSite(world.deps(), SITE, `ask-${this.asks}`, cause));
    if (asked.outcome === "queued") await world.deps().wake({ kind: "site", id: SITE });
    return asked.buildId ?? "";
  }

  async ended(): Promise<Sync[]> {
    const { items } = await this.settle(listStates(this.world.deps(), await this.site, { limit: 50, cursor: null }));
    return items.flatMap((state) => (state.kind === "claimed" && state.sync.finishedAt !== null ? [state.sync] : []));
  }

  async pass(ms: number): Promise<void> {
    await this.world.clock.pass(ms);
  }
}

test.each([
  [{}, true],
  [{ clearCache: true }, false],
  [{ branch: "next" }, false],
])(
  "a deploy that Git began stands for a build by hand, unless that asks for a cleared cache or a branch: %j",
  async (options, stands) => {
    const following = await Following.begin("balanced");
    const { world } = following;
    await following.settle(buildNow(world.deps(), OWNER, SITE, options));
    await following.pass(20 * SECOND);
    await following.tell("deploy_building", following.netlify.begin(null));
    const { slot } = await following.site;
    expect(slot.pending === null && slot.running?.parts[BUILD]?.deploy?.foreign === true).toBe(stands);
  },
);

const deployOf = (sync: Sync | undefined) => sync?.parts[BUILD]?.deploy;

describe("a build of which Netlify tells", () => {
  test("a followed build runs until its deploy has ended, and is on record with it", async () => {
    const following = await Following.begin();
    await following.ask();
    await following.pass(5 * SECOND);
    expect((await following.site).slot.running?.by).toBeNull();
    await following.tell("deploy_building", following.last);
    expect((await following.site).slot.running?.parts[BUILD]?.deploy?.state).toBe("building");
    await following.pass(3 * MINUTE);
    following.netlify.succeed(following.last);
    await following.tell("deploy_created", following.last);
    expect((await following.site).slot.running).toBeNull();
    const [sync] = await following.ended();
    const { id, deploy_ssl_url: url } = following.last;
    expect(deployOf(sync)).toMatchObject({ id, url, state: "ready", published: true });
    expect((deployOf(sync)?.endedAt ?? 0) - (deployOf(sync)?.startedAt ?? 0)).toBe(3 * MINUTE + 4 * SECOND);
    expect(following.hooks).toBe(1);
  });

  test("a followed build costs no worker while it runs", async () => {
    const following = await Following.begin();
    await following.ask();
    await following.pass(10 * MINUTE);
    const time = following.world.shifts.reduce((sum, { from, to }) => sum + ((to ?? Number.NaN) - from), 0);
    expect(time).toBeLessThan(3 * SECOND);
  });

  test("a followed build keeps later syncs waiting, which then share one build", async () => {
    const following = await Following.begin();
    const first = await following.ask();
    await following.pass(30 * SECOND);
    const asked = new Set<string>();
    for (let i = 0; i < 5; i += 1) {
      asked.add(await following.ask());
      await following.pass(20 * SECOND);
    }
    expect([following.hooks, asked.size, asked.has(first)]).toEqual([1, 1, false]);
    following.netlify.succeed(following.last);
    await following.tell("deploy_created", following.last);
    await following.pass(10 * SECOND);
    expect(following.hooks).toBe(2);
  });

  test("a followed build on a locked site is recorded as built and not published", async () => {
    const following = await Following.begin();
    following.netlify.locked = true;
    await following.tell("deploy_locked", following.last);
    expect((await following.site).deploys?.locked).toBe(true);
    await following.ask();
    await following.pass(5 * SECOND);
    following.netlify.succeed(following.last);
    await following.tell("deploy_created", following.last);
    const [sync] = await following.ended();
    expect(deployOf(sync)).toMatchObject({ state: "ready", published: false });
    await following.tell("deploy_unlocked", following.last);
    expect((await following.site).deploys?.locked).toBe(false);
  });

  test("a followed build that a person publishes later shows as published from then on", async () => {
    const following = await Following.begin();
    following.netlify.locked = true;
    await following.ask();
    await following.pass(5 * SECOND);
    following.netlify.succeed(following.last);
    await following.tell("deploy_created", following.last);
    await following.tell("deploy_restored", following.last);
    const { live, recent } = (await following.site).deploys ?? {};
    expect([live?.id, recent?.[0]?.published]).toEqual([following.last.id, true]);
    expect(recent?.[0]?.id).toBe(following.last.id);
  });

  test("a followed build that fails is tried once more, and then fails with what Netlify said", async () => {
    const following = await Following.begin();
    await following.ask();
    for (const hooks of [1, 2]) {
      await following.pass(5 * SECOND);
      expect(following.hooks).toBe(hooks);
      following.netlify.fail(following.last, "Build script returned non-zero exit code: 2");
      await following.tell("deploy_failed", following.last);
      await following.pass(65 * SECOND);
      await following.world.tick();
    }
    await following.pass(MINUTE);
    await following.world.tick();
    expect(following.hooks).toBe(2);
    const [sync] = await following.ended();
    expect(sync?.parts[BUILD]).toMatchObject({
      status: "failed",
      attempts: 2,
      error: "the deploy failed (Build script returned non-zero exit code: 2)",
      deploy: { state: "failed", id: following.last.id },
    });
  });

  test("the log has one entry for the end of each attempt of a followed build, however often Netlify tells of it", async () => {
    const following = await Following.begin();
    const { world, netlify } = following;
    const logged = () =>
      world.facts.flatMap((fact) => (fact.kind === "build.ended" ? [[fact.stage, fact.reason]] : []));
    const fail = async (message: string) => {
      await following.pass(65 * SECOND);
      netlify.fail(following.last, message);
      for (let told = 0; told < 2; told += 1) await following.tell("deploy_failed", following.last);
    };
    await following.ask();
    await fail("exit code: 2");
    const failed = "The deploy failed (exit code: 2).";
    expect(logged()).toEqual([["retrying", failed]]);
    await fail("exit code: 2");
    expect(logged()).toEqual([
      ["retrying", failed],
      ["failed", failed],
    ]);
    await following.ask();
    await fail("Skipped due to account credit usage exceeded");
    expect(logged().at(-1)).toEqual(["held", "The team's credits at Netlify are used up."]);
    await following.pass(20 * MINUTE);
    await world.tick();
    await following.pass(5 * SECOND);
    netlify.succeed(following.last);
    await following.tell("deploy_created", following.last);
    expect(logged().slice(3)).toEqual([["live", undefined]]);
  });

  test("a followed build that a person stops at Netlify is not started again", async () => {
    const following = await Following.begin();
    await following.ask();
    await following.pass(5 * SECOND);
    following.netlify.fail(following.last, "Canceled build");
    await following.tell("deploy_failed", following.last);
    await following.pass(2 * MINUTE);
    await following.world.tick();
    await following.pass(MINUTE);
    expect(following.hooks).toBe(1);
    expect((await following.ended())[0]?.parts[BUILD]).toMatchObject({ status: "failed", attempts: 1 });
  });

  test("a followed build without an end is over after half an hour, and the next one is not followed", async () => {
    const following = await Following.begin();
    await following.ask();
    await following.pass(29 * MINUTE);
    await following.world.tick();
    expect((await following.site).slot.running).not.toBeNull();
    await following.pass(2 * MINUTE);
    await following.world.tick();
    await following.pass(SECOND);
    expect((await following.site).slot.running).toBeNull();
    expect(deployOf((await following.ended())[0])?.state).toBe("unheard");
    await following.ask();
    await following.pass(5 * SECOND);
    expect((await following.site).slot.running).toBeNull();
    expect(following.hooks).toBe(2);
    // It tells again: from then on it is believed again.
    following.netlify.succeed(following.last);
    await following.tell("deploy_created", following.last);
    await following.ask();
    await following.pass(5 * SECOND);
    expect((await following.site).slot.running).not.toBeNull();
  });

  test("a followed build ends the same, however often, late and in whatever order its notifications come", async () => {
    const following = await Following.begin();
    await following.ask();
    await following.pass(5 * SECOND);
    const building = { ...following.last };
    following.netlify.succeed(following.last);
    await following.tell("deploy_created", following.last);
    const { rev } = await following.site;
    await following.tell("deploy_building", building);
    await following.tell("deploy_created", following.last);
    await following.tell("deploy_building", building);
    const after = await following.site;
    expect(after.deploys?.recent[0]).toMatchObject({ id: building.id, state: "ready", published: true });
    expect([after.rev - rev <= 1, (await following.ended()).length, following.hooks]).toEqual([true, 1, 1]);
  });

  test("a followed build is not ended by a deploy of another branch, nor by somebody else's that began before it", async () => {
    const following = await Following.begin();
    const git = following.netlify.begin(null);
    await following.pass(SECOND);
    await following.ask();
    await following.pass(5 * SECOND);
    const preview = following.netlify.begin(null, "deploy-preview");
    for (const other of [git, preview]) {
      following.netlify.succeed(other);
      await following.tell("deploy_created", other);
    }
    expect((await following.site).slot.running).not.toBeNull();
    const known = (await following.site).deploys?.recent.map(({ id }) => id);
    expect([known?.includes(git.id), known?.includes(preview.id)]).toEqual([true, false]);
  });
});

describe("a deploy that Git began", () => {
  test("a Git deploy after the last publish covers what waits: no build, and its end is the build's", async () => {
    const following = await Following.begin("balanced");
    const buildId = await following.ask();
    await following.pass(10 * SECOND);
    const git = following.netlify.begin(null);
    await following.tell("deploy_building", git);
    const { slot } = await following.site;
    expect([slot.pending, slot.running?.lead]).toEqual([null, buildId]);
    await following.pass(3 * MINUTE);
    following.netlify.succeed(git);
    await following.tell("deploy_created", git);
    const [sync] = await following.ended();
    expect([sync?.id, following.hooks]).toEqual([buildId, 0]);
    expect(deployOf(sync)).toMatchObject({ id: git.id, foreign: true, published: true });
    expect((await following.site).slot.spent).toBeUndefined();
  });

  test("a Git deploy from before the last publish covers nothing", async () => {
    const following = await Following.begin("balanced");
    const git = following.netlify.begin(null);
    await following.pass(2 * SECOND);
    await following.ask();
    await following.tell("deploy_building", git);
    await following.pass(30 * SECOND);
    expect(following.hooks).toBe(1);
  });

  test("a Git deploy that began during a build covers earlier requests when that build ends", async () => {
    const following = await Following.begin();
    await following.ask();
    await following.pass(5 * SECOND);
    const ours = following.last;
    await following.ask();
    await following.pass(10 * SECOND);
    const git = following.netlify.begin(null);
    await following.tell("deploy_building", git);
    following.netlify.succeed(ours);
    await following.tell("deploy_created", ours);
    await following.pass(10 * SECOND);
    expect([following.hooks, (await following.site).slot.running?.parts[BUILD]?.deploy?.id]).toEqual([1, git.id]);
    following.netlify.succeed(git);
    await following.tell("deploy_created", git);
    await following.pass(10 * SECOND);
    expect([following.hooks, (await following.site).slot.running]).toEqual([1, null]);
  });

  test("a Git deploy that fails leaves the build to us", async () => {
    const following = await Following.begin("balanced");
    await following.ask();
    await following.pass(10 * SECOND);
    const git = following.netlify.begin(null);
    await following.tell("deploy_building", git);
    following.netlify.fail(git, "exit code 1");
    await following.tell("deploy_failed", git);
    await following.pass(65 * SECOND);
    await following.world.tick();
    await following.pass(5 * SECOND);
    expect(following.hooks).toBe(1);
  });

  test("a Git deploy without an end is not trusted: we build the site", async () => {
    const following = await Following.begin("balanced");
    await following.ask();
    await following.pass(10 * SECOND);
    await following.tell("deploy_building", following.netlify.begin(null));
    for (let minute = 0; minute < 35; minute += 1) {
      await following.pass(MINUTE);
      await following.world.tick();
    }
    expect(following.hooks).toBe(1);
  });
});

test("a hook that did not answer and built all the same is found again by its title: no second build", async () => {
  const following = await Following.begin();
  const { world, netlify } = following;
  world.jobs.set(`https://hooks.test/${SITE}`, ({ url }) => {
    netlify.begin(new URL(url).searchParams.get("trigger_title"));
    return new Promise(() => undefined);
  });
  await following.ask();
  await following.pass(30 * SECOND);
  expect((await following.site).slot.retry[BUILD]?.tries).toBe(1);
  await following.tell("deploy_building", following.last);
  expect((await following.site).slot.retry).toEqual({});
  await following.pass(2 * MINUTE);
  netlify.succeed(following.last);
  await following.tell("deploy_created", following.last);
  await following.pass(5 * MINUTE);
  await world.tick();
  expect([following.hooks, (await following.ended()).map(deployOf).map((deploy) => deploy?.state)]).toEqual([
    1,
    ["ready"],
  ]);
});

test("a hundred publishes in twelve minutes of a balanced site with three-minute builds cost four of them", async () => {
  const following = await Following.begin("balanced");
  const { world, netlify } = following;
  const began: number[] = [];
  world.jobs.set(`https://hooks.test/${SITE}`, ({ url }) => {
    const deploy = netlify.begin(new URL(url).searchParams.get("trigger_title"));
    began.push(world.clock.now);
    world.clock.timer(3 * MINUTE, () => {
      netlify.succeed(deploy);
      void following.tell("deploy_created", deploy);
    });
    return answer(200);
  });
  const from = world.clock.now;
  let last = from;
  for (let publish = 0; publish < 100; publish += 1) {
    await following.ask();
    last = world.clock.now;
    await following.pass((12 * MINUTE) / 100);
  }
  for (let minute = 0; minute < 12; minute += 1) {
    await following.pass(MINUTE);
    if (minute % 5 === 0) await world.tick();
  }
  expect(began).toHaveLength(4);
  // No two at once, and the last one shows the last publish.
  for (const [index, at] of began.entries()) {
    if (index > 0) expect(at - (began[index - 1] ?? 0)).toBeGreaterThanOrEqual(3 * MINUTE);
  }
  expect(began.at(-1)).toBeGreaterThan(last);
  const site = await following.site;
  expect([site.slot.pending, site.slot.running]).toEqual([null, null]);
});

describe("a site with a token of the team's", () => {
  const API = "https://api.test/api/v1";
  const api = { url: API, token: "nfp_token" };

  const begin = async (): Promise<Following> => {
    const following = await Following.begin("instant", false);
    const { world, netlify } = following;
    const site = await following.site;
    const stored = await world.memory.read(siteKey(SITE));
    const text = JSON.stringify({ ...site, rev: site.rev + 1, netlifySiteId: "0123-abcd" });
    await world.memory.write(siteKey(SITE), text, stored?.etag ?? null);
    const plain = world.deps.bind(world);
    world.deps = (instance) => ({ ...plain(instance), netlify: api });
    world.jobs.set(`${API}/sites/0123-abcd/deploys`, () => answer(200, netlify.deploys));
    world.jobs.set(`${API}/sites/0123-abcd/builds`, ({ url, headers }) => {
      expect(headers["authorization"]).toBe("Bearer nfp_token");
      const deploy = netlify.begin(new URL(url).searchParams.get("title"));
      world.jobs.set(`${API}/deploys/${deploy.id}`, () => answer(200, deploy));
      return answer(200, { id: "b1", deploy_id: deploy.id, done: false });
    });
    return following;
  };

  test("a site with the team's token is built by Netlify's API, and its deploy is polled until it has ended", async () => {
    const following = await begin();
    await following.ask();
    await following.pass(MINUTE);
    expect(following.hooks).toBe(0);
    expect((await following.site).slot.running?.parts[BUILD]).toMatchObject({
      location: `${API}/deploys/${following.last.id}`,
      deploy: { state: "building" },
    });
    following.netlify.succeed(following.last);
    await following.pass(20 * SECOND);
    expect(deployOf((await following.ended())[0])).toMatchObject({ state: "ready", published: true });
  });

  test("a site with the team's token is not built twice after a lost worker", async () => {
    const following = await begin();
    await following.ask();
    await following.pass(MINUTE);
    for (const worker of following.world.workers) worker.kill();
    await following.pass(40 * SECOND);
    await following.world.tick();
    await following.pass(20 * SECOND);
    following.netlify.succeed(following.last);
    await following.pass(30 * SECOND);
    expect([following.netlify.deploys.length, (await following.ended()).length]).toEqual([1, 1]);
  });

  test("a site with the team's token is not built when Git began a deploy after the request", async () => {
    const following = await begin();
    const { world, netlify } = following;
    world.wakesArrive = false;
    await following.ask();
    await following.pass(10 * SECOND);
    const git = netlify.begin(null);
    world.jobs.set(`${API}/deploys/${git.id}`, () => answer(200, git));
    world.wakesArrive = true;
    await world.tick();
    await following.pass(MINUTE);
    netlify.succeed(git);
    await following.pass(20 * SECOND);
    expect(netlify.deploys).toHaveLength(1);
    expect(deployOf((await following.ended())[0])).toMatchObject({ id: git.id, foreign: true, state: "ready" });
  });

  test("a site with the team's token is not built again when Netlify skipped its build for a deploy of Git", async () => {
    const following = await begin();
    const { world, netlify } = following;
    await following.ask();
    await following.pass(3 * SECOND);
    const own = following.last;
    const git = netlify.begin(null);
    netlify.skip(own, null);
    world.jobs.set(`${API}/deploys/${git.id}`, () => answer(200, git));
    netlify.succeed(git);
    await following.pass(2 * MINUTE);
    expect(netlify.deploys).toHaveLength(2);
    expect(deployOf((await following.ended())[0])).toMatchObject({ id: git.id, foreign: true, state: "ready" });
  });

  test("a site with the team's token is built although our earlier build seems younger than the request after a clock went back", async () => {
    const following = await begin();
    const { world, netlify } = following;
    world.wakesArrive = false;
    const buildId = await following.ask();
    await following.pass(10 * SECOND);
    netlify.succeed(netlify.begin("Blog (build-of-an-hour-ago #1)"));
    world.wakesArrive = true;
    await world.tick();
    await following.pass(MINUTE);
    netlify.succeed(following.last);
    await following.pass(20 * SECOND);
    expect([netlify.deploys.length, following.last.title?.includes(buildId)]).toEqual([2, true]);
  });

  test("a site with the team's token is built by its hook when Netlify refuses the token", async () => {
    const following = await begin();
    following.world.jobs.set(`${API}/sites/0123-abcd/builds`, () => answer(401));
    await following.ask();
    await following.pass(10 * SECOND);
    expect([following.hooks, (await following.site).slot.running]).toEqual([1, null]);
  });

  test("a site with the team's token records the deploy of its last attempt: an attempt by the hook has none", async () => {
    const following = await begin();
    await following.ask();
    await following.pass(10 * SECOND);
    following.netlify.fail(following.last, "exit code 2");
    await following.pass(20 * SECOND);
    following.world.jobs.set(`${API}/sites/0123-abcd/builds`, () => answer(401));
    await following.pass(MINUTE);
    await following.world.tick();
    await following.pass(5 * SECOND);
    const [sync] = await following.ended();
    expect([sync?.parts[BUILD]?.status, deployOf(sync)]).toEqual(["succeeded", undefined]);
  });

  test("a site with the team's token is tried again when Netlify fails, and the token goes to no other host", async () => {
    const following = await begin();
    following.world.jobs.set(`${API}/sites/0123-abcd/builds`, () => answer(503));
    await following.ask();
    await following.pass(10 * SECOND);
    expect((await following.site).slot.retry[BUILD]?.error).toBe('Netlify\'s API answered 503: "{}"');
    const elsewhere = following.world.calls.filter(
      ({ url, headers }) => !url.startsWith(API) && headers["authorization"] !== undefined,
    );
    expect(elsewhere).toEqual([]);
  });
});
