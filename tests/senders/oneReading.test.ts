import { createHmac } from "node:crypto";
import { escape as escaped } from "node:querystring";
import { describe, expect, test } from "vitest";
import type { SchemeName, VerificationChange } from "../../src/core/webhook/verification.ts";
import { verify } from "../../src/edge/senders/verify.ts";

/**
 * A proof covers bytes, and a scheme cuts these bytes into time, id, headers and body. If they can be cut in two ways, a
 * captured delivery can be sent again as another one. So every test cuts the signed bytes in every possible way.
 */

const T = 1_780_000_000_000;
const SECRET = "a secret that the CMS shows";
const KEY = `whsec_${Buffer.from(SECRET).toString("base64")}`;
const TARGET = "/hooks/data_layer/data_source/publish/lab-layer-0001/whk_lab_5Zp2";
const sealer = { keyId: "key", seal: (text: string) => text, open: (text: string) => text, isCurrent: () => true };

interface Reading {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly target?: string;
  /** The time that this reading names (ms); the request arrives then, so that its age never saves it. */
  readonly at: number;
}

const mac = (text: string, algorithm = "sha256", secret: string = SECRET): Buffer =>
  createHmac(algorithm, secret).update(text, "utf8").digest();

/** Whether HTTP can carry a text as the value of a header, unchanged. */
const isHeaderValue = (text: string): boolean => /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(text);

const takes = (settings: VerificationChange["settings"], reading: Reading): boolean => {
  const { headers, body, target = TARGET, at } = reading;
  const bytes = Buffer.from(body, "utf8");
  const arrived = { method: "POST", target, headers: new Headers(headers), body: bytes, bytes: bytes.length };
  const secret = settings.scheme === "standard-webhooks" || settings.scheme === "svix" ? KEY : SECRET;
  return verify(arrived, { ...settings, secrets: [secret], secretSetAt: 0 }, sealer, at).kind === "verified";
};

/** Every way to cut a text in two, with a separator between the parts that belongs to neither. */
const cuts = (text: string, separator = ""): [string, string][] =>
  Array.from({ length: text.length + 1 }, (_, at) => at)
    .filter((at) => text.startsWith(separator, at) && at + separator.length <= text.length)
    .map((at) => [text.slice(0, at), text.slice(at + separator.length)]);

/** Bodies that tempt: with numbers at either end, with dots, with what looks like a time or a header. */
const BODIES = [
  '{"id":1}',
  '{"file":"a.1780000000.png","v":"1.1780000000000.2"}',
  "[1,2]",
  "",
  "12",
  "1780000000",
  "1780000000000",
  "1780000000.5",
  "1780000000.1780000000.x",
  "1780000000:5",
  "1780000000v5",
  "1780000000 5",
  '1780000000{"id":1}',
  "title=x&n=1780000000000",
];

/** How a scheme's requests are made, and every request whose signed bytes are the same. */
interface Formula {
  readonly settings?: Partial<VerificationChange["settings"]>;
  readonly unit: 1 | 1000;
  /** The signed bytes of a request, and the request. */
  original(body: string): Reading;
  readings(original: Reading): Reading[];
}

const standard = (prefix: string): Formula => {
  const reading = (id: string, time: string, body: string, proof: string): Reading => ({
    headers: { [`${prefix}-id`]: id, [`${prefix}-timestamp`]: time, [`${prefix}-signature`]: `v1,${proof}` },
    body,
    at: Number(time) * 1000,
  });
  const text = ({ headers, body }: Reading) => `${headers[`${prefix}-id`]}.${headers[`${prefix}-timestamp`]}.${body}`;
  return {
    unit: 1000,
    original(body) {
      const unsigned = reading("msg_1", `${T / 1000}`, body, "");
      return reading("msg_1", `${T / 1000}`, body, mac(text(unsigned)).toString("base64"));
    },
    readings(original) {
      const proof = mac(text(original)).toString("base64");
      return cuts(text(original), ".").flatMap(([head, body]) =>
        cuts(head, ".").map(([id, time]) => reading(id, time, body, proof)),
      );
    },
  };
};

/** A scheme that signs a time, a separator and the body, or the body and the time. */
const timeAndBody = (
  separator: string,
  unit: 1 | 1000,
  headers: (time: string, proof: Buffer) => Record<string, string>,
  order: "time first" | "body first" = "time first",
  algorithm = "sha256",
  settings: Partial<VerificationChange["settings"]> = {},
): Formula => {
  const reading = (time: string, body: string, proof: Buffer): Reading => ({
    headers: headers(time, proof),
    body,
    at: Number(time) * unit,
  });
  const text = (time: string, body: string) =>
    order === "time first" ? `${time}${separator}${body}` : `${body}${separator}${time}`;
  return {
    settings,
    unit,
    original: (body) => reading(`${T / unit}`, body, mac(text(`${T / unit}`, body), algorithm)),
    readings({ body: given }) {
      const signed = text(`${T / unit}`, given);
      return cuts(signed, separator).map(([one, other]) => {
        const [time, body] = order === "time first" ? [one, other] : [other, one];
        return reading(time, body, mac(signed, algorithm));
      });
    },
  };
};

const generic = (separator: string): Formula =>
  timeAndBody(
    separator,
    1000,
    (time, proof) => ({ "x-signature": `v0=${proof.toString("hex")}`, "x-time": time }),
    "time first",
    "sha512",
    {
      header: "x-signature",
      prefix: "v0=",
      algorithm: "sha512",
      timestamp: { header: "x-time", unit: "seconds", separator },
    },
  );

const ghost = timeAndBody(
  "",
  1,
  (time, proof) => ({ "x-ghost-signature": `sha256=${proof.toString("hex")}, t=${time}` }),
  "body first",
);

/** Contentful's third line: the listed headers in order, `name:value` joined by semicolons. */
const contentful = (more: Readonly<Record<string, string>>, target = TARGET): Formula => {
  const SIGNED = "x-contentful-signed-headers";
  const line = (headers: Readonly<Record<string, string>>): string =>
    Object.keys(headers)
      .sort()
      .map((name) => `${name}:${headers[name]}`)
      .join(";");
  const path = (full: string): string => {
    const [bare = "", query = ""] = full.split("?");
    return encodeURI(query === "" ? bare : `${bare}?${escaped(query)}`);
  };
  const names = [...Object.keys(more), SIGNED, "x-contentful-timestamp"].join(",");
  const signed = { ...more, [SIGNED]: names, "x-contentful-timestamp": `${T}` };
  const proofOf = (body: string) => mac(`POST\n${path(target)}\n${line(signed)}\n${body}`).toString("hex");
  /** Every way to read a line as headers. */
  const lines = (text: string): Record<string, string>[] =>
    cuts(text, ";")
      .flatMap(([one, rest]) => {
        const [, name = "", value = ""] = /^([^:]+):(.*)$/.exec(one) ?? [];
        return name === "" ? [] : lines(rest).map((others) => ({ [name]: value, ...others }));
      })
      .concat(
        [text].flatMap((last) => {
          const [, name = "", value = ""] = /^([^:]+):(.*)$/.exec(last) ?? [];
          return name === "" ? [] : [{ [name]: value }];
        }),
      );
  return {
    unit: 1,
    original: (body) => ({
      headers: { ...signed, "x-contentful-signature": proofOf(body) },
      body,
      target,
      at: T,
    }),
    readings: ({ body }) =>
      [target, `${target}?`, `${target}??source=blog`, `${target}??&source=blog`, `${target}?a=1?&source=blog`].flatMap(
        (called) =>
          lines(line(signed)).map((headers) => ({
            headers: { ...headers, "x-contentful-signature": proofOf(body) },
            body,
            target: called,
            at: Number(headers["x-contentful-timestamp"]),
          })),
      ),
  };
};

const hygraph: Formula = {
  unit: 1,
  original: (body) => {
    const text = JSON.stringify({ Body: body, EnvironmentName: "master", TimeStamp: T });
    return {
      headers: { "gcms-signature": `sign=${mac(text).toString("base64")}, env=master, t=${T}` },
      body,
      at: T,
    };
  },
  readings({ body }) {
    const text = JSON.stringify({ Body: body, EnvironmentName: "master", TimeStamp: T });
    const proof = mac(text).toString("base64");
    const inner = text.slice('{"Body":"'.length, -1);
    return cuts(inner, '","EnvironmentName":"').flatMap(([one, rest]) =>
      cuts(rest, '","TimeStamp":').flatMap(([env, time]) =>
        // As the bytes stand, and as JSON reads them.
        [one, one.replaceAll('\\"', '"')].map((given) => ({
          headers: { "gcms-signature": `sign=${proof}, env=${env}, t=${time}` },
          body: given,
          at: Number(time),
        })),
      ),
    );
  },
};

const SEPARATORS = [".", "", ":", "v", " "];

const formulas: [string, SchemeName, Formula][] = [
  ["Standard Webhooks", "standard-webhooks", standard("webhook")],
  ["Svix", "svix", standard("svix")],
  [
    "Sanity",
    "sanity",
    timeAndBody(".", 1, (t, proof) => ({ "sanity-webhook-signature": `t=${t},v1=${proof.toString("base64url")}` })),
  ],
  ["Ghost", "ghost", ghost],
  [
    "Contentstack",
    "contentstack",
    timeAndBody(".", 1000, (t, proof) => ({ "x-contentstack-hmac-signature": `t=${t},v1=${proof.toString("hex")}` })),
  ],
  ["Hygraph", "hygraph", hygraph],
  ["Contentful", "contentful", contentful({})],
  [
    "Contentful with a header that holds a time",
    "contentful",
    contentful({
      "x-contentful-status": "a;x-contentful-timestamp:1780000000001;x-contentful-z:b",
      "x-contentful-z": "c",
    }),
  ],
  [
    "Contentful with a header that holds a list",
    "contentful",
    contentful({ a: "1;x-contentful-signed-headers:a,x-contentful-signed-headers,x-contentful-timestamp", b: "2;a:3" }),
  ],
  ["Contentful with headers that hold each other", "contentful", contentful({ a: "1;b:2", b: "3", c: "4;b:5" })],
  ["Contentful with a query", "contentful", contentful({}, `${TARGET}?source=news`)],
  ...SEPARATORS.map((separator): [string, SchemeName, Formula] => [
    `hmac with the separator ${JSON.stringify(separator)}`,
    "hmac",
    generic(separator),
  ]),
];

const same = (one: Reading, other: Reading): boolean =>
  JSON.stringify([one.body, one.at, Object.entries(one.headers).sort(), one.target?.replace(/\?$/, "")]) ===
  JSON.stringify([other.body, other.at, Object.entries(other.headers).sort(), other.target?.replace(/\?$/, "")]);

describe.each(formulas)("%s: signed bytes", (name, scheme, formula) => {
  const settings = { scheme, ...formula.settings };

  test("a signed delivery's bytes verify as the request that was signed, and as no other", () => {
    let tried = 0;
    for (const body of BODIES) {
      const original = formula.original(body);
      for (const reading of formula.readings(original)) {
        if (!Object.values(reading.headers).every(isHeaderValue) || same(reading, original)) continue;
        tried += 1;
        expect(takes(settings, reading), `${name}: ${JSON.stringify(reading)}`).toBe(false);
      }
    }
    expect(tried).toBeGreaterThan(0);
  });

  test("a signed delivery's bytes verify as a JSON object that was signed", () => {
    const holds = name.includes("hold");
    expect(takes(settings, formula.original('{"id":1}'))).toBe(!holds);
  });
});

describe.each(formulas)("%s: a captured delivery", (_name, scheme, formula) => {
  const settings = { scheme, ...formula.settings };
  const { headers, ...original } = formula.original('{"id":1}');
  const LATER = T + 86_400_000;
  const at = (ms: number): string => `${ms / formula.unit}`;

  /** Each header that names the time, with a second time before it or behind it. */
  const dated = Object.entries(headers).flatMap(([header, value]) => {
    if (!value.includes(at(T))) return [];
    const twice = [
      value.replace(at(T), at(LATER)),
      value.replace(`t=${at(T)}`, `t=${at(T)},t=${at(LATER)}`),
      value.replace(`t=${at(T)}`, `t=${at(LATER)},t=${at(T)}`),
      `${value}, ${at(LATER)}`,
      `${at(LATER)}, ${value}`,
    ];
    return [...new Set(twice)].filter((text) => text !== value).map((text) => ({ ...headers, [header]: text }));
  });

  test("a captured delivery is refused a day later, whatever time is added to it", () => {
    expect(dated.length).toBeGreaterThan(0);
    for (const given of [headers, ...dated]) {
      expect(takes(settings, { ...original, headers: given, at: LATER }), JSON.stringify(given)).toBe(false);
    }
  });

  test("a captured delivery is refused with one header left out or given twice with another value", () => {
    for (const name of Object.keys(headers)) {
      const { [name]: value = "", ...others } = headers;
      expect(takes(settings, { ...original, headers: others }), `without ${name}`).toBe(false);
      const proof = value.includes("=") && name.includes("signature");
      if (!proof) {
        expect(takes(settings, { ...original, headers: { ...others, [name]: `${value}, x` } }), name).toBe(false);
      }
    }
  });
});

/** What covers the body alone: the header, the algorithm, the encoding, and what stands before the proof. */
const ofBody = [
  ["storyblok", "webhook-signature", "sha1", "hex", ""],
  ["shopify", "x-shopify-hmac-sha256", "sha256", "base64", ""],
  ["kontent-ai", "x-kontent-ai-signature", "sha256", "base64", ""],
  ["github", "x-hub-signature-256", "sha256", "hex", "sha256="],
] as const;

describe.each(ofBody)("%s", (scheme, header, algorithm, encoding, prefix) => {
  test("a scheme takes its own algorithm and encoding over exactly this body", () => {
    const body = '{"id":1}';
    const proofs = ["sha1", "sha256", "sha384", "sha512"].flatMap((used) =>
      (["hex", "base64", "base64url"] as const).map((written) => {
        const right = used === algorithm && written === encoding;
        return { right, text: mac(body, used).toString(written) };
      }),
    );
    for (const { right, text } of proofs) {
      expect(takes({ scheme }, { headers: { [header]: `${prefix}${text}` }, body, at: T }), text).toBe(right);
      for (const other of ["", " ", `${body}\n`, ` ${body}`, body.slice(1), body.slice(0, -1), `\ufeff${body}`]) {
        expect(takes({ scheme }, { headers: { [header]: `${prefix}${text}` }, body: other, at: T })).toBe(false);
      }
    }
  });
});

describe("Ghost before mid-2024", () => {
  const untimed = (body: string, signed = body): Reading => ({
    headers: { "x-ghost-signature": `sha256=${mac(signed).toString("hex")}, t=${T}` },
    body,
    at: T,
  });

  test("a delivery of Ghost before mid-2024 verifies by its body alone", () => {
    expect(takes({ scheme: "ghost" }, untimed('{"post":{"current":{}}}'))).toBe(true);
  });

  test("a delivery of Ghost today does not become an old one when its time is moved into the body", () => {
    for (const body of BODIES) {
      for (const time of [`${T}`, "1", "0"]) {
        expect(takes({ scheme: "ghost" }, untimed(`${body}${time}`)), `${body}${time}`).toBe(false);
      }
    }
  });
});
