import { generateKeyPairSync } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { done } from "../../api/world.ts";
import { opened } from "../arrivals/opened.ts";
import { PATH } from "../senderWorld.ts";

const SECRET = "a secret that the CMS shows";
const pem = (pair: { publicKey: ReturnType<typeof generateKeyPairSync>["publicKey"] }): string =>
  pair.publicKey.export({ type: "spki", format: "pem" }).toString();
const ec = pem(generateKeyPairSync("ec", { namedCurve: "P-256" }));
const rsa = pem(generateKeyPairSync("rsa", { modulusLength: 2048 }));
const ed25519 = pem(generateKeyPairSync("ed25519"));

const everything = "{method}\n{url}\n{path}\n{header:x-topic}\n{timestamp}.{body}";
const timestamp = { header: "x-signature", name: "t" };
const kinds: readonly (readonly [name: string, settings: Record<string, unknown>])[] = [
  [
    "hmac of every part",
    { scheme: "hmac", header: "x-signature", prefix: "v1=", secret: SECRET, timestamp, signs: everything },
  ],
  ["rsa", { scheme: "rsa", header: "x-signature", secret: rsa }],
  ["ecdsa", { scheme: "ecdsa", header: "x-signature", secret: ec, timestamp, signs: everything }],
  ["ed25519", { scheme: "ed25519", header: "x-signature", secret: ed25519 }],
  ["jwt of HS256", { scheme: "jwt", secret: SECRET, bodyHash: { claim: "h", of: '{"u":"{url}","b":{body}}' } }],
  ["jwt of ES256", { scheme: "jwt", algorithm: "ES256", secret: ec }],
  [
    "jwt of a key set",
    { scheme: "jwt", algorithm: "RS256", jwksUrl: "https://keys.example.com/wild", claims: { aud: "us" } },
  ],
];

const base64url = (text: string): string => Buffer.from(text).toString("base64url");
const jsonText = fc.oneof(
  fc.constantFrom("", "{}", "[]", "null", "1", '"', "{", '{"alg":null}', '{"alg":{}}', '{"exp":1e999}', '{"exp":"x"}'),
  fc
    .record(
      {
        alg: fc.constantFrom("HS256", "RS256", "ES256", "none", "__proto__", ""),
        kid: fc.oneof(fc.string(), fc.constantFrom("__proto__", "toString")),
        b64: fc.boolean(),
        crit: fc.array(fc.constantFrom("b64", "exp")),
      },
      { requiredKeys: ["alg"] },
    )
    .map((head) => JSON.stringify(head)),
  fc.json(),
);
/** A token that lacks nothing but the right signature. */
const forged = fc
  .tuple(
    fc.constantFrom("HS256", "RS256", "ES256"),
    fc.constantFrom({}, { aud: "us" }, { aud: ["us"], exp: 9e9 }),
    fc.uint8Array({ minLength: 1, maxLength: 70 }),
  )
  .map(([alg, claims, bytes]) =>
    [
      base64url(JSON.stringify({ alg })),
      base64url(JSON.stringify(claims)),
      Buffer.from(bytes).toString("base64url"),
    ].join("."),
  );
const token = fc
  .tuple(
    fc.constantFrom("", "Bearer ", "JWT  ", "bearer"),
    fc.oneof(
      forged,
      fc.array(jsonText.map(base64url), { maxLength: 5 }).map((parts) => parts.join(".")),
    ),
  )
  .map(([word, text]) => `${word}${text}`);
const printable = fc.string({ maxLength: 80 }).map((text) => text.replaceAll(/[^\x20-\x7e]/g, "~"));
const signature = fc
  .array(
    fc.oneof(printable, fc.constantFrom("t=1", "t=", "t=9e9", "v1=", "v1=AAAA", "v1,AAAA", "MEUCIQ==", "=", ",;")),
    {
      maxLength: 4,
    },
  )
  .map((parts) => parts.join(","));
const wild = fc.record({
  authorization: fc.oneof(token, printable),
  signature: fc.oneof(signature, token),
  topic: fc.option(printable),
  query: fc.constantFrom("", "?", "?a=1", "?source=%7B%22", "?{", "??", "?%00"),
  body: fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
  keys: fc.oneof(
    jsonText,
    fc.json().map((keys) => `{"keys":[${keys}]}`),
  ),
});

test.each(kinds)(
  "no header, body or key set makes anything but a refusal of a webhook that verifies by %s",
  async (_name, verification) => {
    const world = await opened({ verification });
    await fc.assert(
      fc.asyncProperty(wild, async ({ authorization, signature: signed, topic, query, body, keys }) => {
        world.answering = async () => done(keys);
        world.now += 11_000;
        const headers = { authorization, "x-signature": signed, ...(topic === null ? {} : { "x-topic": topic }) };
        const answer = await world.ask({ path: `${PATH}${query}`, headers, body });
        const { code } = await answer.json();
        if (answer.status === 503) expect(code).toBe("KEYS_UNAVAILABLE");
        else expect(answer.status).toBe(401);
      }),
      { numRuns: 200, seed: 3 },
    );
  },
);
