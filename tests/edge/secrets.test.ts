import { Webhook } from "standardwebhooks";
import { describe, expect, test } from "vitest";
import { internalMac, isInternal, makeSealer, makeSigner, newSigningSecret } from "../../src/edge/secrets.ts";
import { readWake } from "../../src/edge/wake.ts";

const OLD = "an old secret of enough length";
const NEW = "a new secret of enough length!";

describe("stored credentials", () => {
  test("are not readable without the secret, and differ each time they are sealed", () => {
    const sealer = makeSealer([NEW]);
    const sealed = sealer.seal("https://api.netlify.com/build_hooks/abc");
    expect(sealed).not.toContain("netlify");
    expect(sealer.seal("https://api.netlify.com/build_hooks/abc")).not.toBe(sealed);
    expect(sealer.open(sealed)).toBe("https://api.netlify.com/build_hooks/abc");
    expect(makeSealer([OLD]).open(sealed)).toBeNull();
  });

  test("survive a rotation of the secret while the previous one is still named", () => {
    const sealed = makeSealer([OLD]).seal("text");
    expect(makeSealer([NEW, OLD]).open(sealed)).toBe("text");
    expect(makeSealer([NEW]).open(sealed)).toBeNull();
  });

  test("that were tampered with are not opened", () => {
    const sealer = makeSealer([NEW]);
    const sealed = sealer.seal("some longer text");
    for (let i = 0; i < sealed.length; i += 1) {
      const other = sealed[i] === "A" ? "B" : "A";
      const opened = sealer.open(`${sealed.slice(0, i)}${other}${sealed.slice(i + 1)}`);
      expect([null, "some longer text"]).toContain(opened);
    }
    for (const garbage of ["", "1", "1.x.y.z.w", "....", "2.a.b.c.d"]) expect(sealer.open(garbage)).toBeNull();
  });
});

describe("outgoing calls", () => {
  test("verify with the vendor's library, also with the previous secret during a rotation", () => {
    const [current, previous] = [newSigningSecret(), newSigningSecret()];
    const headers = makeSigner([NEW], "https://x.test").standard([current, previous], "s/a/1", Date.now(), '{"a":1}');
    for (const secret of [current, previous]) expect(new Webhook(secret).verify('{"a":1}', headers)).toEqual({ a: 1 });
    expect(() => new Webhook(newSigningSecret()).verify('{"a":1}', headers)).toThrow();
  });
});

describe("callback URLs", () => {
  const claims = { layerId: "layer-one", syncId: "0198", slug: "a", fence: 3 };
  const tokenOf = (url: string) => url.split("/").at(-1) ?? "";

  test("are bound to layer, sync, source and fencing token", () => {
    const signer = makeSigner([NEW], "https://x.test");
    const token = tokenOf(signer.callbackUrl(claims));
    expect(signer.isCallback(claims, token)).toBe(true);
    for (const other of [{ layerId: "layer-two" }, { syncId: "0199" }, { slug: "b" }, { fence: 4 }]) {
      expect(signer.isCallback({ ...claims, ...other }, token)).toBe(false);
    }
    expect(signer.isCallback(claims, "")).toBe(false);
  });

  test("given out before a rotation are still taken", () => {
    const token = tokenOf(makeSigner([OLD], "https://x.test").callbackUrl(claims));
    expect(makeSigner([NEW, OLD], "https://x.test").isCallback(claims, token)).toBe(true);
    expect(makeSigner([NEW], "https://x.test").isCallback(claims, token)).toBe(false);
  });
});

describe("internal calls", () => {
  const now = 1_800_000_000_000;
  const wake = (target: string, at: number, secret = NEW) =>
    JSON.stringify({ target, at, mac: internalMac(secret, target, at) });

  test("are taken from this system alone, and only lately", () => {
    expect(readWake([NEW], wake("layer/abcdefgh", now), now)).toEqual({ kind: "layer", id: "abcdefgh" });
    expect(readWake([NEW, OLD], wake("site/abcdefgh", now, OLD), now)).toEqual({ kind: "site", id: "abcdefgh" });
    expect(readWake([NEW], wake("layer/abcdefgh", now, OLD), now)).toBeNull();
    expect(readWake([NEW], wake("layer/abcdefgh", now - 11 * 60_000), now)).toBeNull();
    expect(readWake([], wake("layer/abcdefgh", now), now)).toBeNull();
    expect(isInternal([NEW], "layer/abcdefgh", now, "", now)).toBe(false);
  });

  test.each(["", "{}", "[]", "null", "x".repeat(2000), '{"target":"layer/../x","at":1,"mac":""}', '{"__proto__":1}'])(
    "garbage is nobody's: %s",
    (text) => {
      expect(readWake([NEW], text, now)).toBeNull();
    },
  );
});
