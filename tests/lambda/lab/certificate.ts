import { generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";

/** A certificate and its key, each as PEM. */
export interface Certificate {
  readonly certificate: string;
  readonly key: string;
}

export interface Authority {
  /** Of the authority itself: what a client has to trust. */
  readonly certificate: string;
  /** Issues a certificate for a host name. */
  issue(host: string): Certificate;
}

const der = (tag: number, ...parts: readonly Buffer[]): Buffer => {
  const body = Buffer.concat(parts);
  const { length } = body;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from([tag, ...size]), body]);
};
const sequence = (...parts: readonly Buffer[]): Buffer => der(0x30, ...parts);
const oid = (hex: string): Buffer => der(0x06, Buffer.from(hex, "hex"));
const text = (tag: number, value: string): Buffer => der(tag, Buffer.from(value));

const ECDSA_WITH_SHA256 = sequence(oid("2a8648ce3d040302"));
const name = (commonName: string): Buffer => sequence(der(0x31, sequence(oid("550403"), text(0x0c, commonName))));
/** UTCTime has two digits for the year, and no dots. */
const utcTime = (at: number): Buffer =>
  text(0x17, `${new Date(at).toISOString().slice(2, 19).replaceAll(/[-:T]/g, "")}Z`);
const extension = (id: string, critical: boolean, value: Buffer): Buffer =>
  sequence(oid(id), ...(critical ? [der(0x01, Buffer.from([0xff]))] : []), der(0x04, value));
const pem = (bytes: Buffer): string => {
  const lines = bytes.toString("base64").match(/.{1,64}/g) ?? [];
  return ["-----BEGIN CERTIFICATE-----", ...lines, "-----END CERTIFICATE-----", ""].join("\n");
};

const ISSUER = "Layerhook test authority";
const DAY_MS = 24 * 60 * 60 * 1000;

const certify = (subject: string, publicKey: KeyObject, signer: KeyObject, extensions: readonly Buffer[]): string => {
  const now = Date.now();
  const body = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    ECDSA_WITH_SHA256,
    name(ISSUER),
    sequence(utcTime(now - DAY_MS), utcTime(now + 30 * DAY_MS)),
    name(subject),
    publicKey.export({ type: "spki", format: "der" }),
    der(0xa3, sequence(...extensions)),
  );
  const signature = Buffer.concat([Buffer.from([0]), sign("sha256", body, signer)]);
  return pem(sequence(body, ECDSA_WITH_SHA256, der(0x03, signature)));
};

const keys = () => generateKeyPairSync("ec", { namedCurve: "P-256" });

/**
 * Makes a certificate authority of a day, in memory. Node signs but writes no certificates, and no command that does is on
 * every machine.
 */
export const makeAuthority = (): Authority => {
  const own = keys();
  const isAuthority = extension("551d13", true, sequence(der(0x01, Buffer.from([0xff]))));
  return {
    certificate: certify(ISSUER, own.publicKey, own.privateKey, [isAuthority]),
    issue(host) {
      const { publicKey, privateKey } = keys();
      const hosts = extension("551d11", false, sequence(text(0x82, host)));
      return {
        certificate: certify(host, publicKey, own.privateKey, [hosts]),
        key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
      };
    },
  };
};
