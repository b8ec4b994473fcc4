import { describe, expect, it } from "vitest";
import type { OutgoingAnswer } from "../../../src/app/deps.ts";
import { ApiWorld } from "../world.ts";

const buildHook = "https://api.netlify.com/build_hooks/0123456789abcdef";
const API = "https://api.netlify.com/api/v1";
const TOKEN = "a-token-of-the-team-0123456789";

const answered = (status: number, body: object | null): OutgoingAnswer => ({
  ...{ kind: "answer", status, location: null, retryAfter: null, text: body === null ? "" : JSON.stringify(body) },
});

/** A site whose hooks at Netlify can be made and removed by its API. */
class Registering extends ApiWorld {
  /** The hooks at Netlify, by their ids. */
  readonly hooks = new Map<string, { event: string; data: { url: string; signature_secret: string } }>();
  /** What Netlify refuses: an event, or the id of a hook. */
  readonly refused = new Set<string>();
  path = "";
  #made = 0;

  static async begin(): Promise<Registering> {
    const world = new Registering();
    Object.assign(world.deps, { netlify: { url: API, token: TOKEN } });
    world.answering = async ({ method, url, headers, body }) => {
      expect(headers["authorization"]).toBe(`Bearer ${TOKEN}`);
      const { pathname, searchParams } = new URL(url);
      if (method === "DELETE") {
        const id = pathname.split("/").at(-1) ?? "";
        if (world.refused.has(id)) return answered(500, { message: "later" });
        return world.hooks.delete(id) ? answered(204, null) : answered(404, { message: "Not Found" });
      }
      expect([method, pathname, searchParams.get("site_id")]).toEqual(["POST", "/api/v1/hooks", "site-of-ours"]);
      const { type, event, data } = JSON.parse(body ?? "");
      expect(type).toBe("url");
      if (world.refused.has(event)) return answered(422, { message: `no such event ${data.url}` });
      world.#made += 1;
      const id = `hook-${world.#made}`;
      world.hooks.set(id, { event, data });
      return answered(201, { id, type, event, data });
    };
    const site = await world.post("/sites", { name: "Web", buildHook, netlifySiteId: "site-of-ours" });
    world.path = `/sites/${site.textAt("id")}/deploy-notifications`;
    return world;
  }

  register() {
    return this.post(`${this.path}?register=true`);
  }
}

describe("deploy notifications made by Netlify's API", () => {
  it("one call makes a hook for every event, with the new address and its secret", async () => {
    const world = await Registering.begin();
    const made = await world.register();
    expect(made.status).toBe(201);
    expect([...world.hooks.values()].map(({ event }) => event)).toEqual(
      ["building", "created", "failed", "locked", "unlocked", "restored"].map((name) => `deploy_${name}`),
    );
    for (const { data } of world.hooks.values()) {
      expect(data).toEqual({ url: made.at("url"), signature_secret: made.at("signingSecret") });
    }
    const { registered } = JSON.parse(made.text);
    expect(registered).toHaveLength(6);
    expect(registered.every(({ error }: { error: string | null }) => error === null)).toBe(true);
    expect(await world.dump()).not.toContain(TOKEN);
  });

  it("a second call replaces the hooks of the former address, and closing removes all of them", async () => {
    const world = await Registering.begin();
    await world.register();
    const second = await world.register();
    expect(world.hooks.size).toBe(6);
    for (const { data } of world.hooks.values()) expect(data.url).toBe(second.at("url"));
    // One was removed at Netlify by hand: it counts as removed.
    world.hooks.delete("hook-7");
    expect((await world.delete(world.path)).status).toBe(204);
    expect(world.hooks.size).toBe(0);
  });

  it("what Netlify refuses is told event by event, without the address, and the rest works", async () => {
    const world = await Registering.begin();
    world.refused.add("deploy_restored");
    const made = await world.register();
    expect(made.status).toBe(201);
    expect(JSON.parse(made.text).registered.at(-1)).toEqual({
      event: "Deploy restored",
      error: "Netlify's API answered 422",
    });
    expect(world.hooks.size).toBe(5);
  });

  it("a hook that could not be removed is named with its id, by a second call and by closing", async () => {
    const world = await Registering.begin();
    await world.register();
    world.refused.add("hook-2");
    const left = { event: "Deploy succeeded", id: "hook-2", error: "Netlify's API answered 500" };
    expect((await world.register()).at("remaining")).toEqual([left]);
    world.refused.add("hook-8");
    const closed = await world.delete(world.path);
    expect(closed.status).toBe(200);
    expect(closed.at("remaining")).toEqual([left, { ...left, id: "hook-8" }]);
    expect([...world.hooks.keys()]).toEqual(["hook-2", "hook-8"]);
  });

  it("without a token or the site's id nothing is made and no address changes", async () => {
    const world = await Registering.begin();
    await world.patch(world.path.replace("/deploy-notifications", ""), { netlifySiteId: null });
    const noId = await world.register();
    expect([noId.status, noId.at("code")]).toEqual([409, "NETLIFY_NOT_CONNECTED"]);
    expect(noId.textAt("detail")).toContain("netlifySiteId");
    Object.assign(world.deps, { netlify: undefined });
    expect((await world.register()).textAt("detail")).toContain("LAYERHOOK_NETLIFY_TOKEN");
    const site = await world.get(world.path.replace("/deploy-notifications", ""));
    expect(site.at("deployNotifications.enabled")).toBe(false);
  });
});
