import { HttpResponse } from "msw";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Team, teamOf } from "../../../src/core/access/team.ts";
import { AccountMemory } from "../../../src/edge/access/accountMemory.ts";
import { netlifyAccounts } from "../../../src/edge/access/netlifyAccounts.ts";
import { API, fakeNetlify, people, TEAM } from "../../edge/netlify.ts";
import { ApiWorld } from "../world.ts";

const netlify = fakeNetlify();
beforeAll(() => netlify.server.listen({ onUnhandledFrame: "error" }));
afterAll(() => netlify.server.close());
beforeEach(() => {
  netlify.answers.user = undefined;
  netlify.asked.length = 0;
  netlify.team.slug = TEAM.slug;
});

const teamWorld = (team: Team = teamOf(TEAM.slug)): ApiWorld => {
  const world = new ApiWorld();
  world.accounts = netlifyAccounts(API, team, new AccountMemory(), world.deps);
  return world;
};

describe("a Netlify account", () => {
  it("a Netlify account has the rights of its role in the team", async () => {
    const world = teamWorld();
    const id = await world.layer();
    const rights = async ({ token }: { token: string }) => [
      (await world.get("/session", { token })).at("role"),
      (await world.get("/data-layers", { token })).status,
      (await world.patch(`/data-layers/${id}`, { name: "New" }, { token })).status,
      (await world.get("/tokens", { token })).status,
    ];
    expect(await rights(people.owner)).toEqual(["Owner", 200, 200, 200]);
    expect(await rights(people.developer)).toEqual(["Developer", 200, 200, 403]);
    expect(await rights(people.collaborator)).toEqual(["Developer", 200, 200, 403]);
    expect(await rights(people.reviewer)).toEqual(["Reviewer", 200, 403, 403]);
    expect(await rights(people.newcomer)).toEqual(["Sous-chef", 200, 403, 403]);
  });

  it("a Netlify account has the name in the audit log that Netlify gives it", async () => {
    const world = teamWorld();
    await world.post("/data-layers", { name: "Bread" }, { token: people.developer.token });
    const { id, full_name: name, email } = people.developer;
    expect(await world.audit()).toMatchObject([{ actor: { id: `netlify:${id}`, name, email } }]);
    expect((await world.get("/session", { token: people.developer.token })).at("via")).toBe("netlify");
  });

  it("a Netlify account of another team is refused and learns why", async () => {
    const world = teamWorld();
    const refused = await world.get("/data-layers", { token: people.foreigner.token });
    expect([refused.status, refused.at("code")]).toEqual([403, "NOT_A_MEMBER"]);
  });

  it("a Netlify account of a team whose slug is our team's id has no access, whether our team is named by id or by slug", async () => {
    const byDefault: Team = { kind: "id", id: TEAM.id };
    for (const team of [teamOf(TEAM.id), teamOf(TEAM.slug), byDefault]) {
      const world = teamWorld(team);
      for (const path of ["/session", "/export?secrets=true", "/data-layers"]) {
        const refused = await world.get(path, { token: people.impostor.token });
        expect([refused.status, refused.at("code")], path).toEqual([403, "NOT_A_MEMBER"]);
      }
      const begun = await world.post("/session", undefined, { token: people.impostor.token });
      expect([begun.status, begun.headers.get("set-cookie")]).toEqual([403, null]);
      expect((await world.get("/session", { token: people.owner.token })).at("role")).toBe("Owner");
    }
  });

  it("a Netlify account of a team that took our former slug has no access, and our members keep theirs, on every instance", async () => {
    const world = teamWorld();
    expect((await world.get("/session", { token: people.owner.token })).at("role")).toBe("Owner");
    expect((await world.get("/health", { as: null })).at("checks.team.status")).toBe("ok");
    netlify.team.slug = "the-new-bakery";
    for (let instance = 0; instance < 2; instance += 1) {
      world.accounts = netlifyAccounts(API, teamOf(TEAM.slug), new AccountMemory(), world.deps);
      const refused = await world.get("/export?secrets=true", { token: people.successor.token });
      expect([refused.status, refused.at("code")]).toEqual([403, "NOT_A_MEMBER"]);
      expect((await world.get("/session", { token: people.developer.token })).at("role")).toBe("Developer");
    }
    const health = await world.get("/health", { as: null });
    expect([health.status, health.at("checks.team.status")]).toEqual([200, "moved"]);
    expect(health.textAt("checks.team.detail")).toMatch(/LAYERHOOK_NETLIFY_TEAM.*id/);
    netlify.team.slug = TEAM.slug;
    world.now += 61_000;
    await world.get("/session", { token: people.owner.token });
    expect((await world.get("/health", { as: null })).at("checks.team.status")).toBe("ok");
  });

  it("a team's slug given to another team belongs to that team from then on", async () => {
    const world = teamWorld();
    await world.get("/session", { token: people.owner.token });
    world.accounts = netlifyAccounts(API, teamOf("the-butcher"), new AccountMemory(), world.deps);
    expect((await world.get("/session", { token: people.foreigner.token })).at("role")).toBe("Owner");
    expect((await world.get("/session", { token: people.impostor.token })).at("code")).toBe("NOT_A_MEMBER");
  });

  it("a Netlify account is not looked up while Netlify tokens are off", async () => {
    const world = new ApiWorld();
    const refused = await world.get("/data-layers", { token: people.owner.token });
    expect([refused.status, refused.at("code")]).toEqual([401, "UNAUTHENTICATED"]);
    expect(netlify.asked).toEqual([]);
  });

  it("a Netlify account gets a clear 503 while Netlify does not answer, and Layerhook's own tokens go on working", async () => {
    const world = teamWorld();
    netlify.answers.user = () => new HttpResponse(null, { status: 429, headers: { "retry-after": "9" } });
    const refused = await world.get("/data-layers", { token: people.owner.token });
    expect([refused.status, refused.at("code"), refused.headers.get("retry-after")]).toEqual([
      503,
      "IDENTITY_UNAVAILABLE",
      "9",
    ]);
    expect(world.facts).toEqual([{ kind: "trouble", where: "Netlify's API", error: "user: 429" }]);
    expect((await world.get("/data-layers")).status).toBe(200);
  });

  it("a Netlify account's token is left nowhere", async () => {
    const world = teamWorld();
    const { token } = people.developer;
    const answers = [
      await world.post("/data-layers", { name: "Bread" }, { token }),
      await world.get("/session", { token }),
    ];
    netlify.answers.user = () => HttpResponse.error();
    world.now += 61_000;
    answers.push(await world.get("/session", { token }));
    const told = answers.map(({ text, headers }) => `${text}${JSON.stringify([...headers])}`).join();
    for (const text of [await world.dump(), JSON.stringify(world.facts), told]) expect(text).not.toContain(token);
  });

  it("a token of this system is never sent to Netlify", async () => {
    const world = teamWorld();
    const made = await world.post("/tokens", { name: "Dashboard", role: "Owner" });
    const token = made.textAt("token");
    await world.get("/session", { token });
    await world.delete(`/tokens/${made.textAt("id")}`);
    expect((await world.get("/session", { token })).status).toBe(401);
    await world.get("/session");
    expect(netlify.asked).toEqual([]);
  });
});
