import { HttpResponse, http } from "msw";
import { setupServer } from "msw/node";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import type { OutgoingAnswer, OutgoingRequest } from "../../src/app/deps.ts";
import { makePurge, type PurgeAccess } from "../../src/edge/outgoing/purgeTags.ts";

const TOKEN = "the-teams-own-token-0123456789";
const PLATFORM = "the-platforms-token-0123456789";
const request = { tags: ["posts", "home"], siteId: "another-site", deadline: 4000 };

interface Heard {
  readonly authorization: string | null;
  readonly body: unknown;
}
let heard: Heard[] = [];
let status = 202;
const server = setupServer(
  http.post("https://api.netlify.com/api/v1/purge", async ({ request: asked }) => {
    heard.push({ authorization: asked.headers.get("authorization"), body: await asked.json() });
    return status === 0 ? HttpResponse.error() : new HttpResponse(null, { status });
  }),
);

const sent: OutgoingRequest[] = [];
const purgeWith = (access: Partial<PurgeAccess> = {}, answer: OutgoingAnswer | number = 202) =>
  makePurge({
    token: undefined,
    apiUrl: "https://api.netlify.com/api/v1",
    local: false,
    ownSiteId: "own-site",
    outgoing: {
      send: async (call) => {
        sent.push(call);
        return typeof answer === "number"
          ? { kind: "answer", status: answer, location: null, retryAfter: null, text: "" }
          : answer;
      },
    },
    ...access,
  });

beforeAll(() => server.listen());
beforeEach(() => {
  heard = [];
  sent.length = 0;
  status = 202;
  vi.stubEnv("NETLIFY_PURGE_API_TOKEN", PLATFORM);
  vi.stubEnv("SITE_ID", "own-site");
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.useRealTimers();
});
afterAll(() => server.close());

describe("with the platform's token", () => {
  test("tags are purged with the platform's token by Netlify's helper, for our own site unless another is named", async () => {
    expect(await purgeWith()({ ...request, siteId: null })).toEqual({ kind: "purged" });
    expect(await purgeWith()(request)).toEqual({ kind: "purged" });
    expect(heard).toEqual([
      { authorization: `Bearer ${PLATFORM}`, body: { cache_tags: ["posts", "home"], site_id: "own-site" } },
      { authorization: `Bearer ${PLATFORM}`, body: { cache_tags: ["posts", "home"], site_id: "another-site" } },
    ]);
    expect(sent).toEqual([]);
  });

  test.each([
    [429, true],
    [503, true],
    [401, false],
    [404, false],
  ])("an answer of %i is a failure that says so", async (answered, again) => {
    status = answered;
    expect(await purgeWith()(request)).toEqual({ kind: "failed", error: `the purge was answered ${answered}`, again });
  });

  test("a broken connection and a missing token are failures without a word of what they are made of", async () => {
    status = 0;
    expect(await purgeWith()(request)).toEqual({ kind: "failed", error: "the purge could not be sent", again: true });
    vi.stubEnv("NETLIFY_PURGE_API_TOKEN", undefined);
    vi.stubEnv("NETLIFY_LOCAL", undefined);
    expect(await purgeWith()(request)).toEqual({ kind: "failed", error: "the purge could not be sent", again: true });
  });

  test("a purge without an answer ends with the deadline", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    server.use(http.post("https://api.netlify.com/api/v1/purge", () => new Promise<never>(() => undefined)));
    const purging = purgeWith()(request);
    await vi.advanceTimersByTimeAsync(4000);
    expect(await purging).toEqual({ kind: "failed", error: "timed out: no answer within 4 s", again: true });
    server.resetHandlers();
  });

  test("a purge calls nothing where there is no platform", async () => {
    expect(await purgeWith({ local: true })(request)).toEqual({ kind: "skipped" });
    expect(heard).toEqual([]);
  });
});

describe("with a token of the team's own", () => {
  test("a purge with a token of the team leaves by the guarded way out, also locally", async () => {
    expect(await purgeWith({ token: TOKEN, local: true })(request)).toEqual({ kind: "purged" });
    const [call] = sent;
    expect([call?.url, call?.method, call?.deadline]).toEqual(["https://api.netlify.com/api/v1/purge", "POST", 4000]);
    expect(call?.headers["authorization"]).toBe(`Bearer ${TOKEN}`);
    expect(JSON.parse(call?.body ?? "")).toEqual({ site_id: "another-site", cache_tags: ["posts", "home"] });
    expect(heard).toEqual([]);
  });

  test("a purge with a token of the team is for our own site where none is named, and fails where none is known", async () => {
    await purgeWith({ token: TOKEN })({ ...request, siteId: null });
    expect(JSON.parse(sent[0]?.body ?? "")).toMatchObject({ site_id: "own-site" });
    expect(await purgeWith({ token: TOKEN, ownSiteId: undefined })({ ...request, siteId: null })).toEqual({
      kind: "failed",
      error: "no siteId is set, and none is known here",
      again: false,
    });
  });

  test("a purge is worth another attempt if it may end otherwise, and a refusal is not", async () => {
    const outcomes = await Promise.all(
      [
        429,
        500,
        401,
        { kind: "silence", error: "timed out" } as const,
        { kind: "silence", error: "no", refused: true } as const,
      ].map((answer) => purgeWith({ token: TOKEN }, answer)(request)),
    );
    expect(outcomes.map((outcome) => outcome.kind === "failed" && outcome.again)).toEqual([
      true,
      true,
      false,
      true,
      false,
    ]);
    expect(JSON.stringify(outcomes)).not.toContain(TOKEN);
  });
});
