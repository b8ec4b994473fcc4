import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { SignJWT } from "jose";
import { beforeEach, describe, expect, test, vi } from "vitest";
import type { OutgoingRequest } from "../../../src/app/deps.ts";
import { makeKeySets } from "../../../src/edge/outgoing/keySets.ts";
import { done } from "../../api/world.ts";
import { opened } from "../arrivals/opened.ts";
import { LAYER, type SenderWorld, WEBHOOK } from "../senderWorld.ts";

const BODY = '{"title":"Hé 漢"}';
const pair = () => generateKeyPairSync("ec", { namedCurve: "P-256" });
const [first, second] = [pair(), pair()];
const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });

const jwk = (key: KeyObject, kid?: string) => ({
  ...key.export({ format: "jwk" }),
  ...(kid ? { kid } : {}),
  use: "sig",
});
const setOf = (...keys: unknown[]): string => JSON.stringify({ keys });

let world: SenderWorld;
let calls: OutgoingRequest[];
let served: string;
let sets = 0;

/** A webhook whose sender's keys are at a URL that no other test has fetched. */
beforeEach(async () => {
  calls = [];
  served = setOf(jwk(first.publicKey, "one"));
  sets += 1;
  const jwksUrl = `https://keys.example.com/${sets}/jwks.json`;
  world = await opened({
    verification: { scheme: "jwt", algorithm: "ES256", jwksUrl, claims: { aud: "layerhook" } },
  });
  world.answering = async (request) => {
    calls.push(request);
    return done(served);
  };
});

const token = (key: KeyObject, kid?: string, audience = "layerhook") =>
  new SignJWT({ exp: 9e9 })
    .setProtectedHeader({ alg: "ES256", ...(kid ? { kid } : {}) })
    .setAudience(audience)
    .sign(key);
const send = async (text: string) => world.outcome({ headers: { authorization: `Bearer ${text}` }, body: BODY });

describe("a webhook whose sender has a key set", () => {
  test("a key set is fetched once for many deliveries, and a token of a stranger is refused", async () => {
    for (let delivery = 0; delivery < 3; delivery += 1) {
      expect(await send(await token(first.privateKey, "one"))).toEqual([200, null]);
    }
    expect(calls).toHaveLength(1);
    expect(calls[0]).toMatchObject({ method: "GET", deadline: 1500 });
    expect(await send(await token(second.privateKey, "one"))).toEqual([401, "SIGNATURE_MISMATCH"]);
    expect(await send(await token(first.privateKey, "one", "somebody-else"))).toEqual([401, "SIGNATURE_MISMATCH"]);
    expect(calls).toHaveLength(1);
  });

  test("a delivery that waits for a key set costs one read and one write, as any other", async () => {
    const text = await token(first.privateKey, "one");
    const [read, write] = [vi.spyOn(world.store, "read"), vi.spyOn(world.store, "write")];
    expect(await send(text)).toEqual([200, null]);
    const ofLayer = [read, write].map(({ mock }) => mock.calls.filter(([key]) => key.startsWith("layers/")).length);
    expect([calls.length, ...ofLayer]).toEqual([1, 1, 1]);
  });

  test("a key set that cannot be fetched is answered 503 with Retry-After, and the same delivery is accepted later", async () => {
    const text = await token(first.privateKey, "one");
    const faults = [
      async () => ({ kind: "silence", error: "timed out" }) as const,
      async () => ({ ...done("<h1>Down</h1>"), status: 200 }),
      async () => ({ ...done(served), status: 500 }),
      async () => ({ ...done(served), cut: true }),
      async () => done(setOf()),
      async () => {
        throw new Error("a defect");
      },
    ];
    const { answering } = world;
    for (const fault of faults) {
      world.answering = fault;
      const answer = await world.send({ headers: { authorization: `Bearer ${text}` }, body: BODY });
      const { code, detail } = await answer.json();
      expect([answer.status, code, answer.headers.get("retry-after")]).toEqual([503, "KEYS_UNAVAILABLE", "10"]);
      expect(detail).toContain("keys.example.com");
      expect(detail).not.toContain("jwks.json");
      world.now += 11_000;
    }
    expect((await world.get(`/data-layers/${LAYER}/deliveries`)).at("items.0.code")).toBe("KEYS_UNAVAILABLE");
    world.answering = answering;
    expect(await send(text)).toEqual([200, null]);
  });

  test("a new key of a set is found at once, and made-up key ids cause a call in ten seconds at most", async () => {
    expect(await send(await token(first.privateKey, "one"))).toEqual([200, null]);
    world.now += 11_000;
    served = setOf(jwk(first.publicKey, "one"), jwk(second.publicKey, "two"));
    expect(await send(await token(second.privateKey, "two"))).toEqual([200, null]);
    expect(calls).toHaveLength(2);
    for (let made = 0; made < 20; made += 1) {
      expect(await send(await token(second.privateKey, `made-up-${made}`))).toEqual([401, "SIGNATURE_MISMATCH"]);
    }
    expect(calls).toHaveLength(2);
  });

  test("a key that its sender took out of the set is refused ten minutes later", async () => {
    expect(await send(await token(first.privateKey, "one"))).toEqual([200, null]);
    served = setOf(jwk(second.publicKey, "two"));
    world.now += 600_001;
    expect(await send(await token(first.privateKey, "one"))).toEqual([401, "SIGNATURE_MISMATCH"]);
    expect(await send(await token(second.privateKey, "two"))).toEqual([200, null]);
  });

  test("a new key of a set is found at once although the clock has jumped back an hour since the last call", async () => {
    expect(await send(await token(first.privateKey, "one"))).toEqual([200, null]);
    served = setOf(jwk(second.publicKey, "two"));
    world.now -= 3_600_000;
    expect(await send(await token(second.privateKey, "two"))).toEqual([200, null]);
  });

  test("known keys are used for a day while their set cannot be fetched, and no longer", async () => {
    const text = await token(first.privateKey, "one");
    expect(await send(text)).toEqual([200, null]);
    world.answering = async () => ({ kind: "silence", error: "timed out" });
    world.now += 80_000_000;
    expect(await send(text)).toEqual([200, null]);
    world.now += 10_000_000;
    expect(await send(text)).toEqual([503, "KEYS_UNAVAILABLE"]);
  });

  test("a token without a key id is tried with every key of its kind, and other kinds do no harm", async () => {
    const secret = { kty: "oct", k: "c2VjcmV0" };
    served = setOf(
      secret,
      jwk(rsa.publicKey),
      { kty: "EC" },
      jwk(second.publicKey, "two"),
      jwk(first.publicKey, "one"),
    );
    expect(await send(await token(first.privateKey))).toEqual([200, null]);
    expect((await world.get(`/data-layers/${LAYER}/deliveries`)).at("items.0.secret")).toBe("current");
  });

  test("a public key of a set is never the secret of a token", async () => {
    const known = JSON.stringify(jwk(first.publicKey, "one"));
    const forged = await new SignJWT({ exp: 9e9 })
      .setProtectedHeader({ alg: "HS256", kid: "one" })
      .setAudience("layerhook")
      .sign(new TextEncoder().encode(known));
    expect(await send(forged)).toEqual([401, "SIGNATURE_MALFORMED"]);
  });

  test("the key set of a webhook is shown with its settings, and a secret replaces it", async () => {
    const path = `/data-layers/${LAYER}/webhooks/${WEBHOOK}`;
    expect((await world.get(path)).at("verification")).toMatchObject({ jwksUrl: expect.any(String), secrets: 0 });
    const exported = await world.get("/export?secrets=true");
    const imported = await world.call("PUT", "/import?dryRun=true", { body: exported.at("") });
    expect([imported.status, imported.at("counts.update")]).toEqual([200, 0]);
    const secret = first.publicKey.export({ type: "spki", format: "pem" }).toString();
    const changed = await world.change({ verification: { scheme: "jwt", algorithm: "ES256", secret } });
    expect([changed.status, changed.at("verification.secrets")]).toEqual([200, 1]);
    expect(await send(await token(first.privateKey, "one"))).toEqual([200, null]);
    expect(calls).toEqual([]);
  });

  test.each([
    [{ jwksUrl: "http://keys.example.com/" }, "verification.jwksUrl"],
    [{ jwksUrl: "https://127.0.0.1/jwks" }, "verification.jwksUrl"],
    [{ jwksUrl: "not a URL" }, "verification.jwksUrl"],
    [{ claims: undefined }, "verification.claims"],
    [{ claims: {} }, "verification.claims"],
    [{ algorithm: "HS256" }, "verification.algorithm"],
    [{ secret: "a secret beside it" }, "verification.secret"],
  ])("a key set with settings that cannot be safe is refused: %j", async (more, path) => {
    const base = { scheme: "jwt", algorithm: "ES256", jwksUrl: "https://keys.example.com/", claims: { aud: "us" } };
    const refused = await world.change({ verification: { ...base, ...more } });
    expect([refused.status, refused.at("errors.0.path")]).toEqual([400, path]);
  });
});

describe("what an instance remembers of key sets", () => {
  test("an instance remembers fifty key sets, and twenty keys of each", async () => {
    const keySets = makeKeySets();
    const keys = Array.from({ length: 30 }, (_, at) => ({ kty: "EC", kid: `${at}` }));
    const deps = { clock: world.deps.clock, outgoing: { send: async () => done(setOf(...keys)) } };
    for (let at = 0; at < 60; at += 1) await keySets.fetch(`https://keys.example.com/${at}`, deps);
    const known = Array.from(
      { length: 60 },
      (_, at) => keySets.known(`https://keys.example.com/${at}`, world.now).keys,
    );
    expect(known.map((set) => set?.length ?? 0)).toEqual([...Array(10).fill(0), ...Array(50).fill(20)]);
  });

  test("deliveries that need the same key set at the same time share one call", async () => {
    const keySets = makeKeySets();
    let count = 0;
    const send = async () => {
      count += 1;
      return done(served);
    };
    const fetches = [1, 2, 3].map(() =>
      keySets.fetch("https://keys.example.com/a", { clock: world.deps.clock, outgoing: { send } }),
    );
    await Promise.all(fetches);
    expect(count).toBe(1);
  });
});
