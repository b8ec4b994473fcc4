import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { answerDeploy } from "../../../src/edge/hooks/answerDeploy.ts";
import { ApiWorld } from "../world.ts";

const buildHook = "https://api.netlify.com/build_hooks/0123456789abcdef";

/** A deploy as Netlify gives it to event handlers (`@netlify/functions`). */
const deployOf = (state: string, fields: object = {}) => ({
  ...{
    id: "65f0c0ffee0000000000beef",
    siteId: "s",
    buildId: "b",
    state,
    errorMessage: null,
    url: "http://web.netlify.app",
  },
  ...{
    sslUrl: "https://web.netlify.app",
    permalinkUrl: "http://65f0--web.netlify.app",
    adminUrl: "https://app.netlify.com",
  },
  ...{ context: "production", branch: "main", commitRef: null, commitUrl: null, commitMessage: null, committer: null },
  ...{ title: "A title – “ü”", createdAt: "2026-01-01T00:00:01.000Z", publishedAt: null, time: null },
  ...{ manual: false, framework: null, ...fields },
});

type Handlers = Record<string, (event: object) => Promise<void>>;

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "layerhook-function-"));
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.unstubAllGlobals();
  rmSync(folder, { recursive: true });
});

/** A site, its printed function with its variables set, and the statuses that the function was answered. */
const printed = async (world: ApiWorld) => {
  const site = `/sites/${(await world.post("/sites", { name: "Web", buildHook })).textAt("id")}`;
  const opened = JSON.parse((await world.post(`${site}/deploy-notifications`)).text);
  const { path, source, environment } = opened.function;
  expect(path).toMatch(/^netlify\/functions\/[\w-]+\.mjs$/);
  expect([source.includes(opened.url), source.includes(opened.signingSecret)]).toEqual([false, false]);
  for (const [name, value] of Object.entries<string>(environment)) vi.stubEnv(name, value);
  const file = join(folder, "report.mjs");
  writeFileSync(file, source);
  const statuses: number[] = [];
  vi.stubGlobal("fetch", async (url: string, init: RequestInit) => {
    const after: Promise<unknown>[] = [];
    const answer = await answerDeploy(new Request(url, init), world.deps, (work) => after.push(work));
    await Promise.all(after);
    statuses.push(answer.status);
    return answer;
  });
  const module: { default: Handlers } = await import(/* @vite-ignore */ pathToFileURL(file).href);
  return { site, handlers: module.default, statuses };
};

describe("the function that a site reports its deploys with", () => {
  it("each of its handlers is heard by the site's address, like Netlify's own notification", async () => {
    const world = new ApiWorld();
    world.now += 10_000;
    const { site, handlers, statuses } = await printed(world);
    expect(Object.keys(handlers)).toEqual([
      "deployBuilding",
      "deploySucceeded",
      "deployFailed",
      "deployLocked",
      "deployUnlocked",
    ]);
    await handlers["deployBuilding"]?.({ deploy: deployOf("building") });
    await handlers["deploySucceeded"]?.({ deploy: deployOf("ready", { publishedAt: "2026-01-01T00:00:05.000Z" }) });
    await handlers["deployLocked"]?.({ deploy: deployOf("ready", { publishedAt: "2026-01-01T00:00:05.000Z" }) });
    const shown = JSON.parse((await world.get(site)).text);
    expect(statuses).toEqual([200, 200, 200]);
    expect(shown).toMatchObject({ following: "notifications", locked: true, liveDeployId: "65f0c0ffee0000000000beef" });
    expect(shown.deploys).toMatchObject([
      { state: "ready", publication: "published", url: "https://65f0--web.netlify.app" },
    ]);
    await handlers["deployUnlocked"]?.({ deploy: deployOf("ready") });
    await handlers["deployFailed"]?.({ deploy: deployOf("error", { id: "another-deploy", errorMessage: "it broke" }) });
    const later = JSON.parse((await world.get(site)).text);
    expect([later.locked, later.deploys[0].error]).toEqual([false, "it broke"]);
    expect(later.deployNotifications.events.filter(({ heardAt }: { heardAt: unknown }) => heardAt === null)).toEqual([
      { event: "Deploy restored", heardAt: null },
    ]);
  });

  it("a wrong secret and a missing variable fail the function, so that Netlify's log shows it", async () => {
    const { handlers } = await printed(new ApiWorld());
    vi.stubEnv("LAYERHOOK_DEPLOYS_SECRET", "another");
    await expect(handlers["deployBuilding"]?.({ deploy: deployOf("building") })).rejects.toThrow("answered 401");
    vi.stubEnv("LAYERHOOK_DEPLOYS_URL", "");
    await expect(handlers["deployBuilding"]?.({ deploy: deployOf("building") })).rejects.toThrow("Set LAYERHOOK_");
  });
});
