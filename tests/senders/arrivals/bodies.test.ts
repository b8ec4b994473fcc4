import { brotliCompressSync, deflateRawSync, deflateSync, gunzipSync, gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { PARSED_BYTES, unpack } from "../../../src/edge/senders/body/decodeBody.ts";
import { LAYER, type Sent } from "../senderWorld.ts";
import { opened } from "./opened.ts";

const isPage = { only: [{ bodyPath: "type", in: ["page"] }] };
const JSON_TYPE = "application/json";
const FORM = "application/x-www-form-urlencoded";
const typed = (body: string | Buffer, type = JSON_TYPE, headers: Record<string, string> = {}): Sent => ({
  body,
  headers: { ...(type === "" ? {} : { "content-type": type }), ...headers },
});
const json = (type: string): string => JSON.stringify({ type, title: "Größe" });
const utf16be = (text: string): Buffer => Buffer.from(text, "utf16le").swap16();
const multipart = (...fields: [string, string][]): string =>
  [
    ...fields.map(([name, value]) => `--xyz\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`),
    "--xyz--\r\n",
  ].join("");

/** Bodies that say a type, in every form that is read. */
const forms: [string, (type: string) => Sent][] = [
  ["JSON", (type) => typed(json(type))],
  ["JSON without a content type", (type) => typed(json(type), "")],
  ["JSON as text", (type) => typed(json(type), "text/plain")],
  ["JSON as a form", (type) => typed(json(type), FORM)],
  ["JSON after a byte order mark", (type) => typed(`\ufeff${json(type)}`)],
  ["JSON in UTF-16 with a mark", (type) => typed(Buffer.from(`\ufeff${json(type)}`, "utf16le"))],
  ["JSON in UTF-16 without a mark", (type) => typed(Buffer.from(json(type), "utf16le"))],
  ["JSON in big-endian UTF-16 with a mark", (type) => typed(utf16be(`\ufeff${json(type)}`))],
  ["JSON in big-endian UTF-16, declared", (type) => typed(utf16be(json(type)), "application/json; charset=utf-16")],
  ["JSON in Latin-1", (type) => typed(Buffer.from(json(type), "latin1"), 'application/json; charset="ISO-8859-1"')],
  ["JSON in a JSON text", (type) => typed(JSON.stringify(json(type)))],
  ["gzip", (type) => typed(gzipSync(json(type)), JSON_TYPE, { "content-encoding": "gzip" })],
  ["gzip that no header names", (type) => typed(gzipSync(json(type)))],
  ["a header of gzip that a proxy left", (type) => typed(json(type), JSON_TYPE, { "content-encoding": "gzip" })],
  ["deflate", (type) => typed(deflateSync(json(type)), JSON_TYPE, { "content-encoding": "deflate" })],
  ["raw deflate", (type) => typed(deflateRawSync(json(type)), JSON_TYPE, { "content-encoding": "deflate" })],
  ["Brotli", (type) => typed(brotliCompressSync(json(type)), JSON_TYPE, { "content-encoding": "br" })],
  [
    "gzip in Brotli",
    (type) => typed(brotliCompressSync(gzipSync(json(type))), JSON_TYPE, { "content-encoding": "gzip, br" }),
  ],
  ["a field of a form that holds JSON", (type) => typed(`payload=${encodeURIComponent(json(type))}`, FORM)],
  ["the fields of a form", (type) => typed(`a=1&type=${type}`, `${FORM}; charset=utf-8`)],
  [
    "a field of multipart that holds JSON",
    (type) => typed(multipart(["x", "1"], ["data", json(type)]), "multipart/form-data; boundary=xyz"),
  ],
  [
    "the fields of multipart",
    (type) => typed(multipart(["x", "ö"], ["type", type]), 'multipart/form-data; boundary="xyz"'),
  ],
  [
    "a CloudEvent",
    (type) => typed(JSON.stringify({ specversion: "1.0", type, data: {} }), "application/cloudevents+json"),
  ],
  ["a CloudEvent in headers", (type) => typed('{"id":7}', JSON_TYPE, { "ce-specversion": "1.0", "ce-type": type })],
  ["a CloudEvent in headers alone", (type) => ({ headers: { "ce-specversion": "1.0", "ce-type": type } })],
  ["XML", (type) => typed(`<?xml version="1.0"?><entry><type>${type}</type></entry>`, "application/xml")],
];
/** XML has a root element, which its path begins with. */
const conditionFor = (name: string) => (name === "XML" ? { only: [{ bodyPath: "entry.type", in: ["page"] }] } : isPage);

describe("one reader of bodies", () => {
  test.each(forms)("a condition reads %s", async (name, sent) => {
    const world = await opened(conditionFor(name));
    const met = await (await world.send(sent("page"))).json();
    expect([met.outcome, met.warnings]).toEqual(["queued", []]);
    const other = await (await world.send(sent("asset"))).json();
    expect([other.outcome, other.code]).toEqual(["ignored", "FILTERED"]);
  });

  test.each(forms)("a secret is found in %s, and another one is refused", async (name, sent) => {
    const bodyPath = name === "XML" ? "entry.type" : "type";
    const world = await opened({ verification: { scheme: "body-secret", secret: "a-secret-in-a-body", bodyPath } });
    expect((await world.send(sent("a-secret-in-a-body"))).status).toBe(200);
    expect(await world.outcome(sent("a-secret-of-others"))).toEqual([401, "SIGNATURE_MISMATCH"]);
  });

  const nested: [string, string, Sent][] = [
    [
      "the data of a CloudEvent in base64",
      "data.type",
      typed(JSON.stringify({ specversion: "1.0", data_base64: Buffer.from(json("page")).toString("base64") })),
    ],
    ["names with brackets", "data.type", typed("data%5Btype%5D=page&data[id]=7", FORM)],
    ["a list of a form", "ids.1", typed("ids[]=7&ids[]=page", FORM)],
    ["an attribute of XML", "entry.kind", typed('<entry kind="page"><id>7</id></entry>', "text/xml")],
    [
      "the second element of XML",
      "list.item.1",
      typed("<list><item>a</item><item><![CDATA[page]]></item></list>", "text/xml"),
    ],
    ["the data of a CloudEvent in headers", "data.type", typed(json("page"), JSON_TYPE, { "ce-specversion": "1.0" })],
  ];
  test.each(nested)("a path leads into %s", async (_name, bodyPath, sent) => {
    const world = await opened({ only: [{ bodyPath, in: ["page"] }] });
    expect((await (await world.send(sent)).json()).warnings).toEqual([]);
    const other = await opened({ only: [{ bodyPath, in: ["none"] }] });
    expect((await (await other.send(sent)).json()).code).toBe("FILTERED");
  });
});

const gunzipped = (bytes: Buffer): Buffer => {
  try {
    return gunzipSync(bytes);
  } catch {
    return bytes;
  }
};

const isJsonObject = (text: string): boolean => {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null;
  } catch {
    return false;
  }
};

/** Bodies that cannot be read, or not for sure. */
const unreadable: [string, Sent][] = [
  ["broken JSON as a form", typed('{"event":"items.update","keys":"["1"]"}', FORM)],
  ["a form with a broken payload", typed(`payload=${encodeURIComponent('{"type":"page"')}`, FORM)],
  ["a form with a broken escape", typed("type=%zz", FORM)],
  ["a text", typed("published", "text/plain")],
  ["a number", typed("7")],
  ["a text of JSON", typed('"published"')],
  ["lines of JSON", typed('{"type":"asset"}\n{"type":"page"}')],
  ["bytes that are no UTF-8", typed(Buffer.from('{"type":"gr\u00f6\u00dfe"}', "latin1"))],
  ["a charset that nobody knows", typed('{"type":"asset"}', "application/json; charset=utf-7")],
  ["UTF-32", typed(Buffer.from([0xff, 0xfe, 0, 0, 0x7b, 0, 0, 0]))],
  [
    "an encoding that is not read",
    typed(Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 4]), JSON_TYPE, { "content-encoding": "zstd" }),
  ],
  ["gzip that breaks off", typed(gzipSync(json("page")).subarray(0, 20), JSON_TYPE, { "content-encoding": "gzip" })],
  ["a bomb of gzip", typed(gzipSync(Buffer.alloc(40 * PARSED_BYTES, 0x20)), JSON_TYPE, { "content-encoding": "gzip" })],
  [
    "a bomb of Brotli",
    typed(brotliCompressSync(Buffer.alloc(40 * PARSED_BYTES, 0x20)), JSON_TYPE, { "content-encoding": "br" }),
  ],
  ["multipart without its end", typed(multipart(["type", "asset"]).slice(0, -6), "multipart/form-data; boundary=xyz")],
  ["multipart without a boundary", typed(multipart(["type", "asset"]), "multipart/form-data")],
  ["XML without its end", typed("<entry><type>asset</type>", "text/xml")],
  ["XML without the element", typed("<a:entry xmlns:a='x'><a:type>page</a:type></a:entry>", "text/xml")],
  ["a number that is not exact", typed('{"type":9007199254740993}')],
  ["a CloudEvent whose data is no JSON", typed(JSON.stringify({ specversion: "1.0", data_base64: "AAAA" }))],
];

describe("a body that cannot be read", () => {
  test.each(unreadable)(
    "a delivery whose body cannot be read is not withheld but warned of: %s",
    async (_name, sent) => {
      const world = await opened({ only: [{ bodyPath: "type", in: ["page", "9007199254740993"] }], strict: true });
      const answer = await (await world.send(sent)).json();
      expect([answer.outcome, answer.warnings]).toEqual(["queued", ["BODY_NOT_READABLE"]]);
      expect((await world.get(`/data-layers/${LAYER}/deliveries`)).at("items.0.warnings")).toEqual([
        "BODY_NOT_READABLE",
      ]);
    },
  );

  test.each([
    ["gzip", gzipSync],
    ["deflate", deflateSync],
    ["deflate", deflateRawSync],
    ["br", brotliCompressSync],
  ])("a bomb of %s is never unpacked beyond the megabyte that is looked into", (encoding, pack) => {
    const joined = vi.spyOn(Buffer, "concat");
    const { kind } = unpack(pack(Buffer.alloc(8 * PARSED_BYTES, 0x20)), encoding);
    const sizes = joined.mock.results.map(({ value }) => (Buffer.isBuffer(value) ? value.length : 0));
    joined.mockRestore();
    expect([kind, Math.max(0, ...sizes) <= PARSED_BYTES]).toEqual(["unreadable", true]);
  });

  test("a secret in a body that cannot be read is refused with the reason", async () => {
    const world = await opened({ verification: { scheme: "body-secret", secret: "a-secret-in-a-body" } });
    const refused = await (await world.send(typed('{"secret":"a-secret-in-a-body"'))).json();
    expect([refused.code, refused.detail]).toEqual(["SIGNATURE_MISSING", expect.stringContaining("cannot be read")]);
    const bomb = gzipSync(Buffer.alloc(4 * PARSED_BYTES, 0x20));
    const long = await (await world.send(typed(bomb, JSON_TYPE, { "content-encoding": "gzip" }))).json();
    expect([long.code, long.detail]).toEqual(["BODY_NOT_VERIFIABLE", expect.stringContaining("1048576")]);
  });

  test("a body is filtered only if JSON, or another form that is known, says another value", async () => {
    const world = await opened(isPage);
    const types = fc.constantFrom("", JSON_TYPE, "text/plain", "text/xml", `${JSON_TYPE}; charset=utf-16`);
    const encodings = fc.constantFrom("", "gzip", "deflate", "br", "zstd, gzip");
    const bodies = fc.oneof(
      fc.uint8Array({ minLength: 1, maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
      fc.json({ maxDepth: 2 }).map((text) => gzipSync(text)),
      fc.tuple(fc.json({ maxDepth: 2 }), fc.nat(40)).map(([text, cut]) => Buffer.from(text).subarray(0, cut + 1)),
    );
    await fc.assert(
      fc.asyncProperty(types, encodings, bodies, async (type, encoding, body) => {
        const headers = encoding === "" ? {} : { "content-encoding": encoding };
        const response = await world.send(typed(body, type, headers));
        expect(response.status).toBe(200);
        if ((await response.json()).outcome !== "ignored") return;
        const texts = [body, gunzipped(body)].map((bytes) => bytes.toString("utf8"));
        expect(
          texts.some((text) => /^\s*[{[<]/.test(text) && isJsonObject(text)),
          texts.join(" | "),
        ).toBe(true);
      }),
      { numRuns: 1000, seed: 7 },
    );
  });

  test.each([
    ["brackets", `${"a[".repeat(300_000)}=1`, FORM],
    ["fields", "a=1&".repeat(250_000), FORM],
    ["elements of one name", `<r>${"<a/>".repeat(200_000)}</r>`, "text/xml"],
    ["a tag without an end", `<${"a".repeat(900_000)}`, "text/xml"],
    ["an attribute without a value", `<a ${"b".repeat(900_000)}/>`, "text/xml"],
    ["elements in elements", "<a>".repeat(300_000), "text/xml"],
    ["comments without an end", "<!--".repeat(200_000), "text/xml"],
    ["parts", "--x\r\n".repeat(200_000), "multipart/form-data; boundary=x"],
    ["heads", `--x\r\n${"content-disposition:;".repeat(45_000)}\r\n\r\n--x--`, "multipart/form-data; boundary=x"],
    ["lists in lists", "[".repeat(1_000_000), JSON_TYPE],
  ])("a megabyte of %s takes no longer than a second to read", async (_what, body, type) => {
    const world = await opened(isPage);
    const began = performance.now();
    expect((await world.send(typed(body, type))).status).toBe(200);
    expect(performance.now() - began).toBeLessThan(1000);
  });
});

describe("the body that a job gets", () => {
  const source = { slug: "blog", name: "Blog", type: "http", url: "https://jobs.example.com/blog" };
  const named = { "x-connect-data-source": "blog" };
  const kept = async (sent: Sent) => {
    const world = await opened();
    await world.patch(`/data-layers/${LAYER}?sync=false`, { dataSources: [source] });
    const answer = await (await world.send({ ...sent, headers: { ...sent.headers, ...named } })).json();
    const stored = JSON.parse((await world.store.memory.read(`layers/${LAYER}`))?.text ?? "");
    return [stored.slot.pending.asks.blog.body ?? null, answer.warnings];
  };

  test.each([
    ["a byte order mark", typed(`\ufeff${json("page")}`)],
    ["UTF-16", typed(Buffer.from(json("page"), "utf16le"))],
    ["gzip", typed(gzipSync(json("page")), JSON_TYPE, { "content-encoding": "gzip" })],
    ["a form with a payload", typed(`payload=${encodeURIComponent(json("page"))}`, FORM)],
  ])("a job gets the JSON, as it was before %s", async (_what, sent) => {
    expect(await kept(sent)).toEqual([json("page"), []]);
  });

  test("a job gets the text of a body that is no JSON, and none that is too long when it is unpacked", async () => {
    expect(await kept(typed("a=1&b=2", FORM))).toEqual(["a=1&b=2", []]);
    expect(await kept(typed(gzipSync("x".repeat(16_385))))).toEqual([null, ["BODY_NOT_KEPT"]]);
    expect(await kept(typed(gzipSync(Buffer.alloc(4 * PARSED_BYTES, 0x20))))).toEqual([null, ["BODY_NOT_KEPT"]]);
  });
});
