import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { connect } from "node:net";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { createDemoSite } from "../../src/dev/demo/demoSite.ts";
import { createGateway } from "../../src/dev/gateway.ts";
import { listen } from "../../src/dev/listen.ts";
import { publicHostOf } from "../../src/dev/refuseForeign.ts";
import { temporaryDirectory } from "./temporaryDirectory.ts";

/** The dev server with its demo and one function, which answers everywhere else. */
const opened = async (publicUrl?: string, directory = temporaryDirectory()) => {
  const answer = { status: 200, headers: [], body: Buffer.from("the function") };
  const invoke = () => ({ answer: Promise.resolve(answer), ended: Promise.resolve() });
  const matched = { name: "all", background: false, scheduled: false, invoke };
  const functions = { warm: () => {}, match: () => matched, names: [], scheduled: [], close: async () => {} };
  const background = { start: () => {}, close: () => {} };
  const nobody = async (): Promise<boolean> => false;
  const report = (): void => {};
  let gateway: ReturnType<typeof createGateway> | undefined;
  const listening = await listen((...asked) => gateway?.(...asked), "0");
  onTestFinished(() => listening.close());
  const base = `http://localhost:${listening.port}`;
  const before = createDemoSite({ directory, base, report });
  gateway = createGateway({
    functions,
    background,
    before,
    after: nobody,
    publicHost: publicHostOf(publicUrl),
    report,
  });
  const hooks = (): unknown => JSON.parse(readFileSync(join(directory, "netlify.json"), "utf8")).hooks;
  return { base, port: listening.port, hooks };
};

/** A service of this machine that nobody else may reach; the requests that reached it. */
const internalService = async () => {
  const reached: string[] = [];
  const server = createServer((request, response) => {
    reached.push(`${request.method} ${request.url}`);
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return { url: `http://127.0.0.1:${address.port}`, reached };
};

/** The statuses of what is sent over one connection, which ends with the last. */
const statuses = (port: number, requests: readonly string[]): Promise<string[]> =>
  new Promise((resolve, reject) => {
    let heard = "";
    const socket = connect({ host: "127.0.0.1", port });
    socket.on("data", (chunk) => (heard += String(chunk)));
    socket.on("end", () => resolve([...heard.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status = ""]) => status)));
    socket.on("error", reject);
    socket.write(requests.join(""));
    socket.end();
  });

/** What a browser adds to a request that a page elsewhere makes. */
const FOREIGN: readonly Record<string, string>[] = [
  { origin: "https://evil.example" },
  { origin: "null" },
  { origin: "http://localhost:1" },
  { "sec-fetch-site": "cross-site" },
  { "sec-fetch-site": "same-site" },
];
const hookOf = (url: string, event = "deploy_building") =>
  JSON.stringify({ type: "url", event, data: { url, signature_secret: "a-secret" } });

test.each(FOREIGN)(
  "a web page elsewhere (%o) changes nothing below /demo and makes the server call nobody",
  async (headers) => {
    const { base, hooks } = await opened();
    const inside = await internalService();
    const at = `${base}/demo/netlify/api/v1/hooks?site_id=demo-site`;
    const own = `${base}/hooks/deploys/the-site`;
    expect((await fetch(at, { method: "POST", body: hookOf(own) })).status).toBe(201);
    const before = hooks();
    const ask = (path: string, body?: string, method = "POST") =>
      fetch(`${base}${path}`, { method, headers, ...(body === undefined ? {} : { body }) });
    const answers = [
      await ask("/demo/netlify/api/v1/hooks?site_id=demo-site", hookOf(`${inside.url}/admin?do=it`)),
      await ask("/demo/netlify/api/v1/hooks?site_id=demo-site", hookOf(`${base}/hooks/deploys/other`)),
      await ask("/DEMO/push"),
      ...(await Promise.all(
        ["/demo/push", "/demo/job", "/demo/job/mode?mode=fail", "/demo/build_hooks/demo-site"].map((path) => ask(path)),
      )),
      await ask("/demo/push", undefined, "PUT"),
    ];
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 403));
    expect(await answers[0]?.json()).toMatchObject({ code: "FOREIGN_ORIGIN", status: 403 });
    expect(hooks()).toEqual(before);
    expect(inside.reached).toEqual([]);
  },
);

test("a publish webhook takes a delivery whatever page or program sends it", async () => {
  const { base } = await opened();
  for (const headers of [{}, ...FOREIGN]) {
    const sent = await fetch(`${base}/hooks/data_layer/data_source/publish/demo-layer`, { method: "POST", headers });
    expect([sent.status, await sent.text()]).toEqual([200, "the function"]);
  }
});

test("the demo takes what programs and its own pages send", async () => {
  const { base, port } = await opened();
  const push = (headers: Record<string, string>, at = base) => fetch(`${at}/demo/push`, { method: "POST", headers });
  expect((await push({})).status).toBe(201);
  expect((await push({ origin: base, "sec-fetch-site": "same-origin" })).status).toBe(201);
  const numbers = `http://127.0.0.1:${port}`;
  expect((await push({ origin: numbers, "sec-fetch-site": "none" }, numbers)).status).toBe(201);
});

test("the demo's Netlify calls this server alone, whatever address is registered or was kept", async () => {
  const inside = await internalService();
  const directory = temporaryDirectory();
  const kept = {
    site_id: "demo-site",
    event: "deploy_building",
    data: { url: `${inside.url}/kept`, signature_secret: "s" },
  };
  writeFileSync(join(directory, "netlify.json"), JSON.stringify({ deploys: [], hooks: [kept], locked: [] }));
  const { base, hooks } = await opened(undefined, directory);
  const register = (url: string, site = "other-site") =>
    fetch(`${base}/demo/netlify/api/v1/hooks?site_id=${site}`, { method: "POST", body: hookOf(url) });
  for (const url of [inside.url, `${base}@${inside.url.slice(7)}/x`, "file:///etc/passwd", "https://localhost/x"]) {
    expect((await register(url)).status, url).toBe(422);
  }
  const sideways = `${base}//${inside.url.slice(7)}/sideways`;
  expect((await register(sideways)).status).toBe(201);
  const called = vi.spyOn(globalThis, "fetch");
  onTestFinished(() => void called.mockRestore());
  for (const site of ["demo-site", "other-site"]) {
    await fetch(`${base}/demo/build_hooks/${site}`, { method: "POST" });
  }
  await vi.waitFor(() => expect(called.mock.calls.length).toBe(4));
  expect(called.mock.calls.map(([url]) => new URL(String(url)).origin)).toEqual([base, base, base, base]);
  expect(inside.reached).toEqual([]);
  expect(hooks()).toHaveLength(2);
});

const HOSTS = [
  "evil.example",
  "evil.example:80",
  "localhost.evil.example",
  "127.0.0.1.nip.io",
  "10.0.0.7",
  "localhost.",
];

test.each(["/hooks/data_layer/data_source/publish/demo-layer", "/api/v1/health", "/demo/site", "/", "/x"])(
  "a name that only leads here is answered 421 at %s, with any method, on a connection in use and in an upgrade",
  async (path) => {
    const { port } = await opened();
    for (const host of HOSTS) {
      const line = (method: string) => `${method} ${path} HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 0\r\n\r\n`;
      const sound = `GET /api/v1/health HTTP/1.1\r\nHost: localhost:${port}\r\n\r\n`;
      expect(await statuses(port, [sound, line("GET"), line("POST"), sound]), host).toEqual([
        "200",
        "421",
        "421",
        "200",
      ]);
      const upgrade = `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`;
      expect(await statuses(port, [upgrade]), host).toEqual(["421"]);
      expect(await statuses(port, [`GET ${path} HTTP/1.0\r\nHost: ${host}\r\n\r\n`]), host).toEqual(["421"]);
      const whole = `GET http://${host}${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`;
      expect(await statuses(port, [whole]), host).toEqual(["421"]);
    }
  },
);

test("this machine's names are accepted with any port, and HTTP/1.0 without a name", async () => {
  const { port } = await opened();
  for (const host of ["localhost", `localhost:${port}`, "127.0.0.1:9", "[::1]:8888", "LOCALHOST"]) {
    expect(await statuses(port, [`GET /x HTTP/1.1\r\nHost: ${host}\r\n\r\n`]), host).toEqual(["200"]);
  }
  expect(await statuses(port, ["GET /x HTTP/1.0\r\n\r\n"])).toEqual(["200"]);
});

test("the name in LAYERHOOK_PUBLIC_URL is served beside them, so that a tunnel or a container can call", async () => {
  const { port } = await opened("https://tunnel.example/");
  const asked = (host: string) => statuses(port, [`POST /x HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 0\r\n\r\n`]);
  expect(await asked("tunnel.example")).toEqual(["200"]);
  expect(await asked("other.example")).toEqual(["421"]);
});
