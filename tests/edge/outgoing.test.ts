import { createServer, type RequestListener, type Server } from "node:http";
import { type AddressInfo, createServer as createRawServer } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { makeOutgoing } from "../../src/edge/outgoing/outgoing.ts";
import { refusedUrl } from "../../src/edge/outgoing/refusedUrl.ts";

const servers: Server[] = [];
const listen = async (listener: RequestListener): Promise<string> => {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

const never = new AbortController().signal;
const get = (url: string, deadline = 5000, signal = never, allowHttp = true) =>
  makeOutgoing(allowHttp).send({ method: "GET", url, headers: {}, deadline, signal });

describe("where calls may go", () => {
  test.each([
    "http://example.com/",
    "https://127.0.0.1/",
    "https://localhost/",
    "https://a.localhost/",
    "https://localhost./",
    "https://2130706433/",
    "https://0x7f000001/",
    "https://0177.0.0.1/",
    "https://127.1/",
    "https://0/",
    "https://0.0.0.0/",
    "https://10.0.0.1/",
    "https://172.16.0.1/",
    "https://192.168.1.1/",
    "https://169.254.169.254/latest/meta-data",
    "https://100.64.0.1/",
    "https://198.18.0.1/",
    "https://224.0.0.1/",
    "https://255.255.255.255/",
    "https://[::1]/",
    "https://[::]/",
    "https://[fe80::1]/",
    "https://[fc00::1]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[::ffff:10.0.0.1]/",
    "https://[64:ff9b::7f00:1]/",
    "https://user:secret@example.com/",
    "ftp://example.com/",
    "file:///etc/passwd",
    "javascript:alert(1)",
    "//example.com/",
    "not a url",
    "",
  ])("a call to %s is refused", (url) => {
    expect(refusedUrl(url, false)).not.toBeNull();
  });

  test.each(["https://example.com/x?y=1", "https://93.184.216.34/", "https://[2606:2800:220:1::1]/"])(
    "a call to %s is allowed",
    (url) => {
      expect(refusedUrl(url, false)).toBeNull();
    },
  );

  test("plain http goes to this machine alone, and only where that is allowed", () => {
    for (const url of ["http://localhost:8888/x", "http://127.0.0.1:1/", "http://[::1]:1/"]) {
      expect(refusedUrl(url, true)).toBeNull();
      expect(refusedUrl(url, false)).not.toBeNull();
    }
    expect(refusedUrl("http://example.com/", true)).not.toBeNull();
    expect(refusedUrl("http://10.0.0.1/", true)).not.toBeNull();
  });

  test("a refused address is not connected to, whatever is stored", async () => {
    let asked = 0;
    const url = await listen((_request, response) => {
      asked += 1;
      response.end();
    });
    expect(await get(url, 5000, never, false)).toMatchObject({
      kind: "silence",
      error: expect.stringContaining("not called"),
    });
    expect(asked).toBe(0);
  });
});

describe("every call is bounded", () => {
  test("an answer is read with its status, its location and at most 64 KB", async () => {
    const url = await listen((_request, response) => {
      response.writeHead(202, { location: "/jobs/1", "retry-after": "3" });
      response.end("x".repeat(200_000));
    });
    const result = await get(url);
    expect(result).toMatchObject({ kind: "answer", status: 202, location: "/jobs/1", retryAfter: "3" });
    expect(result.kind === "answer" && result.text.length).toBe(65_536);
  });

  test("a comparing call reads more of an answer, and learns when that is not all", async () => {
    const url = await listen((_request, response) => {
      response.end("x".repeat(200_000));
    });
    const read = async (maxBytes: number) => {
      const headers = {};
      const signal = new AbortController().signal;
      const answer = await makeOutgoing(true).send({ method: "GET", url, headers, deadline: 5000, maxBytes, signal });
      return answer.kind === "answer" ? [answer.text.length, answer.cut] : answer.error;
    };
    expect(await read(199_999)).toEqual([199_999, true]);
    expect(await read(200_000)).toEqual([200_000, false]);
  });

  test("every call has a connection of its own, so none is sent on one that died meanwhile", async () => {
    const connections = new Set<unknown>();
    const url = await listen((request, response) => {
      connections.add(request.socket);
      response.end("{}");
    });
    const outgoing = makeOutgoing(true);
    for (let call = 0; call < 3; call += 1) {
      expect(await outgoing.send({ method: "GET", url, headers: {}, deadline: 5000, signal: never })).toMatchObject({
        kind: "answer",
        status: 200,
      });
    }
    expect(connections.size).toBe(3);
  });

  test("a POST says how long its body is and is sent as it was given", async () => {
    const seen: unknown[] = [];
    const url = await listen(async (request, response) => {
      let body = "";
      for await (const chunk of request) body += String(chunk);
      const { "content-length": length, "transfer-encoding": coding, "user-agent": agent } = request.headers;
      seen.push([request.method, length, coding, agent, body]);
      response.end();
    });
    const sent = { url, deadline: 5000, signal: never };
    await makeOutgoing(true).send({ ...sent, method: "POST", headers: { "user-agent": "Own" }, body: "é" });
    await makeOutgoing(true).send({ ...sent, method: "POST", headers: {} });
    expect(seen).toEqual([
      ["POST", "2", undefined, "Own", "é"],
      ["POST", "0", undefined, "Layerhook", ""],
    ]);
  });

  test("an answer that breaks off in the middle, or whose headers never end, is no answer", async () => {
    const broken = await listen((_request, response) => {
      response.writeHead(200, { "content-length": "1000" });
      response.write("{", () => response.destroy());
    });
    expect(await get(broken)).toEqual({ kind: "silence", error: "the connection closed before the answer" });
    const wide = await listen((_request, response) => {
      response.writeHead(200, { "x-wide": "x".repeat(100_000) });
      response.end();
    });
    expect(await get(wide)).toMatchObject({ kind: "silence", error: expect.stringContaining("no answer") });
  });

  test.each([
    "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
    "HTTP/1.1 103 Early Hints\r\n\r\n",
    "no HTTP at all\r\n\r\n",
    "",
  ])("a server that answers %j is no answer, and is not waited for beyond the deadline", async (raw) => {
    const server = createRawServer((socket) => socket.once("data", () => socket.end(raw)));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    expect(await get(url, 2000)).toMatchObject({ kind: "silence" });
    server.close();
  });

  test("redirects are not followed", async () => {
    let asked = 0;
    const url = await listen((_request, response) => {
      asked += 1;
      response.writeHead(302, { location: "/elsewhere" });
      response.end();
    });
    expect(await get(url)).toMatchObject({ kind: "answer", status: 302 });
    expect(asked).toBe(1);
  });

  test("a server that never answers, or stalls in the middle, ends at the deadline", async () => {
    const silent = await listen(() => undefined);
    expect(await get(silent, 50)).toMatchObject({ kind: "silence", error: expect.stringContaining("timed out") });
    const stalling = await listen((_request, response) => {
      response.writeHead(200);
      response.write("{");
    });
    expect(await get(stalling, 50)).toMatchObject({ kind: "silence", error: expect.stringContaining("timed out") });
  });

  test("an aborted call ends at once", async () => {
    const abort = new AbortController();
    const url = await listen(() => abort.abort());
    expect(await get(url, 60_000, abort.signal)).toMatchObject({ kind: "silence" });
  });

  test("a refused connection is told in plain words, and that the request never left", async () => {
    const url = await listen(() => undefined);
    for (const server of servers.splice(0)) server.close();
    expect(await get(url)).toEqual({ kind: "silence", error: "the connection was refused", unsent: true });
  });
});
