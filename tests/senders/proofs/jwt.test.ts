import { createHash, createHmac, createPublicKey, generateKeyPairSync } from "node:crypto";
import { CompactSign, FlattenedSign, SignJWT } from "jose";
import { describe, expect, test } from "vitest";
import { verify } from "../../../src/edge/senders/verify.ts";
import { PUBLIC_URL } from "../../api/world.ts";
import { opened } from "../arrivals/opened.ts";
import { LAYER, PATH } from "../senderWorld.ts";

const BODY = '{"title":"Hé 漢"}';
const SECRET = "a secret that the CMS shows";
const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
const bytes = (text: string) => new TextEncoder().encode(text);

const verified = (settings: Record<string, unknown>) => opened({ verification: { scheme: "jwt", ...settings } });
const bearer = (token: string, body = BODY) => ({ headers: { authorization: `Bearer ${token}` }, body });

const pairs = {
  RS256: generateKeyPairSync("rsa", { modulusLength: 2048 }),
  PS256: generateKeyPairSync("rsa", { modulusLength: 2048 }),
  ES256: generateKeyPairSync("ec", { namedCurve: "P-256" }),
  EdDSA: generateKeyPairSync("ed25519"),
};
const pem = (algorithm: keyof typeof pairs) =>
  pairs[algorithm].publicKey.export({ type: "spki", format: "pem" }).toString();

describe("a token", () => {
  test.each(["RS256", "PS256", "ES256", "EdDSA"] as const)(
    "a token of %s is accepted with the sender's public key, and refused with another",
    async (algorithm) => {
      const world = await verified({ algorithm, secret: pem(algorithm), claims: { aud: "layerhook" } });
      const token = (key: (typeof pairs)["RS256"]["privateKey"], audience: string | string[]) =>
        new SignJWT({ exp: 9e9 }).setProtectedHeader({ alg: algorithm }).setAudience(audience).sign(key);
      const { privateKey } = pairs[algorithm];
      expect(await world.outcome(bearer(await token(privateKey, "layerhook")))).toEqual([200, null]);
      expect(await world.outcome(bearer(await token(privateKey, ["other", "layerhook"])))).toEqual([200, null]);
      expect(await world.outcome(bearer(await token(privateKey, "other")))).toEqual([401, "SIGNATURE_MISMATCH"]);
      const stranger =
        algorithm === "ES256"
          ? generateKeyPairSync("ec", { namedCurve: "P-256" })
          : algorithm === "EdDSA"
            ? generateKeyPairSync("ed25519")
            : generateKeyPairSync("rsa", { modulusLength: 2048 });
      expect(await world.outcome(bearer(await token(stranger.privateKey, "layerhook")))).toEqual([
        401,
        "SIGNATURE_MISMATCH",
      ]);
    },
  );

  test("a token of another algorithm is refused, whatever it is signed with", async () => {
    const world = await verified({ algorithm: "RS256", secret: pem("RS256") });
    const withPublicKey = await new SignJWT({}).setProtectedHeader({ alg: "HS256" }).sign(bytes(pem("RS256")));
    const unsigned = `${Buffer.from('{"alg":"none"}').toString("base64url")}.${Buffer.from("{}").toString("base64url")}.`;
    for (const token of [withPublicKey, unsigned]) {
      expect(await world.outcome(bearer(token))).toEqual([401, "SIGNATURE_MALFORMED"]);
    }
  });

  test.each(["RS256", "ES256", "EdDSA"] as const)(
    "a public key of %s never becomes the secret of HS256, neither the current one nor the previous one",
    async (algorithm) => {
      const world = await verified({ algorithm, secret: pem(algorithm) });
      const shared = { scheme: "jwt", algorithm: "HS256" };
      const refused = await world.change({ verification: shared });
      expect([refused.status, refused.at("errors.0.path")]).toEqual([400, "verification.secret"]);
      const changed = await world.change({ verification: { ...shared, secret: SECRET } });
      expect([changed.status, changed.at("verification.secrets")]).toEqual([200, 1]);
      const signedWith = (key: string) =>
        new SignJWT({ exp: 9e9 }).setProtectedHeader({ alg: "HS256" }).sign(bytes(key));
      expect(await world.outcome(bearer(await signedWith(pem(algorithm))))).toEqual([401, "SIGNATURE_MISMATCH"]);
      expect(await world.outcome(bearer(await signedWith(SECRET)))).toEqual([200, null]);
    },
  );

  test("a public key that is stored as the secret of HS256 proves nobody, and a right secret beside it still does", async () => {
    const jwk = JSON.stringify(pairs.RS256.publicKey.export({ format: "jwk" }));
    const sealer = { keyId: "key", seal: (text: string) => text, open: (text: string) => text, isCurrent: () => true };
    const kindOf = async (key: string, secrets: string[]) => {
      const token = await new SignJWT({ exp: 9e9 }).setProtectedHeader({ alg: "HS256" }).sign(bytes(key));
      const headers = new Headers({ authorization: token });
      const arrived = { method: "POST", target: "/", headers, body: Buffer.alloc(0), bytes: 0 };
      return verify(arrived, { scheme: "jwt", secrets, secretSetAt: 0 }, sealer, 0).kind;
    };
    for (const key of [pem("RS256"), pem("EdDSA"), jwk]) {
      expect(await kindOf(key, [key])).toBe("refused");
      expect(await kindOf(key, [SECRET, key])).toBe("refused");
      expect(await kindOf(SECRET, [SECRET, key])).toBe("verified");
      expect(await kindOf(SECRET, [key, SECRET])).toBe("verified");
    }
  });

  test("a token with the hash of another body, or with none, is refused", async () => {
    const world = await verified({ secret: SECRET, bodyHash: { claim: "sha256" } });
    const token = (claims: Record<string, unknown>) =>
      new SignJWT(claims).setProtectedHeader({ alg: "HS256" }).sign(bytes(SECRET));
    expect(await world.outcome(bearer(await token({ sha256: sha256(BODY) })))).toEqual([200, null]);
    for (const claims of [{ sha256: sha256("other") }, {}, { sha256: 5 }, { sha256: null }]) {
      const answer = await world.send(bearer(await token(claims)));
      const { code, detail } = await answer.json();
      expect([answer.status, code]).toEqual([401, "SIGNATURE_MISMATCH"]);
      expect(detail).toContain("its claim sha256 is not the hash of this body");
    }
  });

  test("a token that has ended, or has not begun, is refused beyond the tolerance", async () => {
    const world = await verified({ secret: SECRET, toleranceSeconds: 60 });
    const token = (claims: Record<string, unknown>) =>
      new SignJWT(claims).setProtectedHeader({ alg: "HS256" }).sign(bytes(SECRET));
    const time = Math.floor(world.now / 1000);
    expect(await world.outcome(bearer(await token({ exp: time - 59 })))).toEqual([200, null]);
    expect(await world.outcome(bearer(await token({ nbf: time + 59, exp: 9e9 })))).toEqual([200, null]);
    expect(await world.outcome(bearer(await token({ iat: 1, exp: time + 86_400 })))).toEqual([200, null]);
    for (const claims of [{ exp: time - 62 }, { nbf: time + 62, exp: 9e9 }]) {
      expect(await world.outcome(bearer(await token(claims)))).toEqual([401, "TIMESTAMP_OUT_OF_RANGE"]);
    }
    for (const exp of ["soon", -1, 1e15, null]) {
      expect(await world.outcome(bearer(await token({ exp })))).toEqual([401, "SIGNATURE_MALFORMED"]);
    }
  });

  test("a token without exp is accepted within the tolerance of its iat", async () => {
    const world = await verified({ secret: SECRET, toleranceSeconds: 60 });
    const token = (claims: Record<string, unknown>) =>
      new SignJWT(claims).setProtectedHeader({ alg: "HS256" }).sign(bytes(SECRET));
    const time = Math.floor(world.now / 1000);
    for (const iat of [time - 59, time + 59]) {
      expect(await world.outcome(bearer(await token({ iat })))).toEqual([200, null]);
    }
    for (const iat of [time - 62, time + 62, 1]) {
      expect(await world.outcome(bearer(await token({ iat })))).toEqual([401, "TIMESTAMP_OUT_OF_RANGE"]);
    }
  });

  test("a token with neither exp nor iat is refused, and the cause says what to add", async () => {
    const world = await verified({ secret: SECRET });
    const time = Math.floor(world.now / 1000);
    const endless: Record<string, unknown>[] = [{}, { nbf: time }, { iat: "today" }, { sha256: sha256(BODY) }];
    for (const claims of endless) {
      const token = await new SignJWT(claims).setProtectedHeader({ alg: "HS256" }).sign(bytes(SECRET));
      const answer = await world.send(bearer(token));
      const { code, detail } = await answer.json();
      expect([answer.status, code]).toEqual([401, "SIGNATURE_MISMATCH"]);
      expect(detail).toContain("the token never ends: it has neither exp nor iat");
    }
  });

  test("a token that its sender uses for every publish makes none of them a repetition", async () => {
    const world = await verified({ secret: SECRET });
    const token = await new SignJWT({ exp: 9e9 }).setProtectedHeader({ alg: "HS256" }).sign(bytes(SECRET));
    const id = async () => (await (await world.send(bearer(token))).json()).deliveryId;
    expect(await id()).not.toBe(await id());
  });

  test("a token without its payload signs the body, as Saleor sends it", async () => {
    const world = await verified({ algorithm: "RS256", secret: pem("RS256"), header: "saleor-signature" });
    const { privateKey } = pairs.RS256;
    const [head, , signature] = (
      await new CompactSign(bytes(BODY)).setProtectedHeader({ alg: "RS256" }).sign(privateKey)
    ).split(".");
    const detached = await new FlattenedSign(bytes(BODY))
      .setProtectedHeader({ alg: "RS256", b64: false, crit: ["b64"] })
      .sign(privateKey);
    for (const token of [`${head}..${signature}`, `${detached.protected}..${detached.signature}`]) {
      expect(await world.outcome({ headers: { "saleor-signature": token }, body: BODY })).toEqual([200, null]);
      expect(await world.outcome({ headers: { "saleor-signature": token }, body: `${BODY} ` })).toEqual([
        401,
        "SIGNATURE_MISMATCH",
      ]);
    }
  });

  test("a refused token tells admins that it would match with the key in base64", async () => {
    const key = Buffer.from("00ff10c3a528fe7e9d1b2c3d4e5f6071", "hex");
    const world = await verified({ secret: key.toString("base64") });
    await world.send(bearer(await new SignJWT({}).setProtectedHeader({ alg: "HS256" }).sign(key)));
    expect((await world.get(`/data-layers/${LAYER}/deliveries`)).at("items.0.hint")).toBe(
      "It would match if the key were read as base64.",
    );
  });
});

describe("the tokens of known senders", () => {
  test("Crystallize's token is accepted: it ends within a second, and hashes URL, method and body", async () => {
    const world = await verified({
      header: "x-crystallize-signature",
      secret: SECRET,
      claims: { iss: "crystallize", aud: "webhook" },
      bodyHash: { claim: "hmac", of: '{"url":"{url}","method":"{method}","body":{body}}' },
    });
    const time = Math.floor(world.now / 1000);
    const challenge = JSON.stringify({ url: `${PUBLIC_URL}${PATH}`, method: "POST", body: JSON.parse(BODY) });
    const claims = {
      iss: "crystallize",
      aud: "webhook",
      sub: "signature",
      iat: time,
      exp: time,
      hmac: sha256(challenge),
    };
    const token = await new SignJWT(claims).setProtectedHeader({ alg: "HS256" }).sign(bytes(SECRET));
    world.now += 2000;
    const headers = { "x-crystallize-signature": token };
    expect(await world.outcome({ headers, body: BODY })).toEqual([200, null]);
    expect(await world.outcome({ headers, body: BODY, path: `${PATH}?source=news` })).toEqual([
      401,
      "SIGNATURE_MISMATCH",
    ]);
  });

  test("Netlify's own notification is accepted: it hashes its body, and names no time", async () => {
    const world = await verified({
      header: "x-webhook-signature",
      secret: SECRET,
      claims: { iss: "netlify" },
      bodyHash: { claim: "sha256" },
    });
    const token = await new SignJWT({ iss: "netlify", sha256: sha256(BODY) })
      .setProtectedHeader({ alg: "HS256" })
      .sign(bytes(SECRET));
    expect(await world.outcome({ headers: { "x-webhook-signature": token }, body: BODY })).toEqual([200, null]);
  });
});

describe("the examples of RFC 7515", () => {
  const claims = "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
  const sealer = { keyId: "key", seal: (text: string) => text, open: (text: string) => text, isCurrent: () => true };
  const judge = (token: string, settings: object) => {
    const headers = new Headers({ authorization: token });
    const arrived = { method: "POST", target: "/", headers, body: Buffer.alloc(0), bytes: 0 };
    const verification = { scheme: "jwt", secrets: [], secretSetAt: 0, claims: { iss: "joe" }, ...settings };
    return verify(arrived, verification, sealer, 1_300_819_380_000).kind;
  };

  test("RFC 7515's A.1 (HS256) and A.3 (ES256) are accepted, and refused with one bit changed", () => {
    const hmacKey = "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow";
    const hs256 = `eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.${claims}.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk`;
    expect(judge(hs256, { keyEncoding: "base64", secrets: [hmacKey] })).toBe("verified");
    expect(judge(hs256.replace(".dB", ".dA"), { keyEncoding: "base64", secrets: [hmacKey] })).toBe("refused");
    const key = createPublicKey({
      key: {
        kty: "EC",
        crv: "P-256",
        x: "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
        y: "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
      },
      format: "jwk",
    });
    const secrets = [key.export({ type: "spki", format: "pem" }).toString()];
    const es256 = `eyJhbGciOiJFUzI1NiJ9.${claims}.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q`;
    expect(judge(es256, { algorithm: "ES256", secrets })).toBe("verified");
    expect(judge(es256.replace(".Dt", ".Ds"), { algorithm: "ES256", secrets })).toBe("refused");
  });

  test("RFC 4231's fourth vector of HMAC-SHA-256 is accepted with the key in hex", () => {
    const key = Array.from({ length: 25 }, (_, at) => (at + 1).toString(16).padStart(2, "0")).join("");
    const body = Buffer.alloc(50, 0xcd);
    const expected = "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b";
    expect(createHmac("sha256", Buffer.from(key, "hex")).update(body).digest("hex")).toBe(expected);
    const settings = { scheme: "hmac", header: "x-signature", keyEncoding: "hex", secrets: [key], secretSetAt: 0 };
    const arrived = { method: "POST", target: "/", headers: new Headers({ "x-signature": expected }), body, bytes: 50 };
    expect(verify(arrived, settings, sealer, 0).kind).toBe("verified");
  });
});

describe("the settings of a token", () => {
  test.each([
    [{ algorithm: "none", secret: SECRET }, "verification.algorithm"],
    [{ algorithm: "RS256", secret: SECRET }, "verification.secret"],
    [{ algorithm: "RS256", secret: pem("ES256") }, "verification.secret"],
    [{ algorithm: "HS256", secret: pem("RS256") }, "verification.secret"],
    [{ secret: '{"kty":"oct","k":"x"}' }, "verification.secret"],
    [{ secret: "-----BEGIN PUBLIC KEY-----" }, "verification.secret"],
    [{ algorithm: "ES256", secret: pem("ES256"), keyEncoding: "base64" }, "verification.keyEncoding"],
    [{ secret: SECRET, keyEncoding: "hex" }, "verification.secret"],
    [{ secret: SECRET, bodyHash: { claim: "h", of: "{timestamp}{body}" } }, "verification.bodyHash.of"],
    [{ secret: SECRET, claims: { iss: "" } }, "verification.claims.iss"],
    [{ secret: SECRET, claims: { exp: "1780000000" } }, "verification.claims.exp"],
    [{ secret: SECRET, claims: { h: "0" }, bodyHash: { claim: "h" } }, "verification.claims.h"],
    [{ secret: SECRET, bodyHash: { claim: "h", of: "{url}.{body}" } }, "verification.bodyHash.of"],
    [{ secret: SECRET, bodyHash: { claim: "h", of: "{header:Authorization} {body}" } }, "verification.bodyHash.of"],
    [{ algorithm: "ES384", secret: pem("ES256") }, "verification.secret"],
  ])("a token's settings that cannot be right are refused with their path: %j", async (settings, path) => {
    const world = await opened();
    const refused = await world.change({ verification: { scheme: "jwt", ...settings } });
    expect([refused.status, refused.at("errors.0.path")]).toEqual([400, path]);
  });
});
