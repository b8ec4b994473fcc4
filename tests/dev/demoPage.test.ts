import { createServer } from "node:http";
import { expect, onTestFinished, test } from "vitest";
import { createDemoSite } from "../../src/dev/demo/demoSite.ts";
import { temporaryDirectory } from "./temporaryDirectory.ts";

const opened = async (): Promise<string> => {
  const site = createDemoSite({ directory: temporaryDirectory(), base: "http://localhost:1", report: () => {} });
  const server = createServer((request, response) => {
    void site(request, response, new URL(request.url ?? "/", "http://localhost"));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return `http://127.0.0.1:${address.port}`;
};
const post = (url: string) => fetch(url, { method: "POST" });
const stateOf = async (base: string) => (await fetch(`${base}/demo/state`)).json();

test("the demo's pages and what they load come from this server alone, under the policy of all pages", async () => {
  const base = await opened();
  const page = await (await fetch(`${base}/demo`)).text();
  const site = await (await fetch(`${base}/demo/site`)).text();
  for (const text of [page, site]) expect(text).not.toMatch(/<style|style="|<script>|onclick|https?:/);
  const loaded = [...page.matchAll(/(?:src|href)="(\/demo\/page[^"]+)"/g)].map(([, path = ""]) => path);
  expect(loaded).toHaveLength(2);
  for (const path of ["/demo", "/demo/", "/demo/site", ...loaded]) {
    const answer = await fetch(base + path);
    expect([path, answer.status]).toEqual([path, 200]);
    expect(answer.headers.get("content-security-policy"), path).toContain("default-src 'none'; script-src 'self'");
    expect(answer.headers.get("content-type"), path).toMatch(/^text\/(?:html|css|javascript); charset=utf-8$/);
  }
  for (const path of ["/demo/index.html", "/demo/constructor", "/demo/demoSite.ts"])
    expect((await fetch(base + path)).status, path).toBe(404);
});

test("the demo's state tells its pages what the job, the build and the demo's Netlify do", async () => {
  const base = await opened();
  const none = { job: { fails: false, running: false, calls: 0 }, mode: "build", live: null, deploy: null };
  expect(await stateOf(base)).toMatchObject(none);
  await post(`${base}/demo/push`);
  const deploy = { number: 1, state: "building", error: null, published: false };
  expect(await stateOf(base)).toMatchObject({ ...none, deploy });
});

test("the demo's job fails while its switch says so, and works again after that", async () => {
  const base = await opened();
  const call = async () => (await post(`${base}/demo/job`)).status;
  expect((await post(`${base}/demo/job/mode?mode=fail`)).status).toBe(200);
  expect(await call()).toBe(500);
  await post(`${base}/demo/job/mode?mode=work`);
  expect(await call()).toBe(200);
  expect(await stateOf(base)).toMatchObject({ job: { fails: false, running: false, calls: 2 } });
  for (const wrong of ["", "?mode=constructor"]) expect((await post(`${base}/demo/job/mode${wrong}`)).status).toBe(422);
  expect((await fetch(`${base}/demo/job/mode?mode=fail`)).status).toBe(422);
});
