import { beforeEach, describe, expect, it } from "vitest";
import { recordDeployEvent } from "../../../src/app/receive/recordDeployEvent.ts";
import { settleOwed } from "../../../src/app/stored/settleOwed.ts";
import { MINUTE, SECOND } from "../../../src/core/durations.ts";
import { answerPublish } from "../../../src/edge/hooks/answerPublish.ts";
import { eventOf, NetlifySite, type ShownDeploy } from "../../support/netlifySite.ts";
import type { Answer } from "../answer.ts";
import { ApiWorld, done } from "../world.ts";

const buildHook = "https://api.netlify.com/build_hooks/0123456789abcdef";
const NO_CREDITS = '{"error":"Account credit usage exceeded - new deploys are blocked until credits are added"}';

let world: ApiWorld;
let netlify: NetlifySite;
let siteId: string;
let layerId: string;
/** The titles of the builds that Netlify was asked for. */
let titles: string[];

const publish = async (id = layerId): Promise<{ readonly deliveryId: string; readonly syncId: string }> => {
  const url = `https://hooks.example.com/hooks/data_layer/data_source/publish/${id}`;
  const after: Promise<unknown>[] = [];
  const response = await answerPublish(new Request(url, { method: "POST" }), world.deps, (work) => after.push(work));
  expect(response.status).toBe(200);
  await Promise.all(after);
  const { deliveryId, syncId } = await response.json();
  return { deliveryId, syncId };
};

const tell = async (name: string, deploy: ShownDeploy): Promise<void> => {
  await recordDeployEvent(world.deps, siteId, eventOf(name, deploy));
  await settleOwed(world.deps, { kind: "site", id: siteId });
};

/** A deploy from its begin to its end. */
const deployed = async (title: string | null, ends: (deploy: ShownDeploy) => void): Promise<ShownDeploy> => {
  const deploy = netlify.begin(title);
  await tell("deploy_building", deploy);
  world.now += MINUTE;
  ends(deploy);
  await tell(deploy.state === "error" ? "deploy_failed" : "deploy_created", deploy);
  return deploy;
};

const workLayer = () => world.work({ kind: "layer", id: layerId });
const workSite = () => world.work({ kind: "site", id: siteId });

/** A publish that has asked the site for its build. */
const built = async () => {
  const published = await publish();
  await workLayer();
  await workSite();
  return published;
};

beforeEach(async () => {
  world = new ApiWorld();
  netlify = new NetlifySite(() => world.now);
  titles = [];
  siteId = (await world.post("/sites", { name: "Web", buildHook, pacing: { preset: "instant" } })).textAt("id");
  layerId = await world.layer({ name: "Blog", dataSources: [], connectedSites: [{ siteId }] });
  world.answering = async ({ url }) => {
    titles.push(new URL(url).searchParams.get("trigger_title") ?? "");
    return world.job();
  };
});

/** Netlify tells of deploys, and one of before the publishes is live. */
const isTold = async (): Promise<ShownDeploy> => {
  const before = await deployed(null, (deploy) => netlify.succeed(deploy));
  world.now += MINUTE;
  return before;
};

const stageOf = async (path: string): Promise<unknown> => (await world.get(path)).at("stage");
const deliveryAt = (deliveryId: string) => `/data-layers/${layerId}/deliveries/${deliveryId}`;
const syncAt = (syncId: string) => `/data-layers/${layerId}/syncs/${syncId}`;

/** The stage in every place that shows it: the delivery and its list, the sync and its list, the layer and its lists. */
const shown = async ({ deliveryId, syncId }: { deliveryId: string; syncId: string }): Promise<unknown[]> => {
  const everywhere = [
    ["", await world.get(deliveryAt(deliveryId))],
    ["items.0.", await world.get(`/data-layers/${layerId}/deliveries`)],
    ["", await world.get(syncAt(syncId))],
    ["items.0.", await world.get(`/data-layers/${layerId}/syncs`)],
    ["", await world.get(`/data-layers/${layerId}`)],
    ["items.0.", await world.get("/data-layers")],
    ["dataLayers.0.", await world.get("/overview")],
    ["layer.", await world.get(`/data-layers/${layerId}/activity`)],
    ["syncs.0.", await world.get(`/data-layers/${layerId}/activity`)],
    ["deliveries.0.", await world.get(`/data-layers/${layerId}/activity`)],
  ] as const;
  const [first] = everywhere;
  const of = ([at, answer]: readonly [string, Answer]) => [answer.at(`${at}stage`), answer.at(`${at}reason`)];
  for (const one of everywhere) expect(of(one), one[0]).toEqual(of(first));
  return of(first);
};

const statuses = async (): Promise<unknown[]> => [
  (await world.get(`/data-layers/${layerId}`)).at("status"),
  (await world.get("/data-layers")).at("items.0.status"),
  (await world.get("/overview")).at("dataLayers.0.status"),
];

/** The status of the last sync and of the site's last build in every place that shows one. */
const endings = async ({ syncId }: { syncId: string }): Promise<unknown[]> => {
  const syncs = [
    (await world.get(syncAt(syncId))).at("status"),
    (await world.get(`/data-layers/${layerId}/syncs`)).at("items.0.status"),
    (await world.get(`/data-layers/${layerId}/activity`)).at("syncs.0.status"),
    (await world.get("/overview")).at("dataLayers.0.lastSync.status"),
  ];
  const builds = [
    (await world.get(`/sites/${siteId}/builds`)).at("items.0.status"),
    (await world.get(`/data-layers/${layerId}/activity`)).at("sites.0.builds.0.status"),
    (await world.get("/overview")).at("sites.0.lastBuild.status"),
  ];
  return [...new Set(syncs), ...new Set(builds)];
};

/** What a site says of its builds, alone and in lists. */
const siteSays = async (): Promise<unknown[]> => {
  const site = await world.get(`/sites/${siteId}`);
  expect((await world.get("/sites")).at("items.0.build")).toEqual(site.at("build"));
  expect((await world.get("/overview")).at("sites.0.status")).toBe(site.at("build.status"));
  return ["status", "stage", "waitingFor", "reason", "until"].map((field) => site.at(`build.${field}`));
};

describe("where a publish stands", () => {
  it("a publish is followed from its delivery to the deploy that visitors are served, in every place alike", async () => {
    await isTold();
    await world.patch(`/sites/${siteId}`, { pacing: { preset: "balanced" } });
    const published = await publish();
    expect(await shown(published)).toEqual(["pending", null]);
    await workLayer();
    expect(await shown(published)).toEqual(["waiting", "The build starts when no one has published for a while."]);
    world.now += 20 * SECOND;
    await workSite();
    expect((await shown(published))[0]).toBe("building");
    const deploy = await deployed(titles[0] ?? "", (one) => netlify.succeed(one));
    expect(await shown(published)).toEqual(["live", null]);
    const delivery = await world.get(deliveryAt(published.deliveryId));
    expect([delivery.at("deployId"), delivery.at("sync.id"), delivery.at("sites.0.build.deploy.id")]).toEqual([
      deploy.id,
      published.syncId,
      deploy.id,
    ]);
    expect(delivery.at("sites.0.liveDeployId")).toBe(deploy.id);
    const sync = await world.get(syncAt(published.syncId));
    expect(sync.at("sites.0")).toMatchObject({ stage: "live", deployId: deploy.id, deploy: { id: deploy.id } });
    expect(sync.at("sites.0.finishedAt")).toBe(new Date(world.now).toISOString());
  });

  it("a publish of which nobody tells whether its deploy is live is `asked`, and no success", async () => {
    const published = await built();
    expect(await shown(published)).toEqual([
      "asked",
      "The build was started at Netlify. Connect deploy notifications to see its result.",
    ]);
    expect(await statuses()).toEqual(["idle", "idle", "idle"]);
  });

  it("a layer is not idle while the build of its site is tried again, and failed when it is given up", async () => {
    world.job = () => ({ kind: "answer", status: 500, location: null, retryAfter: null, text: "" });
    const published = await built();
    expect((await shown(published))[0]).toBe("retrying");
    const until = (await world.get(deliveryAt(published.deliveryId))).textAt("until");
    expect(Date.parse(until)).toBeGreaterThan(world.now);
    expect(await statuses()).toEqual(["retrying", "retrying", "retrying"]);
    expect(await endings(published)).toEqual(["retrying", "retrying"]);
    expect(await siteSays()).toEqual(["retrying", "retrying", null, "The build hook answered 500.", until]);
    world.job = () => ({ kind: "answer", status: 404, location: null, retryAfter: null, text: "" });
    world.now += 2 * MINUTE;
    await workSite();
    const [stage, reason] = await shown(published);
    expect([stage, reason]).toEqual(["failed", expect.stringContaining("404")]);
    expect(await statuses()).toEqual(["failed", "failed", "failed"]);
    expect(await endings(published)).toEqual(["failed", "failed"]);
    expect(await siteSays()).toEqual(["failed", "failed", null, reason, null]);
    expect((await world.get(syncAt(published.syncId))).at("error")).toBe(reason);
  });

  it("a layer is held while the team has no credits, until Netlify builds again", async () => {
    world.job = () => ({ ...done(NO_CREDITS), status: 403 });
    const published = await built();
    expect(await shown(published)).toEqual(["held", "The team's credits at Netlify are used up."]);
    expect(await statuses()).toEqual(["held", "held", "held"]);
    expect(await endings(published)).toEqual(["retrying", "retrying"]);
    const [status, stage, waitingFor, reason, until] = await siteSays();
    expect([status, stage, waitingFor, reason]).toEqual([
      "held",
      "held",
      "credits",
      "The team's credits at Netlify are used up.",
    ]);
    const site = await world.get(`/sites/${siteId}`);
    expect([until, site.at("build.buildId")]).toEqual([
      site.at("build.retrying.nextTryAt"),
      site.at("build.retrying.id"),
    ]);
    world.job = () => done();
    world.now += 20 * MINUTE;
    await workSite();
    expect((await shown(published))[0]).toBe("asked");
    expect(await statuses()).toEqual(["idle", "idle", "idle"]);
  });

  it("a publish that was live is held when visitors are served an older deploy again", async () => {
    const before = await isTold();
    const published = await built();
    await deployed(titles[0] ?? "", (one) => netlify.succeed(one));
    expect((await shown(published))[0]).toBe("live");
    world.now += MINUTE;
    await tell("deploy_restored", before);
    expect(await shown(published)).toEqual(["held", "Visitors still see an older deploy."]);
  });

  it("a publish is held while its site is locked to another deploy", async () => {
    await isTold();
    netlify.locked = true;
    const published = await built();
    await deployed(titles[0] ?? "", (one) => netlify.succeed(one));
    expect(await shown(published)).toEqual(["held", "The site is locked to another deploy."]);
  });

  it("a publish whose build failed is live when a later deploy is", async () => {
    await isTold();
    const published = await built();
    for (const tries of [1, 2]) {
      await deployed(titles.at(-1) ?? "", (one) => netlify.fail(one, `exit code ${tries}`));
      world.now += 5 * MINUTE;
      if (tries === 1) await workSite();
    }
    expect(await shown(published)).toEqual(["failed", "The deploy failed (exit code 2)."]);
    await deployed(null, (one) => netlify.succeed(one));
    expect((await shown(published))[0]).toBe("live");
  });

  it("a publish to a layer without sites says that no site is connected", async () => {
    await world.patch(`/data-layers/${layerId}`, { connectedSites: [] });
    const published = await publish();
    await workLayer();
    expect(await shown(published)).toEqual(["asked", "No site is connected."]);
  });

  it("a delivery whose sync was superseded stands where the sync stands that took over", async () => {
    const source = { slug: "blog", name: "Blog", type: "http", url: "https://jobs.example.com/blog" };
    const other = await world.layer({ name: "Shop", dataSources: [source], connectedSites: [] });
    world.job = () => ({ kind: "answer", status: 500, location: null, retryAfter: null, text: "" });
    const { deliveryId, syncId } = await publish(other);
    await world.work({ kind: "layer", id: other });
    world.job = () => done();
    const later = await publish(other);
    await world.work({ kind: "layer", id: other });
    const delivery = await world.get(`/data-layers/${other}/deliveries/${deliveryId}`);
    expect(await stageOf(`/data-layers/${other}/syncs/${syncId}`)).toBe("superseded");
    expect([delivery.at("stage"), delivery.at("sync.id")]).toEqual(["asked", later.syncId]);
  });

  it("a delivery that is not in the log is not found", async () => {
    const other = await world.layer({ name: "Other" });
    const { deliveryId } = await publish();
    expect((await world.get(`/data-layers/${other}/deliveries/${deliveryId}`)).at("code")).toBe("DELIVERY_NOT_FOUND");
  });
});

describe("how many deliveries a sync covers", () => {
  it("a single sync counts the deliveries of the log, also those that wrote nothing; a list says at least how many", async () => {
    let syncId = "";
    for (let count = 0; count < 58; count += 1) {
      ({ syncId } = await publish());
      world.now += 10;
    }
    await workLayer();
    const sync = await world.get(syncAt(syncId));
    expect([sync.at("deliveries"), sync.at("deliveriesAtLeast")]).toEqual([58, false]);
    const listed = await world.get(`/data-layers/${layerId}/syncs`);
    expect(listed.at("items.0.deliveries")).toBeLessThan(58);
    expect(listed.at("items.0.deliveriesAtLeast")).toBe(true);
  });

  it("a sync whose deliveries are no longer all in the log says at least how many", async () => {
    const { syncId } = await publish();
    await workLayer();
    for (const { key } of await world.store.memory.list(`deliveries/${layerId}/`)) await world.store.memory.remove(key);
    const sync = await world.get(syncAt(syncId));
    expect([sync.at("deliveries"), sync.at("deliveriesAtLeast")]).toEqual([1, true]);
  });
});

describe("what it costs to say where things stand", () => {
  const reads = async (path: string): Promise<number> => {
    const before = world.store.counts.reads;
    expect((await world.get(path)).status).toBe(200);
    return world.store.counts.reads - before;
  };

  it("a list reads each site once, and a build's record only if its site does not tell how it ended", async () => {
    await isTold();
    for (let count = 0; count < 5; count += 1) {
      await built();
      await deployed(titles.at(-1) ?? "", (one) => netlify.succeed(one));
      world.now += 10 * SECOND;
    }
    // The layer, five records, the site: the deploy that is served shows all five.
    expect(await reads(`/data-layers/${layerId}/syncs`)).toBe(7);
    // The layer, the site for the change token, five records of deliveries, five of syncs, the site.
    expect(await reads(`/data-layers/${layerId}/deliveries`)).toBe(13);
    expect(await reads(`/data-layers/${layerId}`)).toBe(2);
    expect(await reads("/data-layers")).toBe(2);
    expect(await reads("/overview")).toBe(2);
  });

  it("where nobody tells of deploys, a list reads the record of each build but the last", async () => {
    for (let count = 0; count < 5; count += 1) {
      await built();
      world.now += 10 * SECOND;
    }
    expect(await reads(`/data-layers/${layerId}/syncs`)).toBe(7 + 4);
    expect(await reads("/data-layers")).toBe(2);
  });

  it("layers that share a site read it once", async () => {
    for (const name of ["One", "Two", "Three"]) await world.layer({ name, connectedSites: [{ siteId }] });
    expect(await reads("/data-layers")).toBe(5);
  });
});
