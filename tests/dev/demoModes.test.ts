import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { demoModes } from "../../src/dev/demo/demoModes.ts";
import { createDemoSite } from "../../src/dev/demo/demoSite.ts";

let server: Server;
let base: string;
const directory = mkdtempSync(join(tmpdir(), "layerhook-demo-"));

beforeAll(async () => {
  const site = createDemoSite({ directory, base: "http://localhost:1", report: () => undefined, buildTakesMs: 1000 });
  server = createServer((request, response) => {
    void site(request, response, new URL(request.url ?? "/", "http://localhost"));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  base = typeof address === "object" && address !== null ? `http://127.0.0.1:${address.port}` : "";
});

afterAll(() => {
  server.close();
  rmSync(directory, { recursive: true, force: true });
});

const post = (path: string) => fetch(`${base}${path}`, { method: "POST" });
const choose = (mode: string) => post(`/demo/netlify/mode?mode=${mode}`);
const hook = () => post("/demo/build_hooks/demo-hook?trigger_title=Blog");
const deploys = async (): Promise<
  { state: string; skipped?: boolean; error_message: string | null; title: string | null }[]
> => (await fetch(`${base}/demo/netlify/api/v1/sites/demo-hook/deploys`)).json();

beforeEach(() => choose("build"));

test("the demo's Netlify says which modes it has and which one it is in, and refuses any other", async () => {
  const shown = await (await fetch(`${base}/demo/netlify/mode`)).json();
  expect(shown).toEqual({ mode: "build", modes: demoModes });
  expect((await choose("no-credits")).status).toBe(200);
  expect(await (await fetch(`${base}/demo/netlify/mode`)).json()).toMatchObject({ mode: "no-credits" });
  const refused = await choose("constructor");
  expect([refused.status, await refused.json()]).toMatchObject([422, { modes: demoModes }]);
});

test.each([
  ["builds-stopped", 403, null],
  ["hook-deleted", 404, null],
  ["rate-limited", 429, "3600"],
] as const)("the demo's build hook refuses in the mode %s with %i", async (mode, status, retryAfter) => {
  await choose(mode);
  const before = (await deploys()).length;
  const answered = await hook();
  expect([answered.status, answered.headers.get("retry-after")]).toEqual([status, retryAfter]);
  expect(await deploys()).toHaveLength(before);
});

test("the demo's Netlify skips a deploy for want of credits, and its API refuses a build", async () => {
  await choose("no-credits");
  expect((await hook()).status).toBe(200);
  expect((await deploys())[0]).toMatchObject({
    ...{ state: "error", skipped: true, title: "Blog" },
    error_message: "Skipped due to account credit usage exceeded",
  });
  const refused = await post("/demo/netlify/api/v1/sites/demo-hook/builds");
  expect([refused.status, await refused.json()]).toMatchObject([
    403,
    { error: expect.stringMatching(/credit usage exceeded/) },
  ]);
});

test("the demo's Netlify skips a build in its queue in favour of a push", async () => {
  await choose("skip");
  await hook();
  expect((await deploys()).slice(0, 2)).toMatchObject([
    { state: "building", title: null },
    { state: "error", skipped: true, error_message: null, title: "Blog" },
  ]);
});

test("the demo's site serves the marker of the deploy that visitors see, and an old one in the mode old-page", async () => {
  const marker = async () => (await fetch(`${base}/demo/site/.well-known/layerhook.json`)).json();
  const ready = async (build: string) => {
    while (!(await deploys()).some(({ state, title }) => state === "ready" && title?.includes(build)))
      await new Promise((resolve) => setTimeout(resolve, 50));
  };
  await post("/demo/build_hooks/demo-hook?trigger_title=Blog%20(build-1%20%231)");
  await ready("build-1");
  expect(await marker()).toMatchObject({ buildId: "build-1" });
  await choose("old-page");
  await post("/demo/build_hooks/demo-hook?trigger_title=Blog%20(build-2%20%231)");
  await ready("build-2");
  expect(await marker()).toMatchObject({ buildId: "build-1" });
  await choose("build");
  expect(await marker()).toMatchObject({ buildId: "build-2" });
}, 40_000);

test("a post of the demo's CMS is on its page with the build after its sync, and one build later in the mode old-content", async () => {
  const page = async () => (await fetch(`${base}/demo/site/posts/post-1`)).text();
  const deploysReady = async () => (await deploys()).filter(({ state }) => state === "ready").length;
  const publish = async (text: string) => {
    await fetch(`${base}/demo/posts/post-1`, { method: "POST", body: text });
    await post("/demo/job");
  };
  const build = async () => {
    const before = await deploysReady();
    await hook();
    while ((await deploysReady()) === before) await new Promise((resolve) => setTimeout(resolve, 50));
  };
  expect((await fetch(`${base}/demo/site/posts/post-1`)).status).toBe(404);
  await publish("first <draft>");
  expect((await fetch(`${base}/demo/site/posts/post-1`)).status).toBe(404);
  await build();
  expect(await page()).toContain("first &#60;draft&#62;");
  await choose("old-content");
  await publish("second");
  await build();
  expect(await page()).toContain("first");
  await build();
  expect(await page()).toContain("second");
}, 60_000);
