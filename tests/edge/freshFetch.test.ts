import { createServer, type Server } from "node:http";
import { type AddressInfo, connect, createServer as createWire, type Socket, type Server as Wire } from "node:net";
import { afterEach, describe, expect, test, vi } from "vitest";
import { makeFreshFetch } from "../../src/edge/outgoing/freshFetch.ts";
import { readWake, sendWake } from "../../src/edge/outgoing/wake.ts";
import { BlobsStore } from "../../src/store/blobs.ts";

const open: (Server | Wire)[] = [];
const sockets = new Set<Socket>();
afterEach(() => {
  vi.unstubAllEnvs();
  vi.unstubAllGlobals();
  for (const socket of sockets) socket.destroy();
  for (const server of open.splice(0)) server.close();
});

const portOf = async (server: Server | Wire): Promise<number> => {
  open.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
};

type Death = "answers the first byte by a reset" | "swallows all that is sent" | "has closed its side";

/**
 * A server behind a wire whose standing connections can be killed as those of a frozen instance are: without the
 * instance being told.
 */
const world = async () => {
  const seen: string[] = [];
  const server = createServer({ keepAliveTimeout: 60_000 }, async (request, response) => {
    let body = "";
    for await (const chunk of request) body += String(chunk);
    seen.push(`${request.method} ${request.url} ${body}`);
    if (request.url?.includes("run-sync")) response.writeHead(202).end();
    else if (request.url?.includes("prefix=")) response.end('{"blobs":[]}');
    else response.writeHead(200, { etag: '"1"' }).end('{"v":1}');
  });
  const behind = await portOf(server);
  let dead: ReadonlySet<Socket> = new Set();
  let death: Death = "answers the first byte by a reset";
  const wire = createWire((socket) => {
    sockets.add(socket);
    const up = connect(behind, "127.0.0.1");
    sockets.add(up);
    socket.on("error", () => up.destroy());
    up.on("error", () => socket.destroy());
    up.on("data", (data) => socket.write(data));
    socket.on("data", (data) => {
      if (!dead.has(socket)) up.write(data);
      else if (death === "answers the first byte by a reset") socket.resetAndDestroy();
    });
    socket.on("close", () => up.destroy());
  });
  const origin = `http://127.0.0.1:${await portOf(wire)}`;
  const kill = (how: Death): void => {
    death = how;
    dead = new Set(sockets);
    if (how === "has closed its side") for (const socket of sockets) socket.end();
  };
  return { origin, seen, kill, standing: () => sockets.size };
};

const storeAt = (origin: string, fetcher: typeof globalThis.fetch) => {
  const context = { edgeURL: origin, uncachedEdgeURL: origin, siteID: "site", token: "token" };
  vi.stubEnv("NETLIFY_BLOBS_CONTEXT", Buffer.from(JSON.stringify(context)).toString("base64"));
  return new BlobsStore({ kind: "site", name: "layerhook" }, fetcher);
};

const deaths: readonly Death[] = [
  "answers the first byte by a reset",
  "swallows all that is sent",
  "has closed its side",
];

describe("connections that died while the instance was frozen", () => {
  test.each(deaths)("no call of the store or of the worker is lost on a connection that %s", async (how) => {
    const { origin, seen, kill } = await world();
    let now = 1_000_000;
    const fetcher = makeFreshFetch(() => now);
    const store = storeAt(origin, fetcher);
    for (let round = 0; round < 10; round += 1) {
      // Several connections stand when the instance is frozen.
      await Promise.all([store.read("layers/a"), store.read("layers/b"), store.list("layers/")]);
      kill(how);
      now += 60_000;
      await Promise.all([
        store.read("layers/a"),
        store.list("layers/"),
        store.remove("audit/a"),
        store.write("layers/a", "{}", '"1"'),
        sendWake(origin, "secret", { kind: "layer", id: "layer-one" }, now, fetcher),
      ]);
    }
    expect(seen.filter((line) => line.includes("run-sync"))).toHaveLength(10);
    expect(seen.filter((line) => line.startsWith("PUT"))).toHaveLength(10);
  });

  test("a connection that dies while it is in use costs a read one more try, however many others died with it", async () => {
    const { origin, kill } = await world();
    const store = storeAt(
      origin,
      makeFreshFetch(() => 0),
    );
    const three = () => Promise.all(["layers/a", "layers/b", "layers/c"].map((key) => store.read(key)));
    const found = { text: '{"v":1}', etag: '"1"' };
    await three();
    kill("answers the first byte by a reset");
    expect(await store.read("layers/a")).toEqual(found);
    await three();
    kill("answers the first byte by a reset");
    expect(await three()).toEqual([found, found, found]);
  });

  test("a connection that was used a moment ago is used again", async () => {
    const { origin, standing } = await world();
    const store = storeAt(
      origin,
      makeFreshFetch(() => 0),
    );
    await store.read("layers/a");
    const before = standing();
    for (let call = 0; call < 20; call += 1) await store.read("layers/a");
    expect(standing()).toBe(before);
  });
});

describe("a wake", () => {
  const secret = "a secret of the whole system";
  const target = { kind: "site", id: "site-one" } as const;

  test("a wake that fails in the network is sent once more, byte for byte", async () => {
    const bodies: string[] = [];
    await sendWake("https://site.test", secret, target, 5000, async (_url, init) => {
      bodies.push(String(init?.body));
      if (bodies.length === 1) throw new TypeError("fetch failed");
      return new Response(null, { status: 202 });
    });
    expect(bodies).toEqual([bodies[0], bodies[0]]);
    expect(readWake([secret], bodies[0] ?? "", 5000)).toEqual({ target, isRunAgain: false });
  });

  test("a wake that is answered with a refusal, or fails twice, is not sent again", async () => {
    let calls = 0;
    const answering = (answer: () => Response) => async () => {
      calls += 1;
      return answer();
    };
    const refused = sendWake(
      "https://site.test",
      secret,
      target,
      0,
      answering(() => new Response(null, { status: 500 })),
    );
    await expect(refused).rejects.toThrow("500");
    expect(calls).toBe(1);
    const broken = answering(() => {
      throw new TypeError("fetch failed");
    });
    await expect(sendWake("https://site.test", secret, target, 0, broken)).rejects.toThrow("fetch failed");
    expect(calls).toBe(3);
  });
});

test("a call carries the headers it is given and nothing of the request that causes it", async () => {
  let carried: string[] = [];
  const server = createServer(({ headers }, response) => {
    carried = Object.keys(headers).sort();
    response.writeHead(202).end();
  });
  const origin = `http://127.0.0.1:${await portOf(server)}`;
  // Netlify's runtime puts a fetch of its own in the place of the global one, which adds what the request carried.
  const own = globalThis.fetch;
  const looping: typeof fetch = (input, init) => own(input, { ...init, headers: { "cdn-loop": "netlify" } });
  vi.stubGlobal("fetch", looping);
  const target = { kind: "layer", id: "layer-0001" } as const;
  await sendWake(origin, "a-secret-of-thirty-two-characters", target, 0, makeFreshFetch(Date.now));
  expect(carried).toEqual(["connection", "content-length", "content-type", "host"]);
  server.closeAllConnections();
});

describe("an answer", () => {
  test("an answer comes with its status, headers and bytes, and a redirect is not followed", async () => {
    const server = createServer((request, response) => {
      if (request.url === "/moved") response.writeHead(302, { location: "/other" }).end();
      else if (request.url === "/none") response.writeHead(204).end();
      else response.writeHead(200, { "set-cookie": ["a=1", "b=2"], etag: '"x"' }).end(Buffer.from([0xc3, 0xa9]));
    });
    const origin = `http://127.0.0.1:${await portOf(server)}`;
    const fetcher = makeFreshFetch(Date.now);
    const found = await fetcher(`${origin}/`, { method: "get" });
    expect([found.status, found.headers.get("etag"), found.headers.getSetCookie()]).toEqual([
      200,
      '"x"',
      ["a=1", "b=2"],
    ]);
    expect(await found.text()).toBe("é");
    expect((await fetcher(`${origin}/moved`)).status).toBe(302);
    expect((await fetcher(`${origin}/none`, { method: "DELETE" })).status).toBe(204);
    server.closeAllConnections();
  });

  test("an answer that is an upgrade or no HTTP is a network error, at once", async () => {
    const upgrade = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
    for (const raw of [upgrade, "no HTTP at all\r\n\r\n", ""]) {
      const wire = createWire((socket) => socket.once("data", () => socket.end(raw)));
      const origin = `http://127.0.0.1:${await portOf(wire)}`;
      const asked = makeFreshFetch(Date.now)(origin, { signal: AbortSignal.timeout(5000) });
      await expect(asked).rejects.toMatchObject({ name: "TypeError" });
    }
  });

  test("an answer that does not come in time is an abort, and one from an unreachable server a network error", async () => {
    const server = createServer(() => undefined);
    const origin = `http://127.0.0.1:${await portOf(server)}`;
    const fetcher = makeFreshFetch(Date.now);
    await expect(fetcher(origin, { signal: AbortSignal.timeout(20) })).rejects.toMatchObject({ name: "TimeoutError" });
    server.closeAllConnections();
    await expect(fetcher("http://127.0.0.1:1/")).rejects.toMatchObject({ name: "TypeError" });
  });
});
