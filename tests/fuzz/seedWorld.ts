import type { Door } from "./functionDoors.ts";
import { FuzzRun } from "./fuzzRun.ts";
import { FuzzWorld, type Kept } from "./fuzzWorld.ts";
import type { Description } from "./operations.ts";
import type { JobPlan } from "./steps.ts";

const job = (status: number, text = "{}"): JobPlan => ({ status, text: { text }, silent: false });

/**
 * What garbage is to meet: layers with and without webhooks of their own, deleted ones, a default that is off, a build
 * layer; syncs that wait, run, have ended well or badly, and one whose job is to report; sites and their builds.
 */
export const seedWorld = async (doors: readonly Door[], description: Description): Promise<Kept> => {
  const world = new FuzzWorld();
  const run = new FuzzRun(world, doors, description, new Map());
  const made = async (path: string, body: unknown): Promise<string> => {
    const { status, text } = await run.ask("POST", `/api/v1${path}`, body);
    if (status !== 201) throw new Error(`the seed is refused: ${text}`);
    world.now += 1000;
    return JSON.parse(text).id;
  };
  const works = async (...answers: readonly JobPlan[]): Promise<void> => {
    while (world.wakes.length > 0) await run.step({ kind: "work", answers });
  };
  const source = (slug: string) => ({ slug, name: slug, url: `https://jobs.example/${slug}` });
  const publishes = (path: string) => run.ask("POST", `/hooks/data_layer/data_source/publish/${path}`, {});

  const site = await made("/sites", {
    name: "Shop",
    buildHook: "https://hooks-of-sites.example/credential-of-the-shop",
    kind: "other",
  });
  const goneSite = await made("/sites", {
    name: "Old",
    buildHook: "https://hooks-of-sites.example/credential-of-old",
    kind: "other",
  });
  const notifications = [
    { id: "people", name: "People", url: "https://hooks-of-people.example/credential-0", events: ["sync.failed"] },
  ];
  const connectedSites = [{ siteId: site }, { siteId: goneSite }];
  const probe = {
    slug: "feed",
    type: "probe",
    url: "https://cms.example.com/feed",
    headers: { authorization: "Bearer a-secret-of-the-probe" },
    pick: "/items",
    checkEvery: "1h",
  };
  const dataSources = [source("blog"), source("constructor"), probe];
  const main = await made("/data-layers?sync=false", {
    name: "Main",
    dataSources,
    connectedSites,
    notifications,
    cachePurge: { tags: ["posts"] },
  });
  const hooks = [await made(`/data-layers/${main}/webhooks`, { name: "CMS" })];
  const only = [
    { bodyPath: "*.*", not: { in: ["draft"] } },
    { bodyPath: "release_id", absent: true },
    { query: "env", not: { startsWith: ["dev"] } },
    { header: "x-environment", absent: true },
  ];
  hooks.push(await made(`/data-layers/${main}/webhooks`, { name: "Shop", id: "kept-id-of-a-hook", only }));
  const goneHook = await made(`/data-layers/${main}/webhooks`, { name: "Old" });
  await run.ask("DELETE", `/api/v1/data-layers/${main}/webhooks/${goneHook}`);
  await publishes(`${main}/${hooks[0]}`);
  await works(job(200, '{"version":"1"}'), job(200), job(200));
  await publishes(`${main}/${hooks[1]}?source=blog`);
  await works(job(500));

  await made("/data-layers", { name: "Closed", id: "kept-id-closed", dataSources, defaultWebhook: "off" });
  await works(job(202), job(202));
  const open = await made("/data-layers?sync=false", { name: "Open", dataSources: [source("blog")] });
  await publishes(open);
  const builds = await made("/data-layers", { name: "Builds", id: "__proto__", connectedSites: [{ siteId: site }] });
  await publishes(`${builds}?source=label`);
  await works(job(200));
  await made(`/data-layers/${main}/status-links`, { name: "Editors", frameAncestors: ["https://cms.example.com"] });
  await made(`/data-layers/${builds}/status-links`, { name: "Agency" });
  await made("/tokens", { name: "Dashboard", role: "Developer" });
  await made("/tokens", { name: "Blog", role: "Reviewer", dataLayers: [main] });
  const gone = await made("/data-layers", { name: "Gone", id: "kept-id-gone" });
  await run.ask("DELETE", `/api/v1/data-layers/${gone}`);
  const deleted = await run.ask("DELETE", `/api/v1/sites/${goneSite}?disconnect=true`);
  if (deleted.status !== 204) throw new Error(`the seed's site is not deleted: ${deleted.text}`);
  await made("/sites", {
    name: "Spare",
    buildHook: "https://hooks-of-sites.example/credential-of-the-spare",
    kind: "other",
  });
  return world.keep();
};
