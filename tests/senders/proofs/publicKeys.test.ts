import { createPublicKey, generateKeyPairSync, sign } from "node:crypto";
import { describe, expect, test } from "vitest";
import { verify } from "../../../src/edge/senders/verify.ts";
import { opened } from "../arrivals/opened.ts";
import { LAYER } from "../senderWorld.ts";

const BODY = '{"title":"Hé 漢"}';
const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
const ec = generateKeyPairSync("ec", { namedCurve: "P-256" });
const ed25519 = generateKeyPairSync("ed25519");
const spki = (pair: { publicKey: typeof rsa.publicKey }) =>
  pair.publicKey.export({ type: "spki", format: "pem" }).toString();

const verified = (scheme: string, settings: Record<string, unknown>) =>
  opened({ verification: { scheme, header: "x-signature", ...settings } });
const proof = (bytes: Buffer, encoding: "hex" | "base64" = "base64") => ({
  headers: { "x-signature": bytes.toString(encoding) },
  body: BODY,
});

describe("a signature with a private key", () => {
  test("RSA is accepted as PKCS #1 and as PSS, with the key in either form of PEM", async () => {
    const pkcs1 = rsa.publicKey.export({ type: "pkcs1", format: "pem" }).toString();
    for (const secret of [spki(rsa), pkcs1]) {
      const world = await verified("rsa", { secret });
      expect(await world.outcome(proof(sign("sha256", Buffer.from(BODY), rsa.privateKey)))).toEqual([200, null]);
      const pss = sign("sha256", Buffer.from(BODY), { key: rsa.privateKey, padding: 6, saltLength: 32 });
      expect(await world.outcome(proof(pss))).toEqual([200, null]);
      expect(await world.outcome({ ...proof(pss), body: `${BODY} ` })).toEqual([401, "SIGNATURE_MISMATCH"]);
    }
  });

  test("ECDSA is accepted in DER and as two numbers, over a time and the body", async () => {
    const world = await verified("ecdsa", { secret: spki(ec), timestamp: { header: "x-time", separator: "" } });
    const time = `${Math.floor(world.now / 1000)}`;
    const text = Buffer.from(`${time}${BODY}`);
    for (const dsaEncoding of ["der", "ieee-p1363"] as const) {
      const { headers, body } = proof(sign("sha256", text, { key: ec.privateKey, dsaEncoding }));
      expect(await world.outcome({ headers: { ...headers, "x-time": time }, body })).toEqual([200, null]);
      expect(await world.outcome({ headers: { ...headers, "x-time": `${Number(time) - 1}` }, body })).toEqual([
        401,
        "SIGNATURE_MISMATCH",
      ]);
    }
  });

  test("a delivery signed twice with ECDSA is one delivery, although the signatures differ", async () => {
    const world = await verified("ecdsa", { secret: spki(ec), timestamp: { header: "x-time" } });
    const time = `${Math.floor(world.now / 1000)}`;
    const send = async () => {
      const { headers, body } = proof(sign("sha256", Buffer.from(`${time}.${BODY}`), ec.privateKey));
      return (await (await world.send({ headers: { ...headers, "x-time": time }, body })).json()).deliveryId;
    };
    expect(await send()).toBe(await send());
  });

  test("a key pasted into one line, or with \\n written out, is read as PEM", async () => {
    const lines = spki(ed25519).trim();
    for (const secret of [lines.replaceAll("\n", ""), lines.replaceAll("\n", "\\n"), `${lines}\n`]) {
      const world = await verified("ed25519", { secret, encoding: "hex" });
      expect(await world.outcome(proof(sign(null, Buffer.from(BODY), ed25519.privateKey), "hex"))).toEqual([200, null]);
    }
  });

  test("RFC 8032's second vector of Ed25519 is accepted", () => {
    const x = Buffer.from("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "hex");
    const key = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x: x.toString("base64url") }, format: "jwk" });
    const signature =
      "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00";
    const settings = {
      scheme: "ed25519",
      header: "x-signature",
      encoding: "hex",
      secrets: [key.export({ type: "spki", format: "pem" }).toString()],
      secretSetAt: 0,
    };
    const sealer = { keyId: "key", seal: (text: string) => text, open: (text: string) => text, isCurrent: () => true };
    const body = Buffer.from("72", "hex");
    const arrived = { method: "POST", target: "/", headers: new Headers({ "x-signature": signature }), body, bytes: 1 };
    expect(verify(arrived, settings, sealer, 0).kind).toBe("verified");
    expect(verify({ ...arrived, body: Buffer.from("73", "hex") }, settings, sealer, 0).kind).toBe("refused");
  });

  test("a refused signature tells admins that it would match with another hash, or in hex", async () => {
    const world = await verified("rsa", { secret: spki(rsa) });
    const hint = async () => (await world.get(`/data-layers/${LAYER}/deliveries`)).at("items.0.hint");
    await world.send(proof(sign("sha1", Buffer.from(BODY), rsa.privateKey)));
    expect(await hint()).toBe("It would match if the algorithm were sha1.");
    await world.send(proof(sign("sha256", Buffer.from(BODY), rsa.privateKey), "hex"));
    expect(await hint()).toBe("It would match if the signature were read as hex.");
  });
});

describe("the public key of a sender", () => {
  const short = generateKeyPairSync("rsa", { modulusLength: 1024 });
  const privatePem = ec.privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  test.each([
    ["rsa", spki(ec)],
    ["rsa", spki(short)],
    ["ecdsa", spki(rsa)],
    ["ed25519", spki(ec)],
    ["ecdsa", privatePem],
    ["ecdsa", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----"],
    ["rsa", "a secret that is no key"],
    ["rsa", `-----BEGIN PUBLIC KEY-----\n${"A".repeat(5000)}\n-----END PUBLIC KEY-----`],
  ])("a webhook that verifies by %s takes no other key than a public one of this kind", async (scheme, secret) => {
    const world = await opened();
    const refused = await world.change({ verification: { scheme, header: "x-signature", secret } });
    expect([refused.status, refused.at("errors.0.path")]).toEqual([400, "verification.secret"]);
  });
});
