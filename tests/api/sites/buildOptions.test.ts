import { describe, expect, it } from "vitest";
import type { OutgoingAnswer } from "../../../src/app/deps.ts";
import { work } from "../../../src/app/worker/work.ts";
import { ApiWorld } from "../world.ts";

const buildHook = "https://api.netlify.com/build_hooks/0123456789abcdef";
const answered = (status: number, text = ""): OutgoingAnswer => ({
  ...{ kind: "answer", status, location: null, retryAfter: null, text },
});

/** A site behind a build layer, and the parameters of every call for a build. */
class Building extends ApiWorld {
  readonly calls: { readonly path: string; readonly parameters: Record<string, string> }[] = [];
  answers: OutgoingAnswer[] = [];
  site = "";
  layerId = "";

  static async begin(settings: object = {}): Promise<Building> {
    const world = new Building();
    world.answering = async ({ method, url }) => {
      const { pathname, searchParams } = new URL(url);
      if (method === "GET") return answered(200, "[]");
      const { trigger_title: _title, title: _sameTitle, ...parameters } = Object.fromEntries(searchParams);
      world.calls.push({ path: pathname, parameters });
      return world.answers.shift() ?? answered(200);
    };
    const pacing = { preset: "instant" };
    world.site = (await world.post("/sites", { name: "Web", buildHook, pacing, ...settings })).textAt("id");
    world.layerId = (await world.post("/data-layers", { name: "A", connectedSites: [{ siteId: world.site }] })).textAt(
      "id",
    );
    return world;
  }

  /** Lets every due build start. */
  async build(): Promise<void> {
    this.now += 5000;
    await this.work({ kind: "site", id: this.site });
  }

  /** A publish asks for a build, which waits. */
  async ask(): Promise<void> {
    await this.post(`/data-layers/${this.layerId}/syncs`);
    const { pacing } = JSON.parse((await this.get(`/sites/${this.site}`)).text);
    expect(pacing.preset).toBe("balanced");
    this.now += 5000;
    await this.work({ kind: "layer", id: this.layerId });
  }
}

describe("the branch and the cleared cache of a build", () => {
  it("a site's branch and clearCache are parameters of every call of its build hook", async () => {
    const world = await Building.begin({ branch: "release/2026#1", clearCache: true });
    const path = `/sites/${world.site}`;
    const site = await world.get(path);
    expect([site.at("branch"), site.at("clearCache")]).toEqual(["release/2026#1", true]);
    await world.post(`${path}/builds`);
    await world.build();
    await world.patch(path, { branch: null, clearCache: false });
    await world.post(`${path}/builds`);
    await world.build();
    await world.patch(path, { clearCache: true });
    expect((await world.post(`${path}/test-hook`)).status).toBe(200);
    const asked = world.calls.map(({ parameters }) => parameters);
    expect(asked).toEqual([{ trigger_branch: "release/2026#1", clear_cache: "true" }, {}, { clear_cache: "true" }]);
  });

  it("with a token they are parameters of Netlify's API", async () => {
    const world = await Building.begin({ branch: "main", netlifySiteId: "site-of-ours" });
    await world.post(`/sites/${world.site}/builds`, { clearCache: true });
    world.now += 5000;
    world.answers = [answered(200, '{"deploy_id":"d1"}')];
    const { answering } = world;
    world.answering = async (request) =>
      request.url.endsWith("/deploys/d1")
        ? answered(200, JSON.stringify({ id: "d1", state: "ready", published_at: "2026-01-01T00:00:00Z" }))
        : answering(request);
    const deps = { ...world.deps, netlify: { url: "https://api.netlify.com/api/v1", token: "a-token-of-the-team" } };
    await work(deps, { kind: "site", id: world.site }, 600_000);
    expect(world.calls).toEqual([
      { path: "/api/v1/sites/site-of-ours/builds", parameters: { branch: "main", clear_cache: "true" } },
    ]);
  });

  it("a build by hand merges its wishes into the pending build, which keeps them at every attempt and loses them then", async () => {
    const world = await Building.begin();
    const builds = `/sites/${world.site}/builds`;
    await world.post(builds, { branch: "one" });
    await world.post(builds, { clearCache: true });
    await world.post(builds, { branch: "two" });
    world.answers = [answered(500)];
    await world.build();
    world.now += 60_000;
    await world.build();
    await world.post(builds);
    await world.build();
    const wished = { trigger_branch: "two", clear_cache: "true" };
    expect(world.calls.map(({ parameters }) => parameters)).toEqual([wished, wished, {}]);
    const [, second] = (await world.get("/audit-log?action=build.requested")).listAt("items");
    expect(second).toMatchObject({ detail: { branch: "two" } });
  });

  it("no publish is built on another branch, whether it waits, joins, or is tried again", async () => {
    const world = await Building.begin({ pacing: { preset: "balanced" } });
    const builds = `/sites/${world.site}/builds`;
    await world.ask();
    const refused = await world.post(builds, { branch: "preview" });
    expect([refused.status, refused.at("code")]).toEqual([409, "BUILD_IN_PROGRESS"]);
    expect((await world.post(builds, { clearCache: true })).status).toBe(202);
    world.answers = [answered(500)];
    await world.build();
    const owed = await world.post(builds, { branch: "preview" });
    expect([owed.status, owed.at("code"), owed.at("title")]).toEqual([
      409,
      "BUILD_IN_PROGRESS",
      "Another build is owed first",
    ]);
    world.now += 60_000;
    await world.build();
    expect((await world.post(builds, { branch: "preview" })).status).toBe(202);
    await world.ask();
    await world.build();
    const asked = world.calls.map(({ parameters }) => parameters["trigger_branch"] ?? null);
    expect(asked).toEqual([null, null, null]);
  });

  it("a build that is held or tried again refuses another branch, and takes a cleared cache over", async () => {
    const NO_CREDITS = '{"error":"Account credit usage exceeded"}';
    for (const refusal of [answered(500), answered(403, NO_CREDITS)]) {
      const world = await Building.begin();
      const builds = `/sites/${world.site}/builds`;
      world.answers = [refusal];
      await world.post(builds, { branch: "one" });
      await world.build();
      const refused = await world.post(builds, { branch: "two" });
      expect([refused.status, refused.at("code")]).toEqual([409, "BUILD_IN_PROGRESS"]);
      expect((await world.post(builds, { branch: "one", clearCache: true })).status).toBe(202);
      await world.build();
      const wished = { trigger_branch: "one", clear_cache: "true" };
      expect(world.calls.map(({ parameters }) => parameters)).toEqual([{ trigger_branch: "one" }, wished]);
    }
  });

  it("a build shows the branch and the cleared cache that a person asked for, pending and on record", async () => {
    const world = await Building.begin({ branch: "main" });
    const builds = `/sites/${world.site}/builds`;
    const asked = await world.post(builds, { branch: "next", clearCache: true });
    const options = { branch: "next", clearCache: true };
    expect(asked.at("")).toMatchObject(options);
    await world.build();
    const plain = await world.post(builds);
    await world.build();
    expect((await world.get(builds)).listAt("items")).toMatchObject([{ branch: null, clearCache: false }, options]);
    expect((await world.get(`${builds}/${plain.textAt("id")}`)).at("")).toMatchObject({ branch: null });
    expect((await world.get(`${builds}/${asked.textAt("id")}`)).at("")).toMatchObject(options);
  });

  it("a name that is no Git branch is refused", async () => {
    const world = await Building.begin();
    for (const branch of ["", "a b", "-x", "/x", "a..b~", "x:y", "a\u0000", "x".repeat(256)]) {
      const refused = await world.patch(`/sites/${world.site}`, { branch });
      expect([refused.status, refused.at("errors.0.path")]).toEqual([400, "branch"]);
      expect((await world.post(`/sites/${world.site}/builds`, { branch })).status).toBe(400);
    }
  });

  it("the settings are exported, imported and audited, and an import without them changes nothing", async () => {
    const world = await Building.begin({ branch: "main" });
    const exported = JSON.parse((await world.get("/export")).text);
    expect(exported.sites[0]).toMatchObject({ branch: "main" });
    const put = async (site: object) =>
      (await world.call("PUT", "/import", { body: { schemaVersion: 1, sites: [site], dataLayers: [] } })).at(
        "changes.0",
      );
    const { id, name } = exported.sites[0];
    expect(await put({ id, name })).toMatchObject({ action: "unchanged" });
    expect(await put({ id, name, clearCache: true })).toMatchObject({ action: "update", fields: ["clearCache"] });
    expect((await world.get("/audit-log")).at("items.0.detail")).toMatchObject({
      before: { clearCache: false },
      after: { clearCache: true },
    });
  });
});
