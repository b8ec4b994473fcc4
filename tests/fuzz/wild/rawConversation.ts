import { connect } from "node:net";
import fc from "fast-check";

/** Bytes on their way to a server, in Latin-1; long ones as a beginning and how often it comes. */
export type Raw = string | { readonly text: string; readonly times: number };

/** What one client sends over one connection, and how it leaves. */
export interface Conversation {
  readonly requests: readonly {
    readonly line: readonly Raw[];
    readonly headers: readonly Raw[];
    readonly body: Raw;
    readonly lineEnd: string;
  }[];
  /** The bytes come in as many parts. */
  readonly parts: number;
  /** Waits to be answered, says that nothing more comes, or is gone. */
  readonly leaves: "waits" | "half-closes" | "is-gone";
}

const text = (raw: Raw): string => (typeof raw === "string" ? raw : raw.text.repeat(raw.times));

const bytesOf = ({ requests }: Conversation): Buffer =>
  Buffer.from(
    requests
      .map(({ line, headers, body, lineEnd }) =>
        [line.map(text).join(" "), ...headers.map(text), "", text(body)].join(lineEnd),
      )
      .join(""),
    "latin1",
  );

const methods = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom<Raw>("GET", "GET", "GET", "POST", "POST", "POST", "HEAD", "DELETE", "PATCH"),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom<Raw>("PUT", "OPTIONS", "TRACE", "CONNECT", "QUERY", "M-SEARCH", "PRI", "PROPFIND"),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom<Raw>("", "get", "GET\0", "G\tT", "é", "POST\r\nx: y", { text: "A", times: 9000 }),
  },
);

const forms: readonly ((path: string) => Raw)[] = [
  (path) => path,
  (path) => path,
  (path) => path,
  (path) => path,
  (path) => `${path}/`,
  (path) => `http://localhost${path}`,
  (path) => `http://user:pass@localhost${path}`,
  (path) => `HTTPS://[::1]:1${path}`,
  (path) => `ftp://localhost${path}`,
  (path) => `//elsewhere${path}`,
  (path) => `${path}?source=%00&source=%zz&limit=1e9`,
  (path) => `${path}#x`,
  (path) => `${path}/%2e%2e/%00`,
  (path) => `${path}/..;/x`,
  (path) => `${path}\\..\\x`,
  (path) => ({ text: `${path}/`, times: 300 }),
];
const strayTargets = fc.constantFrom<Raw>(
  "*",
  "",
  "/",
  "/%zz",
  "/%ff",
  "/%00",
  "/\0",
  "/é",
  "/../../../etc/passwd",
  "/%2e%2e/%2e%2e/etc/passwd",
  "/@fs/etc/passwd",
  "/@id/x%00",
  "/index.html?raw??",
  "http://",
  "http://[::1",
  "data:text/plain,x",
  "javascript:x",
  "localhost:80",
  "?",
  "#",
  { text: "/a", times: 10_000 },
  { text: "%41", times: 2000 },
);

const versions = fc.oneof(
  { weight: 12, arbitrary: fc.constant("HTTP/1.1") },
  {
    weight: 1,
    arbitrary: fc.constantFrom("HTTP/1.0", "HTTP/0.9", "HTTP/2.0", "HTTP/1.1 x", "", "http/1.1", "HTTP/1.10"),
  },
);

const hosts = fc.oneof(
  { weight: 3, arbitrary: fc.constant("Host: localhost") },
  {
    weight: 1,
    arbitrary: fc.constantFrom<Raw>(
      "Host: user:pass@localhost",
      "Host: localhost/api/v1/health?",
      "Host: localhost#",
      "Host: a b",
      "Host:",
      "Host: [::1",
      "Host: %00",
      "Host: \xe9",
      "Host: a\r\nHost: b",
      "Host: localhost:99999",
      { text: "Host: a\r\n", times: 40 },
      "X-No-Host: 1",
    ),
  },
);

const otherHeaders = fc.constantFrom<Raw>(
  "Content-Length: 2",
  "Content-Length: 2",
  "Content-Length: 0",
  "Content-Length: 5",
  "Content-Length: -1",
  "Content-Length: 1e3",
  "Content-Length: 2, 2",
  "Content-Length: 0x2",
  "Content-Length: 99999999999999999999",
  "Content-Length: 2\r\nContent-Length: 3",
  "Transfer-Encoding: chunked",
  "Transfer-Encoding: chunked",
  "Transfer-Encoding: chunked\r\nContent-Length: 2",
  "Transfer-Encoding: identity, chunked",
  "Transfer-Encoding: chunked, chunked",
  "Transfer-Encoding: xchunked",
  "Transfer-Encoding : chunked",
  "Connection: close",
  "Connection: keep-alive, Upgrade",
  "Connection: content-length",
  "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: x\r\nSec-WebSocket-Version: 13",
  "Upgrade: h2c",
  "Expect: 100-continue",
  "Expect: wonders",
  "Authorization: Bearer fuzz-owner-token-0123456789",
  "Authorization: Bearer \x80\xff",
  "Content-Type: application/json",
  "Content-Encoding: gzip",
  "X-Nf-Event: schedule",
  "x-nf-client-connection-ip: 1.2.3.4",
  "x-connect-data-source: \xff\xfe, blog",
  "If-None-Match: *",
  "Range: bytes=0-1",
  "TE: trailers\r\nTrailer: x-injected",
  "__proto__: x",
  "constructor: x",
  "Cookie: a=b; \x01",
  "x\0y: z",
  "no colon",
  ": nameless",
  " folded: line",
  "x: a\nx-injected: 1",
  "x: a\rx-injected: 1",
  { text: "x: y\r\n", times: 300 },
  { text: "long: ", times: 4000 },
);

const bodies = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom<Raw>("", "{}", "{}") },
  {
    weight: 3,
    arbitrary: fc.constantFrom<Raw>(
      "2\r\n{}\r\n0\r\n\r\n",
      "2;ext=1\r\n{}\r\n0\r\nx-injected: 1\r\n\r\n",
      "zz\r\n{}\r\n0\r\n\r\n",
      "-1\r\n{}\r\n",
      "FFFFFFFFFFFFFFFFFF\r\n{}",
      "2\n{}\n0\n\n",
      "5\r\n{}\r\n0\r\n\r\n",
      { text: "1\r\nx\r\n", times: 500 },
      { text: "[", times: 20_000 },
      "\0\0\0\0",
      "\xff\xfe",
      '{"target":"layer/fuzzed-layer","at":1,"mac":""}',
      "GET /api/v1/health HTTP/1.1\r\nHost: x\r\n\r\n",
    ),
  },
  {
    weight: 1,
    arbitrary: fc
      .array(fc.integer({ min: 0, max: 255 }), { maxLength: 60 })
      .map((codes) => String.fromCharCode(...codes)),
  },
);

/** Conversations that begin as they should and go wrong somewhere: most requests have a place to go and a body to read. */
export const conversation = (paths: readonly string[]): fc.Arbitrary<Conversation> => {
  const target = fc.oneof(
    {
      weight: 5,
      arbitrary: fc.tuple(fc.constantFrom(...paths), fc.constantFrom(...forms)).map(([path, form]) => form(path)),
    },
    { weight: 1, arbitrary: strayTargets },
  );
  // Most wrong headers end a request at once: what lies behind is met without.
  const headers = fc.oneof(
    { weight: 1, arbitrary: fc.constant<Raw[]>([]) },
    { weight: 1, arbitrary: fc.array(otherHeaders, { minLength: 1, maxLength: 3 }) },
  );
  const request = fc.record({
    line: fc.tuple(methods, target, versions),
    headers: fc.tuple(hosts, headers).map(([host, others]) => [host, ...others]),
    body: bodies,
    lineEnd: fc.oneof(
      { weight: 15, arbitrary: fc.constant("\r\n") },
      { weight: 1, arbitrary: fc.constantFrom("\n", "\r") },
    ),
  });
  return fc.record({
    requests: fc.array(request, { minLength: 1, maxLength: 3 }),
    parts: fc.constantFrom(1, 1, 1, 2, 7),
    leaves: fc.constantFrom("waits", "waits", "waits", "half-closes", "is-gone"),
  });
};

/** A server that has nothing to say for so long is waiting for more (ms). */
const QUIET = 150;
const LONGEST = 8000;

/** Has a conversation; gives all that the server said. */
export const converse = (port: number, said: Conversation): Promise<string> =>
  new Promise((resolve) => {
    const bytes = bytesOf(said);
    const socket = connect({ host: "127.0.0.1", port, allowHalfOpen: true });
    let heard = "";
    let quiet: NodeJS.Timeout | undefined;
    const end = (): void => {
      clearTimeout(quiet);
      clearTimeout(longest);
      socket.destroy();
      resolve(heard);
    };
    const wait = (): void => {
      clearTimeout(quiet);
      quiet = setTimeout(end, QUIET);
    };
    const longest = setTimeout(end, LONGEST);
    socket.on("data", (chunk) => {
      heard += chunk.toString("latin1");
      wait();
    });
    socket.on("error", end);
    socket.on("end", end);
    socket.on("connect", () => {
      const size = Math.ceil(bytes.length / said.parts);
      for (let at = 0; at < bytes.length; at += size) socket.write(bytes.subarray(at, at + size));
      if (said.leaves === "half-closes") socket.end();
      if (said.leaves === "is-gone") socket.write("", end);
      wait();
    });
  });
