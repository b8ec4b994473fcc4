import { describe, expect, it } from "vitest";
import type { OutgoingAnswer } from "../../../src/app/deps.ts";
import { ApiWorld } from "../world.ts";

const HOOK_ID = "0123456789abcdef01234567";
const buildHook = `https://api.netlify.com/build_hooks/${HOOK_ID}`;

const answered = (status: number, text: string, retryAfter: string | null = null): OutgoingAnswer => ({
  ...{ kind: "answer", status, location: null, retryAfter, text },
});

const aSite = async (world: ApiWorld): Promise<string> =>
  `/sites/${(await world.post("/sites", { name: "Web", buildHook, pacing: { preset: "instant" } })).textAt("id")}`;

/** A world that counts the calls of build hooks. */
const counted = (answer: OutgoingAnswer | (() => Promise<OutgoingAnswer>)) => {
  const world = new ApiWorld();
  const urls: string[] = [];
  world.answering = async ({ url }) => {
    urls.push(url);
    world.now += 340;
    return typeof answer === "function" ? answer() : answer;
  };
  return { world, urls };
};

describe("the test of a build hook", () => {
  it("a test calls the hook once, tells its answer without the hook's id, and is a build on record", async () => {
    const { world, urls } = counted(answered(200, `started\n${HOOK_ID} ${"x".repeat(300)}`));
    const site = await aSite(world);
    const tested = await world.post(`${site}/test-hook`);
    expect(tested.status).toBe(200);
    expect(JSON.parse(tested.text)).toMatchObject({ accepted: true, status: 200, durationMs: 340 });
    expect(tested.textAt("answer")).toMatch(/^started … x+$/);
    expect(tested.textAt("answer")).toHaveLength(200);
    expect(tested.textAt("meaning")).toContain("a build starts");
    const buildId = tested.textAt("buildId");
    expect(urls).toHaveLength(1);
    expect(new URL(urls[0] ?? "").searchParams.get("trigger_title")).toContain(`(${buildId} #`);
    const build = await world.get(`${site}/builds/${buildId}`);
    expect([build.at("status"), build.at("trigger.type")]).toEqual(["succeeded", "manual"]);
    expect((await world.get(site)).at("build.status")).toBe("idle");
    const [entry] = (await world.get("/audit-log?action=site.hook_tested")).listAt("items");
    expect(entry).toMatchObject({ detail: { buildId } });
    expect(await world.dump()).not.toContain(HOOK_ID);
  });

  it.each([
    [answered(404, "Not Found"), 404, "the build hook no longer exists"],
    [
      answered(403, '{"error":"Account credit usage exceeded - new deploys are blocked"}'),
      403,
      "credits at Netlify are used up",
    ],
    [answered(429, "slow down", "3600"), 429, "answered 429"],
    [answered(500, "oops"), 500, 'answered 500: "oops"'],
    [{ kind: "silence", error: "the name does not resolve", unsent: true } as const, null, "does not resolve"],
  ])("a failed test says why and is not repeated: %#", async (answer, status, meaning) => {
    const { world, urls } = counted(answer);
    const site = await aSite(world);
    const tested = await world.post(`${site}/test-hook`);
    expect([tested.status, tested.at("accepted"), tested.at("status")]).toEqual([200, false, status]);
    expect(tested.textAt("meaning")).toMatch(/^No build starts: /);
    expect(tested.textAt("meaning")).toContain(meaning);
    const build = await world.get(`${site}/builds/${tested.textAt("buildId")}`);
    expect(build.at("status")).toBe("failed");
    world.now += 86_400_000;
    await world.work({ kind: "site", id: site.slice("/sites/".length) });
    expect(urls).toHaveLength(1);
  });

  it("a test is refused while a build waits or runs, and no other build runs beside a test", async () => {
    let go: () => void = () => undefined;
    const asked = new Promise<void>((resolve) => {
      go = resolve;
    });
    let called: () => void = () => undefined;
    const isCalled = new Promise<void>((resolve) => {
      called = resolve;
    });
    const { world, urls } = counted(async () => {
      called();
      await asked;
      return answered(200, "");
    });
    const site = await aSite(world);
    const id = site.slice("/sites/".length);
    const testing = world.post(`${site}/test-hook`);
    await isCalled;
    const beside = await world.post(`${site}/test-hook`);
    expect([beside.status, beside.at("code")]).toEqual([409, "BUILD_IN_PROGRESS"]);
    const pending = (await world.post(`${site}/builds`)).textAt("id");
    world.now += 5000;
    await world.work({ kind: "site", id });
    expect(urls).toHaveLength(1);
    world.wakes.length = 0;
    go();
    expect((await testing).status).toBe(200);
    expect(world.wakes).toEqual([{ kind: "site", id }]);
    expect((await world.post(`${site}/test-hook`)).status).toBe(409);
    await world.work({ kind: "site", id });
    expect(urls).toHaveLength(2);
    expect((await world.get(`${site}/builds/${pending}`)).at("status")).toBe("succeeded");
  });

  it("a test begins one build, also if the store loses the reply to its first write", async () => {
    const { world, urls } = counted(answered(200, ""));
    const site = await aSite(world);
    let lost = 0;
    world.store.fault = (operation) => {
      if (operation !== "write" || lost > 0) return "none";
      lost += 1;
      return "reply-lost";
    };
    expect((await world.post(`${site}/test-hook`)).status).toBe(200);
    expect(urls).toHaveLength(1);
  });
});
