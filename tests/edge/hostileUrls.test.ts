import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { makeOutgoing, type Resolve } from "../../src/edge/outgoing/outgoing.ts";
import { rangeOf, refusedUrl } from "../../src/edge/outgoing/refusedUrl.ts";

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

/** A server on this machine that counts who comes. */
const listening = async () => {
  const came: string[] = [];
  const server = createServer((request, response) => {
    came.push(request.headers.host ?? "");
    response.end("{}");
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address() as AddressInfo;
  return { port: address.port, came };
};

const hostile: readonly (readonly [what: string, url: string])[] = [
  ["loopback", "https://127.0.0.1/"],
  ["loopback, not the first", "https://127.255.255.254/"],
  ["loopback in decimal", "https://2130706433/"],
  ["loopback in octal", "https://0177.0.0.01/"],
  ["loopback in hex", "https://0x7f.0.0.1/"],
  ["loopback in one hex number", "https://0x7F000001/"],
  ["loopback, mixed", "https://127.0x1/"],
  ["loopback, shortened", "https://127.1/"],
  ["loopback with a dot behind", "https://127.0.0.1./"],
  ["loopback in circled digits", "https://①②⑦.⓪.⓪.①/"],
  ["loopback in wide digits and dots", "https://１２７。０。０。１/"],
  ["loopback, percent-encoded", "https://%31%32%37.0.0.1/"],
  ["this machine by name", "https://localhost/"],
  ["this machine in capitals", "https://LOCALHOST/"],
  ["this machine with a dot behind", "https://localhost./"],
  ["this machine with two dots behind", "https://localhost../"],
  ["a name below localhost", "https://evil.localhost/"],
  ["this machine at another port", "https://localhost:8443/"],
  ["the unspecified address", "https://0.0.0.0/"],
  ["zero", "https://0/"],
  ["the first network", "https://0.1.2.3/"],
  ["private, class A", "https://10.1.2.3/"],
  ["private in octal", "https://012.1.2.3/"],
  ["private in decimal", "https://167772161/"],
  ["private, class B", "https://172.31.255.255/"],
  ["private, class C", "https://192.168.0.1/"],
  ["shared by a carrier (CGNAT)", "https://100.64.0.1/"],
  ["Alibaba's metadata", "https://100.100.100.200/latest/meta-data/"],
  ["metadata of AWS, Google and Azure", "https://169.254.169.254/latest/meta-data/iam/security-credentials/"],
  ["metadata in decimal", "https://2852039166/"],
  ["metadata in octal", "https://0251.0376.0251.0376/"],
  ["metadata in hex", "https://0xa9fea9fe/"],
  ["metadata inside IPv6", "https://[::ffff:169.254.169.254]/"],
  ["metadata inside IPv6, in hex", "https://[::ffff:a9fe:a9fe]/"],
  ["AWS's metadata in IPv6", "https://[fd00:ec2::254]/"],
  ["AWS's task credentials", "https://169.254.170.2/v2/credentials"],
  ["Oracle's metadata", "https://192.0.0.192/opc/v1/instance/"],
  ["Azure's services for its machines", "https://168.63.129.16/machine"],
  ["Google's metadata by name", "https://metadata.google.internal/computeMetadata/v1/"],
  ["Google's metadata by its short name", "https://metadata/"],
  ["a name of one word", "https://intranet/"],
  ["a neighbour in the network", "https://printer.local/"],
  ["a container's host", "https://host.docker.internal/"],
  ["a name at home", "https://router.home.arpa/"],
  ["for tests of speed", "https://198.18.0.1/"],
  ["for documentation", "https://203.0.113.7/"],
  ["a multicast", "https://224.0.0.251/"],
  ["a broadcast", "https://255.255.255.255/"],
  ["reserved", "https://240.0.0.1/"],
  ["6to4 relays", "https://192.88.99.1/"],
  ["IPv6 loopback", "https://[::1]/"],
  ["IPv6 loopback in full", "https://[0000:0000:0000:0000:0000:0000:0000:0001]/"],
  ["IPv6 unspecified", "https://[::]/"],
  ["IPv4 inside IPv6", "https://[::ffff:127.0.0.1]/"],
  ["IPv4 inside IPv6, the older way", "https://[::127.0.0.1]/"],
  ["private IPv4 inside IPv6, the older way", "https://[::10.0.0.1]/"],
  ["IPv4 translated", "https://[::ffff:0:10.0.0.1]/"],
  ["IPv4 behind NAT64", "https://[64:ff9b::10.0.0.1]/"],
  ["IPv4 behind a local NAT64", "https://[64:ff9b:1::a00:1]/"],
  ["IPv4 behind 6to4", "https://[2002:a00:1::]/"],
  ["IPv4 behind Teredo", "https://[2001:0:a00:1::]/"],
  ["IPv6 link-local", "https://[fe80::1]/"],
  ["IPv6 unique-local", "https://[fc00::1]/"],
  ["IPv6 site-local", "https://[fec0::1]/"],
  ["IPv6 multicast", "https://[ff02::1]/"],
  ["IPv6 documentation", "https://[2001:db8::1]/"],
  ["IPv6 to be dropped", "https://[100::1]/"],
  ["IPv6 that nobody was given", "https://[4000::1]/"],
  ["a name as the user, an address as the host", "https://api.netlify.com@127.0.0.1/"],
  ["credentials", "https://user:secret@example.com/"],
  ["a backslash that becomes a slash", "https://127.0.0.1\\@example.com/"],
  ["a tab inside", "https://127.0.\t0.1/"],
  ["plain http", "http://example.com/"],
  ["another scheme", "gopher://127.0.0.1:6379/_INFO"],
  ["a file", "file:///etc/passwd"],
  ["data", "data:application/json,{}"],
];

describe("no call goes inside", () => {
  test("the table of hostile URLs is long enough", () => {
    expect(new Set(hostile.map(([, url]) => url)).size).toBeGreaterThanOrEqual(70);
  });

  test.each(hostile)("no call goes inside: %s: %s", async (_what, url) => {
    expect(refusedUrl(url, false)).not.toBeNull();
    const asked: string[] = [];
    const resolve: Resolve = async (hostname) => {
      asked.push(hostname);
      return [{ address: "93.184.216.34", family: 4 }];
    };
    const sent = await makeOutgoing(false, resolve).send({
      ...{ method: "GET", url, headers: {}, deadline: 1000, signal: new AbortController().signal },
    });
    expect(sent).toMatchObject({ kind: "silence", refused: true });
    expect(asked).toEqual([]);
  });

  test.each([
    ["https://api.netlify.com/build_hooks/1"],
    ["https://93.184.216.34/"],
    ["https://[2606:2800:220:1:248:1893:25c8:1946]/"],
    ["https://example.com:8443/"],
    ["https://internal.example.com/"],
    ["https://localhost.example.com/"],
    ["https://127.0.0.1.example.com/"],
    ["https://bücher.example/"],
  ])("a public address may be called: %s is not inside", (url) => {
    expect(refusedUrl(url, false)).toBeNull();
  });
});

describe("a name is resolved once, judged, and called where it was found", () => {
  const send = (url: string, resolve: Resolve, { allowHttp = false, deadline = 5000 } = {}) =>
    makeOutgoing(allowHttp, resolve).send({
      ...{ method: "GET", url, headers: {}, deadline, signal: new AbortController().signal },
    });
  const found = (...addresses: string[]): Resolve => {
    return async () => addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 }));
  };

  test.each([
    ["127.0.0.1"],
    ["10.0.0.1"],
    ["169.254.169.254"],
    ["100.64.0.1"],
    ["168.63.129.16"],
    ["::1"],
    ["::ffff:10.0.0.1"],
    ["fe80::1%eth0"],
    ["fd00:ec2::254"],
    ["64:ff9b::a00:1"],
    ["not an address"],
  ])("a name that leads to %s is not called, also as one of several", async (address) => {
    for (const addresses of [[address], ["93.184.216.34", address], [address, "93.184.216.34"]]) {
      expect(await send("https://job.example/", found(...addresses))).toEqual({
        kind: "silence",
        error: "not called: the host name resolves to a private or reserved address",
        refused: true,
      });
    }
  });

  test("a name that leads nowhere is not called", async () => {
    expect(await send("https://job.example/", found())).toMatchObject({ kind: "silence", refused: true });
    const error = Object.assign(new Error("no"), { code: "ENOTFOUND" });
    expect(await send("https://job.example/", () => Promise.reject(error))).toEqual({
      kind: "silence",
      error: "the host name does not resolve",
      unsent: true,
    });
  });

  test("a second look-up, which could be answered otherwise, is never made", async () => {
    const { port, came } = await listening();
    const answers = ["127.0.0.1", "10.0.0.1", "10.0.0.1"];
    let asked = 0;
    const rebinding: Resolve = async () => {
      asked += 1;
      return [{ address: answers[asked - 1] ?? "10.0.0.1", family: 4 }];
    };
    const sent = await send(`http://job.localhost:${port}/`, rebinding, { allowHttp: true });
    expect(sent).toMatchObject({ kind: "answer", status: 200 });
    expect([asked, came]).toEqual([1, [`job.localhost:${port}`]]);
  });

  test("a name that first leads inside is refused: the address that was judged is the one called", async () => {
    const { port, came } = await listening();
    const sent = await send(`https://job.example:${port}/`, found("127.0.0.1"), { allowHttp: true });
    expect(sent).toMatchObject({ kind: "silence", refused: true });
    expect(came).toEqual([]);
  });

  test("an answer that leads inside is not followed", async () => {
    const inside = await listening();
    const server = createServer((_request, response) => {
      response.writeHead(307, { location: `http://127.0.0.1:${inside.port}/` });
      response.end();
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const sent = await send(`http://localhost:${port}/`, found("127.0.0.1"), { allowHttp: true });
    expect(sent).toMatchObject({ kind: "answer", status: 307 });
    expect(inside.came).toEqual([]);
  });

  test("a name server that does not answer ends at the deadline as well", async () => {
    const sent = await send("https://job.example/", () => new Promise(() => undefined), { deadline: 50 });
    expect(sent).toMatchObject({ kind: "silence", error: expect.stringContaining("timed out") });
  });

  test("an address in an unknown form is none that may be called", () => {
    for (const text of ["", "localhost", "1.2.3", "::ffff:", "1.2.3.4.5"]) expect(rangeOf(text)).not.toBe("unicast");
  });
});
