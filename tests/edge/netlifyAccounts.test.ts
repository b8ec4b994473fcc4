import { delay, HttpResponse } from "msw";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { teamOf } from "../../src/core/access/team.ts";
import { AccountMemory, type RememberedAnswer } from "../../src/edge/access/accountMemory.ts";
import { netlifyAccounts } from "../../src/edge/access/netlifyAccounts.ts";
import { ApiWorld } from "../api/world.ts";
import { API, fakeNetlify, people, TEAM } from "./netlify.ts";

const netlify = fakeNetlify();
beforeAll(() => netlify.server.listen({ onUnhandledFrame: "error" }));
afterAll(() => netlify.server.close());
afterEach(() => {
  netlify.answers.user = undefined;
  netlify.answers.accounts = undefined;
  netlify.answers.members = undefined;
  netlify.asked.length = 0;
});

let now = 0;
let memory = new AccountMemory();
let world = new ApiWorld();
const accounts = (team: string, deadline?: number) =>
  netlifyAccounts(
    API,
    teamOf(team),
    memory,
    { ...world.deps, clock: { ...world.deps.clock, now: () => now } },
    deadline,
  );
beforeEach(() => {
  now = Date.UTC(2026, 0, 1);
  memory = new AccountMemory();
  world = new ApiWorld();
});
const whose = (token: string, team: string = TEAM.slug) => accounts(team).whose(token);
const questions = () => netlify.asked.map(({ what }) => what);

describe("whose a Netlify token is", () => {
  test.each([
    ["an owner of the team", people.owner, "Owner"],
    ["a developer", people.developer, "Developer"],
    ["one of an older name", people.collaborator, "collaborator"],
    ["one who reviews", people.reviewer, "Reviewer"],
  ])("a Netlify token of %s is known with the role that Netlify gives", async (_name, person, role) => {
    const actor = { id: `netlify:${person.id}`, name: person.full_name, email: person.email };
    expect(await whose(person.token)).toEqual({ kind: "member", actor, role });
  });

  test("the team may be named by its slug or by its id", async () => {
    for (const team of [TEAM.slug, TEAM.id])
      expect(await whose(people.developer.token, team)).toMatchObject({ role: "Developer" });
    expect(await whose(people.developer.token, "another-team")).toEqual({ kind: "stranger" });
  });

  test("somebody of another team is a stranger, whatever they are there", async () => {
    expect(await whose(people.foreigner.token)).toEqual({ kind: "stranger" });
    expect(questions()).toEqual(["user", "accounts"]);
  });

  test("a token that Netlify does not know is nobody's, and one that can be none is not sent", async () => {
    expect(await whose("nfp_0123456789012345678901234567890123456789")).toEqual({ kind: "unknown" });
    netlify.asked.length = 0;
    const odd = ["short", "x".repeat(2000), "white space in the middle of it", "é".repeat(40), "attackertoken1"];
    const foreign = [`ghp_${"x".repeat(31)}`, `eyJ${"x".repeat(40)}.${"x".repeat(40)}.x`, `nfp_${"x".repeat(15)}`];
    for (const token of [...odd, ...foreign]) {
      expect(await whose(token)).toEqual({ kind: "unknown" });
    }
    expect(questions()).toEqual([]);
  });

  test("a member is found by address where the ids differ, and by id first", async () => {
    const { developer } = people;
    const members = [
      { id: "other", email: developer.email.toUpperCase(), role: "Reviewer" },
      { id: developer.id, email: "old@bakery.example", role: "Developer" },
    ];
    netlify.answers.members = () => HttpResponse.json(members);
    expect(await whose(developer.token)).toMatchObject({ role: "Developer" });
    netlify.answers.members = () => HttpResponse.json(members.slice(0, 1));
    now += 61_000;
    expect(await whose(developer.token)).toMatchObject({ role: "Reviewer" });
  });

  test.each([
    ["is not among the members", () => HttpResponse.json([])],
    ["has no role there", () => HttpResponse.json([{ id: people.developer.id, role: null }])],
    ["has an empty role there", () => HttpResponse.json([{ id: people.developer.id, role: " " }])],
    ["shares nothing but a missing address", () => HttpResponse.json([{ id: "other", email: "", role: "Owner" }])],
    ["may not list the members", () => HttpResponse.json({ message: "no" }, { status: 403 })],
    ["is told that there are none", () => HttpResponse.json({ message: "no" }, { status: 404 })],
  ])("a person in doubt is no member: one who %s", async (_name, members) => {
    netlify.answers.members = members;
    if (_name.startsWith("shares")) netlify.answers.user = () => HttpResponse.json({ id: "mine", email: "" });
    expect(await whose(people.developer.token)).toEqual({ kind: "stranger" });
  });
});

describe("Netlify that does not answer lets nobody in", () => {
  const failures: [string, () => Response | Promise<Response>][] = [
    ["breaks down", () => new HttpResponse("oops", { status: 500 })],
    ["is being mended", () => new HttpResponse("<html>", { status: 503 })],
    ["does not answer", () => HttpResponse.error()],
    ["answers with a page", () => HttpResponse.html("<html>log in</html>")],
    ["answers with nothing", () => new HttpResponse(null, { status: 200 })],
    ["answers with something else", () => HttpResponse.json({ items: 5 })],
    ["sends elsewhere", () => HttpResponse.redirect("https://elsewhere.test/user")],
    ["answers too much", () => HttpResponse.json(["x".repeat(5_000_000)])],
  ];
  for (const question of ["user", "accounts", "members"] as const) {
    test.each(failures)(
      `an identity counts as no member if Netlify, asked for ${question}, %s`,
      async (_name, answer) => {
        netlify.answers[question] = answer;
        const said = await whose(people.developer.token);
        expect(said).toMatchObject({ kind: "unavailable", retryAfter: 5 });
        expect(JSON.stringify(said)).not.toContain(people.developer.token);
        netlify.answers[question] = undefined;
        expect(await whose(people.developer.token)).toMatchObject({ role: "Developer" });
      },
    );
  }

  test("a rate limit of Netlify's is passed on with its time, and no more than a minute of it", async () => {
    const limited = (headers: Record<string, string>) => {
      netlify.answers.user = () => HttpResponse.json({ code: 429, message: "slow down" }, { status: 429, headers });
      return whose(people.owner.token);
    };
    expect(await limited({ "retry-after": "17" })).toMatchObject({ kind: "unavailable", retryAfter: 17 });
    expect(await limited({ "x-ratelimit-reset": String(now / 1000 + 30) })).toMatchObject({ retryAfter: 30 });
    expect(await limited({ "retry-after": "86400" })).toMatchObject({ retryAfter: 60 });
    expect(await limited({ "retry-after": "soon" })).toMatchObject({ retryAfter: 5 });
  });

  test("a Netlify that hangs is given up, whichever question it hangs at", async () => {
    for (const question of ["user", "accounts", "members"] as const) {
      netlify.answers[question] = async () => {
        await delay("infinite");
        return HttpResponse.json([]);
      };
      const asked = accounts(TEAM.slug, 60).whose(people.developer.token);
      expect(await asked).toMatchObject({ kind: "unavailable", reason: `${question}: no answer in time` });
      netlify.answers[question] = undefined;
    }
  });

  test("a token does not follow where an answer leads", async () => {
    netlify.answers.user = () => HttpResponse.redirect("https://elsewhere.test/user");
    expect(await whose(people.owner.token)).toMatchObject({ kind: "unavailable" });
    expect(questions()).toEqual(["user"]);
  });
});

describe("an identity is remembered for a minute", () => {
  test("an identity is remembered so that Netlify is asked once for many requests, also for those at once", async () => {
    await Promise.all(Array.from({ length: 10 }, () => whose(people.developer.token)));
    now += 59_999;
    expect(await whose(people.developer.token)).toMatchObject({ role: "Developer" });
    expect(questions()).toEqual(["user", "accounts", "members"]);
    now += 1;
    netlify.answers.members = () => HttpResponse.json([]);
    expect(await whose(people.developer.token)).toEqual({ kind: "stranger" });
  });

  test("an identity is remembered by token and by team: one is never taken for another", async () => {
    await whose(people.owner.token);
    expect(await whose(people.reviewer.token)).toMatchObject({ role: "Reviewer" });
    expect(await whose(people.owner.token, "another-team")).toEqual({ kind: "stranger" });
  });

  test("a clock that was set back remembers nobody longer", async () => {
    await whose(people.owner.token);
    now -= 1;
    await whose(people.owner.token);
    expect(questions()).toHaveLength(4);
  });

  test("a refusal is remembered as well, so that a stranger costs Netlify no more than a member", async () => {
    for (let i = 0; i < 5; i += 1) await whose("nfp_0123456789012345678901234567890123456789");
    expect(questions()).toEqual(["user"]);
  });

  test("an identity is remembered under a hash that another process does not share, and no token is kept", async () => {
    const stores = [new Map<string, RememberedAnswer>(), new Map<string, RememberedAnswer>()];
    for (const answers of stores) {
      memory = new AccountMemory(answers, answers);
      await whose(people.owner.token);
      const kept = await Promise.all([...answers].map(async ([key, { at, answer }]) => [key, at, await answer]));
      expect(kept).toHaveLength(1);
      expect(JSON.stringify(kept)).not.toContain(people.owner.token);
    }
    const [first, second] = stores.map((answers) => [...answers.keys()]);
    expect(first).not.toEqual(second);
  });

  test("an identity is remembered among a limited number", async () => {
    const [members, others] = [new Map<string, RememberedAnswer>(), new Map<string, RememberedAnswer>()];
    memory = new AccountMemory(members, others);
    const answerOf = (kind: "stranger" | "member") => async () =>
      kind === "stranger" ? { kind } : { kind, actor: { id: "netlify:1", name: "Ada", email: "" }, role: "Owner" };
    for (let i = 0; i < 510; i += 1) {
      now += 10_000;
      await memory.recall("", `member ${i}`, now, answerOf("member"));
      await memory.recall("", `stranger ${i}`, now, answerOf("stranger"));
    }
    expect([members.size, others.size]).toEqual([500, 500]);
  });

  test("a flood of made-up tokens is asked about ten times a minute, and members are known through all of it", async () => {
    const flood = (round: string) =>
      Promise.all(Array.from({ length: 600 }, (_, i) => whose(`nfp_${round}${String(i).padStart(36, "0")}`)));
    await whose(people.developer.token);
    netlify.asked.length = 0;
    const answers = await flood("a");
    expect(questions()).toEqual(Array.from({ length: 10 }, () => "user"));
    expect(answers.map(({ kind }) => kind).filter((kind) => kind === "unavailable")).toHaveLength(590);
    // A new one has to wait, and is not told that its token is wrong.
    expect(await whose(people.reviewer.token)).toMatchObject({ kind: "unavailable", retryAfter: 60 });
    for (let minute = 1; minute <= 3; minute += 1) {
      now += 59_000;
      await flood(String(minute));
      expect(await whose(people.developer.token)).toMatchObject({ role: "Developer" });
    }
    now += 60_000;
    expect(await whose(people.reviewer.token)).toMatchObject({ role: "Reviewer" });
  });

  test("a member whom Netlify no longer knows counts as a stranger from then on", async () => {
    const token = "nfp_revoked";
    const answered = async (kind: "member" | "unknown") => {
      const find = async () =>
        kind === "unknown" ? { kind } : { kind, actor: { id: "netlify:1", name: "Ada", email: "" }, role: "Owner" };
      now += 61_000;
      return (await memory.recall("", token, now, find)).kind;
    };
    expect([await answered("member"), await answered("unknown")]).toEqual(["member", "unknown"]);
    now += 61_000;
    for (let i = 0; i < 10; i += 1) await memory.recall("", `stranger ${i}`, now, async () => ({ kind: "unknown" }));
    const last = await memory.recall("", token, now, async () => ({ kind: "unknown" }));
    expect(last.kind).toBe("unavailable");
  });

  test("members who come one after another are no flood", async () => {
    for (let i = 0; i < 30; i += 1) {
      expect(await whose(people.owner.token, `team-${i}`)).toEqual({ kind: "stranger" });
      now += 10_000;
    }
    for (const { token } of [people.owner, people.developer, people.collaborator, people.reviewer, people.newcomer]) {
      for (const team of [TEAM.slug, TEAM.id, TEAM.id.toUpperCase()])
        expect(await whose(token, team)).toMatchObject({ kind: "member" });
    }
  });
});
