import { describe, expect, test } from "vitest";
import { DAY, MINUTE } from "../../../src/core/durations.ts";
import {
  changeVerification,
  ENFORCED_SINCE,
  FORMER_SECRET,
  isKeyText,
  isWrittenAsPublicKey,
  previousSecretUntil,
  SCHEMES,
  secretPart,
  TIMED,
  TOLERANCE,
  type Verification,
} from "../../../src/core/webhook/verification.ts";

const settings = { scheme: "github" } as const;
const standing: Verification = { scheme: "github", secrets: ["new", "old"], secretSetAt: 5 };

describe("a webhook's verification", () => {
  test("a verification needs a secret from the first", () => {
    expect(changeVerification(undefined, { settings }, 9)).toBeNull();
    expect(changeVerification(undefined, { settings, secret: "s" }, 9)).toEqual({
      scheme: "github",
      secrets: ["s"],
      secretSetAt: 9,
    });
  });

  test("a verification keeps both secrets and their time while only other settings change", () => {
    const change = { settings: { scheme: "github", toleranceSeconds: 60 } } as const;
    expect(changeVerification(standing, change, 9)).toEqual({ ...standing, toleranceSeconds: 60 });
  });

  test("a verification keeps the former secret beside a new one, and forgets the one before that", () => {
    expect(changeVerification(standing, { settings, secret: "newest" }, 9)).toEqual({
      scheme: "github",
      secrets: ["newest", "new"],
      secretSetAt: 9,
    });
  });

  test("a verification given the same settings again changes nothing", () => {
    expect(changeVerification(standing, { settings, secret: "new" }, 9)).toEqual(standing);
  });

  test("a verification drops the former secret on request, and accepts one that is given", () => {
    const dropped = changeVerification(standing, { settings, previousSecret: null }, 9);
    expect(dropped).toEqual({ ...standing, secrets: ["new"] });
    const named = changeVerification(standing, { settings, secret: "newest", previousSecret: "other" }, 9);
    expect(named).toEqual({ scheme: "github", secrets: ["newest", "other"], secretSetAt: 9 });
    const beside = changeVerification(standing, { settings, previousSecret: "other" }, 9);
    expect(beside).toEqual({ scheme: "github", secrets: ["new", "other"], secretSetAt: 5, previousSetAt: 9 });
    expect(changeVerification(beside ?? undefined, { settings, previousSecret: "other" }, 20)).toEqual(beside);
    const alone = changeVerification(standing, { settings, secret: "newest", previousSecret: null }, 9);
    expect(alone?.secrets).toEqual(["newest"]);
  });

  test("a verification keeps its secret while only the algorithm of its signature changes", () => {
    const stored: Verification = { scheme: "hmac", secrets: ["new"], secretSetAt: 5 };
    for (const algorithm of ["sha1", "sha256"]) {
      const change = { settings: { scheme: "hmac", algorithm } };
      expect(changeVerification(stored, change, 9)).toEqual({ ...stored, algorithm });
    }
  });

  test("a verification of another scheme keeps no secret of the former one", () => {
    expect(changeVerification(standing, { settings: { scheme: "svix" } }, 9)).toBeNull();
    const changed = changeVerification(standing, { settings: { scheme: "svix" }, secret: "new" }, 9);
    expect(changed).toEqual({ scheme: "svix", secrets: ["new"], secretSetAt: 9 });
  });

  test("a token's verification keeps a secret only for algorithms of the same kind of key", () => {
    const kinds = [[undefined, "HS256", "HS512"], ["RS256", "RS512", "PS256"], ["ES256", "ES384"], ["EdDSA"]];
    const settingsOf = (algorithm: string | undefined) => ({
      scheme: "jwt",
      ...(algorithm === undefined ? {} : { algorithm }),
    });
    for (const from of kinds.flat()) {
      for (const to of kinds.flat()) {
        const stored: Verification = { ...settingsOf(from), secrets: ["new", "old"], secretSetAt: 5 };
        const isKept = kinds.some((kind) => kind.includes(from) && kind.includes(to));
        const kept = changeVerification(stored, { settings: settingsOf(to) }, 9);
        expect(kept?.secrets ?? null).toEqual(isKept ? ["new", "old"] : null);
        const rotated = changeVerification(stored, { settings: settingsOf(to), secret: "newest" }, 9);
        expect(rotated?.secrets).toEqual(isKept ? ["newest", "new"] : ["newest"]);
      }
    }
    const ofKeySet: Verification = { scheme: "jwt", jwksUrl: "https://x.example/jwks", secrets: [], secretSetAt: 5 };
    expect(changeVerification(ofKeySet, { settings: settingsOf("HS256") }, 9)).toBeNull();
    const toKeySet = changeVerification(
      { ...settingsOf("RS256"), secrets: ["key"], secretSetAt: 5 },
      { settings: { ...settingsOf("RS256"), jwksUrl: "https://x.example/jwks" } },
      9,
    );
    expect(toKeySet?.secrets).toEqual([]);
    const jwksUrl = "https://x.example/jwks";
    const timeOf = (before: Verification | undefined, url: string) =>
      changeVerification(before, { settings: { scheme: "jwt", jwksUrl: url } }, 9)?.secretSetAt;
    expect([timeOf(ofKeySet, jwksUrl), timeOf(ofKeySet, `${jwksUrl}2`), timeOf(undefined, jwksUrl)]).toEqual([5, 9, 9]);
  });

  test("a verification checks the age of a proof that carries its time, five minutes to either side", () => {
    const timed = ["standard-webhooks", "svix", "contentful", "sanity", "ghost", "hygraph", "contentstack", "jwt"];
    expect(SCHEMES.filter((scheme) => TIMED.has(scheme))).toEqual(timed);
    expect(TIMED.size).toBe(timed.length);
    expect(TOLERANCE).toBe(5 * MINUTE);
  });

  test("a verification accepts a former secret for thirty days after the newest was set, or the former one was given", () => {
    expect(FORMER_SECRET).toBe(30 * DAY);
    const [early, late] = [ENFORCED_SINCE + 5, ENFORCED_SINCE + 9];
    const recent = { ...standing, secretSetAt: early };
    expect(previousSecretUntil(recent)).toBe(early + FORMER_SECRET);
    expect(previousSecretUntil({ ...recent, previousSetAt: late })).toBe(late + FORMER_SECRET);
    expect(previousSecretUntil({ ...recent, secretSetAt: late, previousSetAt: early })).toBe(late + FORMER_SECRET);
    expect(previousSecretUntil({ ...recent, secrets: ["new"] })).toBeNull();
  });

  test("a verification rotated before former secrets expired has thirty days from 1 December 2026", () => {
    expect(ENFORCED_SINCE).toBe(Date.parse("2026-12-01T00:00:00Z"));
    for (const rotated of [standing, { ...standing, previousSetAt: 9 }, { ...standing, secretSetAt: ENFORCED_SINCE }])
      expect(previousSecretUntil(rotated)).toBe(ENFORCED_SINCE + FORMER_SECRET);
  });

  test("a verification's header secret counts whole, except for a word that names how it is sent", () => {
    const words = ["Bearer", "Basic", "Token", "ApiKey"];
    for (const word of words.flatMap((name) => [name, name.toLowerCase(), name.toUpperCase()])) {
      for (const blank of [word, `${word} `, ` ${word}   `]) expect(secretPart("header-secret", blank)).toBe("");
      expect(secretPart("header-secret", `${word}  of-the-sender`)).toBe("of-the-sender");
      for (const whole of [`${word}ofsender`, `x${word} y`, `${word}-1`])
        expect(secretPart("header-secret", whole)).toBe(whole);
    }
    const letters = [..."abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"];
    for (let length = 8; length <= letters.length; length += 1) {
      for (let from = 0; from + length <= letters.length; from += 1) {
        const text = letters.slice(from, from + length).join("");
        for (const whole of [text, `${text} and more`]) expect(secretPart("header-secret", whole)).toBe(whole);
      }
    }
  });

  test.each([
    ["basic", "cms:a pass:word ", "a pass:word"],
    ["basic", "cms:", ""],
    ["header-secret", "Bearer a-token", "a-token"],
    ["header-secret", "Bearer   ", ""],
    ["header-secret", "Bearer", ""],
    ["header-secret", " Bearer ", ""],
    ["header-secret", "token-1", "token-1"],
    ["header-secret", "correcthorse", "correcthorse"],
    ["header-secret", "correct horse", "correct horse"],
    ["svix", "whsec_abc", "abc"],
    ["svix", " whsec_ abc ", "abc"],
    ["svix", "my-whsec_abc", "my-whsec_abc"],
    ["github", "a b", "a b"],
    ["github", "   ", ""],
  ])("a verification finds the secret part of a %s secret: %j", (scheme, secret, part) => {
    expect(secretPart(scheme, secret)).toBe(part);
  });
});

describe("a key as it is written", () => {
  test.each([
    ["text", "", true],
    ["text", "any text", true],
    ["base64", "c2VjcmV0LWtleQ==", true],
    ["base64", "c2VjcmV0_-k", true],
    ["base64", "c2VjcmV0LW", false],
    ["base64", "c2VjcmV0LWtleQ===", false],
    ["base64", "c2VjcmV0 LWtleQ", false],
    ["hex", "00ff00FF00ff00ff", true],
    ["hex", "00ff00FF00ff00", false],
    ["hex", "00ff00FF00ff00ff0", false],
    ["hex", "00ff00FF00ff00fg", false],
    ["base32", "00ff00FF00ff00ff", false],
    ["constructor", "00ff00FF00ff00ff", false],
  ])("a key in %s is written as %j: %s, with eight bytes at least", (encoding, text, isKey) => {
    expect(isKeyText(text, encoding)).toBe(isKey);
  });

  test.each([
    ["-----BEGIN PUBLIC KEY-----", true],
    ["  \n-----BEGIN CERTIFICATE-----", true],
    ['{"kty":"RSA"}', true],
    [' \t{"kty":"RSA"}', true],
    ["a secret with a { in it", false],
    ["x-----BEGIN", false],
    ["", false],
  ])(
    "a text may be a public key, and so no secret, if it begins as PEM or JSON does: %j is one: %s",
    (text, isPublic) => {
      expect(isWrittenAsPublicKey(text)).toBe(isPublic);
    },
  );
});
