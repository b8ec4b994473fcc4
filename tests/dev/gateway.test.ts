import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { PROBLEMS_PAGE, problemCodes } from "../../src/contract/problemCodes.ts";
import { createBackgroundRuns } from "../../src/dev/functions/backgroundRuns.ts";
import { type Functions, startFunctions } from "../../src/dev/functions/functions.ts";
import { createGateway } from "../../src/dev/gateway.ts";
import { type Listening, listen } from "../../src/dev/listen.ts";

const SOURCES = {
  "echo.ts": `export default async (request, context) => {
    const headers = new Headers({ "x-nf-fetch-timing": "many" });
    headers.append("set-cookie", "a=1"); headers.append("set-cookie", "b=2");
    const body = Buffer.from(await request.arrayBuffer());
    const size = body.length, hex = body.subarray(0, 64).toString("hex");
    const event = request.headers.get("x-nf-event");
    return Response.json({ url: request.url, size, hex, event, ip: context.ip, params: context.params }, { headers });
  };
  export const config = { path: ["/hooks/:id", "/echo/*"] };`,
  "slow.ts": `import { appendFileSync } from "node:fs";
  export default async (request) => {
    const file = await request.text();
    appendFileSync(file, "began;");
    await new Promise((resolve) => setTimeout(resolve, 300));
    appendFileSync(file, "ended;");
    return new Response("done");
  };
  export const config = { path: "/slow" };`,
  "work.ts": `import { appendFileSync } from "node:fs";
  export default async (request) => {
    appendFileSync(await request.text(), "run;");
    throw new Error("broken");
  };
  export const config = { path: "/work", background: true };`,
  "tick.ts": `export default async () => new Response("ticked"); export const config = { schedule: "* * * * *" };`,
  "broken.ts": "export default async () => {",
};

let root = "";
let base = "";
let functions: Functions;
let listening: Listening;
const lines: string[] = [];
const report = (line: string): void => {
  lines.push(line);
};

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "layerhook-dev-"));
  const directory = join(root, "netlify", "functions");
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(root, "package.json"), JSON.stringify({ type: "module" }));
  symlinkSync(fileURLToPath(new URL("../../node_modules", import.meta.url)), join(root, "node_modules"), "junction");
  for (const [name, source] of Object.entries(SOURCES)) writeFileSync(join(directory, name), source);
  functions = await startFunctions({ root, output: join(root, "out"), report });
  const background = createBackgroundRuns(report, [20, 40]);
  const nothing = async (): Promise<boolean> => false;
  listening = await listen(
    createGateway({ functions, background, before: nothing, after: nothing, publicHost: null, report }),
    "0",
  );
  base = `http://localhost:${listening.port}`;
});
afterAll(async () => {
  await listening.close();
  await functions.close();
  rmSync(root, { recursive: true, force: true, maxRetries: 5 });
});

const post = (path: string, body?: Uint8Array<ArrayBuffer> | string, headers: Record<string, string> = {}) =>
  fetch(`${base}${path}`, { method: "POST", headers, ...(body === undefined ? {} : { body }) });

test("a function that cannot be built is named and keeps no other from working", () => {
  expect(lines.some((line) => line.includes("broken"))).toBe(true);
  expect([...functions.names].sort()).toEqual(["echo", "slow", "tick", "work"]);
});

test.each(["text/plain", "application/json", "application/octet-stream"])(
  "bytes sent as %s arrive as they are",
  async (type) => {
    const answer = await post("/hooks/a", new Uint8Array([0xff, 0xfe, 0, 0xef, 0xbb, 0xbf]), { "content-type": type });
    expect(await answer.json()).toMatchObject({ size: 6, hex: "fffe00efbbbf" });
  },
);

test("path and query arrive as they were sent", async () => {
  const answer = await post("/echo/a%2Fb//c?x=%41&y=a+b&x=");
  expect(await answer.json()).toMatchObject({ url: `${base}/echo/a%2Fb//c?x=%41&y=a+b&x=`, size: 0, ip: "127.0.0.1" });
});

test.each([
  ["user:pass@localhost", "/echo/a"],
  ["localhost/echo/b?", "/slow"],
  ["localhost#", "/echo/a"],
  ["a\\b", "/echo/a"],
  ["localhost", "http://user:pass@localhost/echo/a"],
  ["localhost", "ftp://localhost/echo/a"],
])("a Host that is more than a host, and a URL that is not one of ours, lead nowhere: %s %s", async (host, path) => {
  const status = await new Promise((resolve, reject) => {
    const sent = request({ port: listening.port, path, headers: { host } }, (answer) => resolve(answer.statusCode));
    sent.on("error", reject).end();
  });
  expect(status).toBe(400);
});

test("an outsider cannot pretend to be the platform, and the platform's own answer headers stay inside", async () => {
  const answer = await post("/hooks/a", "", { "x-nf-event": "schedule", "x-nf-client-connection-ip": "8.8.8.8" });
  expect(await answer.json()).toMatchObject({ event: null });
  expect([...answer.headers.keys()].filter((name) => name.startsWith("x-nf-"))).toEqual([]);
  expect(answer.headers.getSetCookie()).toEqual(["a=1", "b=2"]);
});

test("a webhook of any size reaches its function; elsewhere six megabytes are the limit", async () => {
  const big = new Uint8Array(10_000_000);
  expect(await (await post("/hooks/a", big)).json()).toMatchObject({ size: 10_000_000 });
  const refused = await post("/echo/a", big);
  expect(refused.status).toBe(413);
  expect(refused.headers.get("content-type")).toBe("application/problem+json");
  expect((await post("/work", new Uint8Array(256 * 1024 + 1))).status).toBe(413);
});

test("two hundred webhooks at once are all answered", async () => {
  const answers = await Promise.all(Array.from({ length: 200 }, () => post("/hooks/a", "x")));
  expect(answers.every(({ status }) => status === 200)).toBe(true);
});

test("a client that goes away does not end its function", async () => {
  const file = join(root, "slow.log");
  writeFileSync(file, "");
  const abort = new AbortController();
  const gone = fetch(`${base}/slow`, { method: "POST", body: file, signal: abort.signal });
  await vi.waitFor(() => expect(readFileSync(file, "utf8")).toBe("began;"), { timeout: 5000, interval: 10 });
  abort.abort();
  await expect(gone).rejects.toThrow();
  await vi.waitFor(() => expect(readFileSync(file, "utf8")).toBe("began;ended;"), { timeout: 5000, interval: 10 });
});

test("a background call is answered at once, and what throws is run three times in all", async () => {
  const file = join(root, "work.log");
  const answer = await post("/work", file);
  expect([answer.status, await answer.text()]).toEqual([202, ""]);
  await vi.waitFor(() => expect(lines.some((line) => line.includes("no retry"))).toBe(true), { timeout: 5000 });
  expect(readFileSync(file, "utf8")).toBe("run;run;run;");
  expect((await fetch(`${base}/work`)).status).toBe(403);
});

test("a scheduled function cannot be reached from outside, only by the clock", async () => {
  expect((await post("/.netlify/functions/tick")).status).toBe(404);
  expect((await post("/.netlify/functions/TICK/")).status).toBe(404);
  expect(functions.scheduled.map(({ name }) => name)).toEqual(["tick"]);
});

test("a problem of the gateway itself is registered, as one of a function is", async () => {
  const answers = [
    await post("/nothing"),
    await fetch(`${base}/work`),
    await post("/echo/a", new Uint8Array(7_000_000)),
  ];
  const told = await Promise.all(
    answers.map(async (answer) => {
      const { type, status, code, detail } = await answer.json();
      const [, about] =
        Object.entries<{ statuses: readonly number[] }>(problemCodes).find(([key]) => key === code) ?? [];
      expect(about?.statuses).toContain(status);
      expect(type).toBe(`${PROBLEMS_PAGE}#${code.toLowerCase()}`);
      expect(detail).not.toBe("");
      return [answer.status, code];
    }),
  );
  expect(told).toEqual([
    [404, "ROUTE_NOT_FOUND"],
    [403, "METHOD_NOT_ALLOWED"],
    [413, "BODY_TOO_LARGE"],
  ]);
});

test("a publish address asked with TRACE says in a problem that it takes POST alone", async () => {
  const [status, type, allow] = await new Promise<unknown[]>((resolve, reject) => {
    const sent = request({ port: listening.port, path: "/hooks/a", method: "TRACE" }, (answer) => {
      answer.resume();
      resolve([answer.statusCode, answer.headers["content-type"], answer.headers.allow]);
    });
    sent.on("error", reject).end();
  });
  expect([status, type, allow]).toEqual([405, "application/problem+json", "POST"]);
});

test("an edited function is used without a restart", async () => {
  const source = `export default async () => new Response("edited"); export const config = { path: "/slow" };`;
  writeFileSync(join(root, "netlify", "functions", "slow.ts"), source);
  await vi.waitFor(async () => expect(await (await post("/slow", join(root, "x"))).text()).toBe("edited"), {
    timeout: 8000,
  });
});
