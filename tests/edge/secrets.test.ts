import { createCipheriv, createDecipheriv, createHash, createHmac, randomBytes } from "node:crypto";
import { Webhook } from "standardwebhooks";
import { describe, expect, test } from "vitest";
import { readWake } from "../../src/edge/outgoing/wake.ts";
import {
  internalMac,
  isInternal,
  keyFor,
  makeSealer,
  makeSigner,
  newSigningSecret,
  slowKeyFor,
} from "../../src/edge/secrets.ts";

const OLD = "an old secret of enough length";
const NEW = "a new secret of enough length!";

const HERE = "site/one/buildHook";

/** How the release before seals. */
const sealedBefore = (secret: string, text: string): string => {
  const key = keyFor(secret, "seal");
  const nonce = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", key, nonce);
  const sealed = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
  const id = createHash("sha256").update(key).digest("hex").slice(0, 8);
  return ["1", id, ...[nonce, cipher.getAuthTag(), sealed].map((part) => part.toString("base64url"))].join(".");
};

/** How the release before opens. */
const openedBefore = (secret: string, sealed: string): string => {
  const [, , nonce = "", tag = "", text = ""] = sealed.split(".");
  const decipher = createDecipheriv("aes-256-gcm", keyFor(secret, "seal"), Buffer.from(nonce, "base64url"));
  decipher.setAuthTag(Buffer.from(tag, "base64url"));
  return Buffer.concat([decipher.update(Buffer.from(text, "base64url")), decipher.final()]).toString("utf8");
};

/** The sealed text with one of its parts cut to so many bytes. */
const cut = (sealed: string, part: number, bytes: number): string =>
  sealed
    .split(".")
    .map((text, at) => (at === part ? Buffer.from(text, "base64url").subarray(0, bytes).toString("base64url") : text))
    .join(".");

describe("stored credentials", () => {
  test("stored credentials are not readable without the secret, and differ each time they are sealed", () => {
    const sealer = makeSealer([NEW]);
    const sealed = sealer.seal("https://api.netlify.com/build_hooks/abc", HERE);
    expect(sealed).not.toContain("netlify");
    expect(sealer.seal("https://api.netlify.com/build_hooks/abc", HERE)).not.toBe(sealed);
    expect(sealer.open(sealed, HERE)).toBe("https://api.netlify.com/build_hooks/abc");
    expect(makeSealer([OLD]).open(sealed, HERE)).toBeNull();
  });

  test("stored credentials survive a rotation of the secret while the former one is still named", () => {
    const sealed = makeSealer([OLD]).seal("text", HERE);
    expect(makeSealer([NEW, OLD]).open(sealed, HERE)).toBe("text");
    expect(makeSealer([NEW]).open(sealed, HERE)).toBeNull();
  });

  test("stored credentials that were tampered with are not opened", () => {
    const sealer = makeSealer([NEW]);
    const sealed = sealer.seal("some longer text", HERE);
    for (let i = 0; i < sealed.length; i += 1) {
      const other = sealed[i] === "A" ? "B" : "A";
      const opened = sealer.open(`${sealed.slice(0, i)}${other}${sealed.slice(i + 1)}`, HERE);
      expect([null, "some longer text"]).toContain(opened);
    }
    for (const garbage of ["", "1", "1.x.y.z.w", "....", "2.a.b.c.d"]) expect(sealer.open(garbage, HERE)).toBeNull();
  });

  test("stored credentials open with their whole tag alone, also those of the release before", () => {
    const sealer = makeSealer([NEW]);
    for (const sealed of [sealer.seal("text", HERE), sealedBefore(NEW, "text")]) {
      expect(sealer.open(sealed, HERE)).toBe("text");
      for (const bytes of [0, 1, 4, 8, 12, 13, 14, 15]) expect(sealer.open(cut(sealed, 3, bytes), HERE)).toBeNull();
    }
  });

  test("stored credentials open at their own place alone, however their nonce is cut", () => {
    const sealer = makeSealer([NEW]);
    const sealed = sealer.seal("text", HERE);
    for (const place of ["site/two/buildHook", "site/one/buildHoo", "", "layer/one/webhook/wh_1/secret"]) {
      expect(sealer.open(sealed, place)).toBeNull();
      for (let bytes = 0; bytes < 20; bytes += 1) expect(sealer.open(cut(sealed, 2, bytes), place)).toBeNull();
    }
  });

  test("stored credentials of the release before are opened and known for unbound, and that release opens those of this one", () => {
    const sealer = makeSealer([NEW]);
    const before = sealedBefore(NEW, "text");
    expect([sealer.open(before, HERE), sealer.isCurrent(before), sealer.isBound(before)]).toEqual([
      "text",
      true,
      false,
    ]);
    const now = sealer.seal("text", HERE);
    expect([sealer.isCurrent(now), sealer.isBound(now)]).toEqual([true, true]);
    expect(openedBefore(NEW, now)).toBe("text");
  });
});

describe("outgoing calls", () => {
  test("outgoing calls verify with the vendor's library, also with the former secret during a rotation", () => {
    const [current, previous] = [newSigningSecret(), newSigningSecret()];
    const headers = makeSigner([NEW], "https://x.test").standard([current, previous], "s/a/1", Date.now(), '{"a":1}');
    for (const secret of [current, previous]) expect(new Webhook(secret).verify('{"a":1}', headers)).toEqual({ a: 1 });
    expect(() => new Webhook(newSigningSecret()).verify('{"a":1}', headers)).toThrow();
  });
});

describe("callback URLs", () => {
  const claims = { layerId: "layer-one", syncId: "0198", slug: "a", fence: 3 };
  const tokenOf = (url: string) => url.split("/").at(-1) ?? "";

  test("callback URLs are bound to layer, sync, source and fencing token", () => {
    const signer = makeSigner([NEW], "https://x.test");
    const token = tokenOf(signer.callbackUrl(claims));
    expect(signer.isCallback(claims, token)).toBe(true);
    for (const other of [{ layerId: "layer-two" }, { syncId: "0199" }, { slug: "b" }, { fence: 4 }]) {
      expect(signer.isCallback({ ...claims, ...other }, token)).toBe(false);
    }
    expect(signer.isCallback(claims, "")).toBe(false);
  });

  test("callback URLs are signed with a key that is slow to derive, and those of the release before are still accepted", () => {
    const signer = makeSigner([NEW], "https://x.test");
    const { layerId, syncId, slug, fence } = claims;
    const signed = (key: Buffer) =>
      createHmac("sha256", key)
        .update(JSON.stringify([layerId, syncId, slug, fence]))
        .digest("base64url");
    expect(tokenOf(signer.callbackUrl(claims))).toBe(signed(slowKeyFor(NEW, "callback")));
    expect(tokenOf(signer.callbackUrl(claims))).not.toBe(signed(keyFor(NEW, "callback")));
    expect(signer.isCallback(claims, signed(keyFor(NEW, "callback")))).toBe(true);
  });

  test("callback URLs given out before a rotation are still accepted", () => {
    const token = tokenOf(makeSigner([OLD], "https://x.test").callbackUrl(claims));
    expect(makeSigner([NEW, OLD], "https://x.test").isCallback(claims, token)).toBe(true);
    expect(makeSigner([NEW], "https://x.test").isCallback(claims, token)).toBe(false);
  });
});

describe("internal calls", () => {
  const now = 1_800_000_000_000;
  const wake = (target: string, at: number, secret = NEW) =>
    JSON.stringify({ target, at, mac: internalMac(secret, target, at) });

  test("internal calls are accepted from this system alone, and only lately", () => {
    const layer = { kind: "layer", id: "abcdefgh" };
    const site = { kind: "site", id: "abcdefgh" };
    expect(readWake([NEW], wake("layer/abcdefgh", now), now)).toEqual({ target: layer, isRunAgain: false });
    expect(readWake([NEW, OLD], wake("site/abcdefgh", now, OLD), now)).toEqual({ target: site, isRunAgain: false });
    expect(readWake([NEW], wake("layer/abcdefgh", now, OLD), now)).toBeNull();
    expect(readWake([NEW], wake("layer/abcdefgh", now - 41 * 60_000), now)).toBeNull();
    expect(readWake([], wake("layer/abcdefgh", now), now)).toBeNull();
    expect(isInternal([NEW], "layer/abcdefgh", now, "", now)).toBe(false);
  });

  test("a wake is good for the third run of a worker's call, thirty-four minutes after it was sent, and known as such", () => {
    const target = { kind: "layer", id: "abcdefgh" };
    for (const minutes of [1, 16, 34]) {
      const sentAt = now - minutes * 60_000;
      expect(readWake([NEW], wake("layer/abcdefgh", sentAt), now)).toEqual({ target, isRunAgain: true });
    }
    expect(readWake([NEW], wake("layer/abcdefgh", now - 20_000), now)?.isRunAgain).toBe(false);
  });

  test.each(["", "{}", "[]", "null", "x".repeat(2000), '{"target":"layer/../x","at":1,"mac":""}', '{"__proto__":1}'])(
    "garbage is no internal call: %s",
    (text) => {
      expect(readWake([NEW], text, now)).toBeNull();
    },
  );
});
