import { describe, expect, test } from "vitest";
import { DAY } from "../../src/core/durations.ts";
import { ENFORCED_SINCE, SCHEMES, type SchemeName, type Verification } from "../../src/core/webhook/verification.ts";
import type { Arrived } from "../../src/edge/senders/arrived.ts";
import { sign } from "../../src/edge/senders/sign.ts";
import { verify } from "../../src/edge/senders/verify.ts";
import { LAYER, SenderWorld, WEBHOOK } from "./senderWorld.ts";

const NOW = Date.UTC(2027, 5, 1);
const TARGET = "/hooks/data_layer/data_source/publish/lab-layer-0001/whk_lab_5Zp2";
const sealer = { keyId: "key", seal: (text: string) => text, open: (text: string) => text, isCurrent: () => true };

/** Secrets of a scheme that say nothing, and whole ones whose secret part is one character over and over. */
const blankOf = (scheme: SchemeName): readonly string[] => {
  const every = ["", " ", "        ", "\t\t"];
  if (scheme === "basic") return [...every, ":", "name:", "name:   "];
  return scheme === "header-secret"
    ? [...every, "Bearer", "Bearer    ", " Bearer", "basic", "Token ", "ApiKey"]
    : [...every, "whsec_"];
};
const repeatedOf = (scheme: SchemeName): readonly string[] => {
  const every = ["aaaaaaaa", "abababab", "c".repeat(64)];
  if (scheme === "basic") return [...every, "name:aaaaaaaa"];
  return scheme === "header-secret" ? [...every, "Bearer aaaaaaaa"] : [...every, `whsec_${"A".repeat(44)}`];
};
/** Every header by which a scheme proves something or tells a time. */
const HEADERS = [
  "authorization",
  "x-signature",
  "x-time",
  ...["webhook", "svix"].flatMap((prefix) => ["id", "timestamp", "signature"].map((part) => `${prefix}-${part}`)),
  "x-contentful-signature",
  "x-contentful-signed-headers",
  "x-contentful-timestamp",
  "sanity-webhook-signature",
  "x-ghost-signature",
  "x-shopify-hmac-sha256",
  "gcms-signature",
  "x-kontent-ai-signature",
  "x-kc-signature",
  "x-contentstack-hmac-signature",
  "x-hub-signature-256",
];

const PUBLIC_KEYS: ReadonlySet<SchemeName> = new Set(["rsa", "ecdsa", "ed25519"] as const);
const WITH_HEADER: ReadonlySet<SchemeName> = new Set(["hmac", ...PUBLIC_KEYS]);
/** Nobody can make a proof with a blank key of these. */
const UNFORGEABLE: ReadonlySet<SchemeName> = new Set(["standard-webhooks", "svix", ...PUBLIC_KEYS]);

const settingsOf = (scheme: SchemeName, secrets: string[]): Verification => ({
  scheme,
  secrets,
  secretSetAt: 0,
  ...(WITH_HEADER.has(scheme) ? { header: "x-signature" } : {}),
  ...(scheme === "hmac" ? { algorithm: "sha256", encoding: "hex" } : {}),
});

const arrived = (headers: Readonly<Record<string, string>>, body: string): Arrived => {
  const bytes = Buffer.from(body, "utf8");
  return { method: "POST", target: TARGET, headers: new Headers(headers), body: bytes, bytes: bytes.length };
};

describe.each(SCHEMES)("%s", (scheme) => {
  test("a secret is not proven by a header or a body that is absent, empty or blank, whatever the secret is", () => {
    const values = ["", " ", "v1,", "sha256=", "t=1,v1=", "sign=, env=, t=1", "Basic", "Basic ", "Basic Og=="];
    const bodies = ["", " ", "{}", '{"secret":""}', '{"secret":" "}', '{"secret":null}'];
    for (const secret of ["a good secret of it", ...blankOf(scheme)]) {
      for (const body of bodies) {
        for (const value of [null, ...values]) {
          const headers = value === null ? {} : Object.fromEntries(HEADERS.map((name) => [name, value]));
          const { kind } = verify(arrived(headers, body), settingsOf(scheme, [secret]), sealer, NOW);
          expect(kind, JSON.stringify({ secret, body, value })).toBe("refused");
        }
      }
    }
  });

  test("a webhook with a stored secret that is blank accepts nothing, and says to set a new one", () => {
    const forged = blankOf(scheme).flatMap((secret) => {
      const settings = settingsOf(scheme, [secret]);
      try {
        const request = { method: "POST", target: TARGET, headers: {}, body: "{}" };
        const signed = sign(request, settings, secret, NOW, "msg_1");
        return signed.kind === "signed" ? [{ settings, secret, request: signed.request }] : [];
      } catch {
        return [];
      }
    });
    if (!UNFORGEABLE.has(scheme)) expect(forged.length).toBeGreaterThan(0);
    for (const { settings, request, secret } of forged) {
      const judged = verify(arrived(request.headers, request.body ?? ""), settings, sealer, NOW);
      expect(judged.kind, JSON.stringify(secret)).toBe("refused");
      if (judged.kind !== "refused" || judged.code !== "SECRET_UNREADABLE") continue;
      expect(judged.cause).toContain("Set a new secret");
    }
  });

  test("a webhook takes no secret that is short, blank, of one character or with a space at an end", async () => {
    const world = new SenderWorld();
    await world.open();
    const base = { scheme, ...(WITH_HEADER.has(scheme) ? { header: "x-signature" } : {}) };
    const edges = [" a-secret-of-it", "a-secret-of-it "];
    for (const secret of [...blankOf(scheme), ...repeatedOf(scheme), ...edges, "short"]) {
      const answer = await world.change({ verification: { ...base, secret } });
      expect([answer.status, answer.at("errors.0.path")], secret).toEqual([400, "verification.secret"]);
    }
  });
});

describe("a header secret of letters alone", () => {
  test("a header secret of letters alone is accepted and proves its sender, stored by any release", async () => {
    for (const secret of ["correcthorse", "abcdefgh", "Authorization", "correct horse battery", "BearerOfNews"]) {
      const world = new SenderWorld();
      await world.open({ verification: { scheme: "header-secret", secret } });
      expect(await world.outcome({ headers: { authorization: secret } }), secret).toEqual([200, null]);
      const judged = verify(
        arrived({ authorization: secret }, "{}"),
        settingsOf("header-secret", [secret]),
        sealer,
        NOW,
      );
      expect(judged.kind, secret).toBe("verified");
    }
  });
});

describe("a former secret", () => {
  const setAt = NOW;
  const opened = async () => {
    const world = new SenderWorld();
    await world.open({ verification: { scheme: "header-secret", secret: "the-former-secret" } });
    world.now = setAt;
    await world.change({ verification: { scheme: "header-secret", secret: "the-newest-secret" } });
    return world;
  };
  const former = { headers: { authorization: "the-former-secret" } };
  const newest = { headers: { authorization: "the-newest-secret" } };

  test("a former secret expires by itself thirty days after the rotation, without a write, and its end is shown", async () => {
    const world = await opened();
    const shown = await world.get(`/data-layers/${LAYER}/webhooks/${WEBHOOK}`);
    expect(shown.at("verification.previousSecretExpiresAt")).toBe(new Date(setAt + 30 * DAY).toISOString());
    world.now = setAt + 30 * DAY - 1;
    expect(await world.outcome(former)).toEqual([200, null]);
    world.now = setAt + 30 * DAY;
    const before = (await world.store.memory.read(`layers/${LAYER}`))?.etag;
    const refused = await (await world.send(former)).json();
    expect([refused.code, refused.detail]).toEqual([
      "SIGNATURE_MISMATCH",
      expect.stringContaining("expired at 2027-07-01"),
    ]);
    const over = await world.get(`/data-layers/${LAYER}/webhooks/${WEBHOOK}`);
    expect([over.at("verification.secrets"), over.at("verification.previousSecretExpiresAt")]).toEqual([1, null]);
    expect((await world.store.memory.read(`layers/${LAYER}`))?.etag).toBe(before);
    expect(await world.outcome(newest)).toEqual([200, null]);
    const exported = await world.get("/export?secrets=true");
    expect(exported.text).toContain("the-newest-secret");
    expect(exported.text).not.toContain("the-former-secret");
  });

  test("a former secret rotated long before such secrets expired is accepted until 31 December 2026", async () => {
    const end = ENFORCED_SINCE + 30 * DAY;
    const settings = settingsOf("header-secret", ["the-newest-secret", "the-former-secret"]);
    const judged = (at: number) => verify(arrived(former.headers, "{}"), settings, sealer, at).kind;
    expect(new Date(end).toISOString()).toBe("2026-12-31T00:00:00.000Z");
    expect([judged(ENFORCED_SINCE), judged(end - 1), judged(end)]).toEqual(["verified", "verified", "refused"]);
  });

  test("a former secret given by itself has thirty days from then on", async () => {
    const world = await opened();
    world.now = setAt + 40 * DAY;
    await world.change({ verification: { scheme: "header-secret", previousSecret: "another-former-one" } });
    const other = { headers: { authorization: "another-former-one" } };
    world.now = setAt + 69 * DAY;
    expect(await world.outcome(other)).toEqual([200, null]);
    world.now = setAt + 70 * DAY;
    expect(await world.outcome(other)).toEqual([401, "SIGNATURE_MISMATCH"]);
  });
});
