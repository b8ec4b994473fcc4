import { describe, expect, test } from "vitest";
import { DAY, MINUTE } from "../../src/core/durations.ts";
import {
  changeVerification,
  FORMER_SECRET,
  previousSecretUntil,
  SCHEMES,
  secretPart,
  TIMED,
  TOLERANCE,
  type Verification,
} from "../../src/core/verification.ts";

const settings = { scheme: "github" } as const;
const standing: Verification = { scheme: "github", secrets: ["new", "old"], secretSetAt: 5 };

describe("a webhook's verification", () => {
  test("needs a secret from the first", () => {
    expect(changeVerification(undefined, { settings }, 9)).toBeNull();
    expect(changeVerification(undefined, { settings, secret: "s" }, 9)).toEqual({
      scheme: "github",
      secrets: ["s"],
      secretSetAt: 9,
    });
  });

  test("keeps both secrets and their time while only other settings change", () => {
    const change = { settings: { scheme: "github", toleranceSeconds: 60 } } as const;
    expect(changeVerification(standing, change, 9)).toEqual({ ...standing, toleranceSeconds: 60 });
  });

  test("takes the former secret beside a new one, and forgets the one before that", () => {
    expect(changeVerification(standing, { settings, secret: "newest" }, 9)).toEqual({
      scheme: "github",
      secrets: ["newest", "new"],
      secretSetAt: 9,
    });
  });

  test("asked again about a change that stands, changes nothing", () => {
    expect(changeVerification(standing, { settings, secret: "new" }, 9)).toEqual(standing);
  });

  test("drops the former secret when told to, and takes one that is named", () => {
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

  test("of another scheme begins anew: a secret of the former one is none of this", () => {
    expect(changeVerification(standing, { settings: { scheme: "svix" } }, 9)).toBeNull();
    const changed = changeVerification(standing, { settings: { scheme: "svix" }, secret: "new" }, 9);
    expect(changed).toEqual({ scheme: "svix", secrets: ["new"], secretSetAt: 9 });
  });

  test("checks the age of a proof that carries its time, five minutes to either side", () => {
    const timed = ["standard-webhooks", "svix", "contentful", "sanity", "ghost", "hygraph", "contentstack"];
    expect(SCHEMES.filter((scheme) => TIMED.has(scheme))).toEqual(timed);
    expect(TIMED.size).toBe(timed.length);
    expect(TOLERANCE).toBe(5 * MINUTE);
  });

  test("accepts a former secret for thirty days after the newest was set, or it was given itself", () => {
    expect(FORMER_SECRET).toBe(30 * DAY);
    expect(previousSecretUntil(standing)).toBe(5 + FORMER_SECRET);
    expect(previousSecretUntil({ ...standing, previousSetAt: 9 })).toBe(9 + FORMER_SECRET);
    expect(previousSecretUntil({ ...standing, secretSetAt: 20, previousSetAt: 9 })).toBe(20 + FORMER_SECRET);
    expect(previousSecretUntil({ ...standing, secrets: ["new"] })).toBeNull();
  });

  test.each([
    ["basic", "cms:a pass:word ", "a pass:word"],
    ["basic", "cms:", ""],
    ["header-secret", "Bearer a-token", "a-token"],
    ["header-secret", "Bearer   ", ""],
    ["header-secret", "Bearer", ""],
    ["header-secret", "token-1", "token-1"],
    ["svix", "whsec_abc", "abc"],
    ["github", "a b", "a b"],
    ["github", "   ", ""],
  ])("tells the secret part of a %s secret: %j", (scheme, secret, part) => {
    expect(secretPart(scheme, secret)).toBe(part);
  });
});
