import { createHmac } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { verificationInputSchema } from "../../../src/contract/resources/verificationSchemas.ts";
import { verify } from "../../../src/edge/senders/verify.ts";

const SECRET = "a secret that the CMS shows";
const sealer = { keyId: "key", seal: (text: string) => text, open: (text: string) => text, isCurrent: () => true };

/** A request by the values of its parts. */
type Values = Readonly<Record<string, string>>;

const settingsOf = (signs: string) => ({
  scheme: "hmac",
  header: "x-signature",
  secrets: [SECRET],
  secretSetAt: 0,
  signs,
  ...(signs.includes("{timestamp}") ? { timestamp: { header: "x-time", unit: "seconds", separator: "." } } : {}),
});

/** Whether a request with these values is accepted with the signature of this text, at the time that it names. */
const isAccepted = (signs: string, values: Values, signed: string): boolean => {
  const headers = new Headers({ "x-signature": createHmac("sha256", SECRET).update(signed).digest("hex") });
  for (const [name, value] of Object.entries(values)) {
    if (name.startsWith("header:")) headers.set(name.slice("header:".length), value);
  }
  if (values["timestamp"] !== undefined) headers.set("x-time", values["timestamp"]);
  const body = Buffer.from(values["body"] ?? "");
  const at = Number(values["timestamp"] ?? 0) * 1000;
  const arrived = { method: "POST", target: values["path"] ?? "/", headers, body, bytes: body.length };
  return verify(arrived, settingsOf(signs), sealer, at).kind === "verified";
};

/** What HTTP can carry as the value of a part. */
const isPossible = (name: string, value: string): boolean => {
  if (name === "method") return value === "POST";
  if (name === "timestamp") return /^\d+$/.test(value);
  if (name === "path") return value.startsWith("/");
  return name === "body" || value === value.trim();
};

/** Every way to cut a text into the parts of a template. */
const readings = (text: string, [literal = "", name, ...rest]: readonly string[]): Values[] => {
  if (!text.startsWith(literal)) return [];
  const left = text.slice(literal.length);
  if (name === undefined) return left === "" ? [{}] : [];
  return Array.from({ length: left.length + 1 }, (_, at) => at).flatMap((at) =>
    isPossible(name, left.slice(0, at))
      ? readings(left.slice(at), rest).map((others) => ({ [name]: left.slice(0, at), ...others }))
      : [],
  );
};

const tempting = fc.string({ unit: fc.constantFrom("a", "b", ".", "{", "1", "2", "/"), minLength: 1, maxLength: 5 });
const separator = fc.oneof(
  fc.constantFrom("", "", ".", "a", "aa", "aba", "1", "{"),
  fc.string({ unit: fc.constantFrom("a", "b", "."), maxLength: 3 }),
);
const names = fc
  .shuffledSubarray(["header:x-a", "header:x-b", "timestamp", "path", "method"], { maxLength: 3 })
  .chain((others) => fc.nat(others.length).map((at) => [...others.slice(0, at), "body", ...others.slice(at)]));
const request = fc.tuple(
  names,
  fc.array(separator, { minLength: 5, maxLength: 5 }),
  fc.array(tempting, { minLength: 4, maxLength: 4 }),
);

test("whatever a signature covers, its bytes are accepted as one request at most", () => {
  let accepted = 0;
  fc.assert(
    fc.property(request, ([parts, separators, given]) => {
      const values: Values = Object.fromEntries(
        parts.map((name, at) => [
          name,
          name === "method"
            ? "POST"
            : name === "timestamp"
              ? `${(given[at] ?? "").replaceAll(/\D/g, "")}1`
              : name === "path"
                ? `/${given[at]}`
                : (given[at] ?? ""),
        ]),
      );
      const template = [separators[0] ?? "", ...parts.flatMap((name, at) => [name, separators[at + 1] ?? ""])];
      const literals = template.map((piece, at) => (at % 2 === 0 ? piece.replaceAll("{", "(") : piece));
      const signs = literals.map((piece, at) => (at % 2 === 0 ? piece : `{${piece}}`)).join("");
      const text = literals.map((piece, at) => (at % 2 === 0 ? piece : (values[piece] ?? ""))).join("");
      const right = readings(text, literals).filter((reading) => isAccepted(signs, reading, text));
      accepted += right.length;
      expect(right.length, JSON.stringify({ signs, right })).toBeLessThanOrEqual(1);
    }),
    { numRuns: 1500, seed: 7 },
  );
  expect(accepted).toBeGreaterThan(300);
});

const URL_PATH = "/hooks/data_layer/data_source/publish/lab-layer-0001/whk_lab_5Zp2";
/** Values that a real request may have. */
const real = (name: string, given: string): string => {
  if (name === "method") return "POST";
  if (name === "timestamp") return `178${given.length}012345`;
  if (name === "path") return `${URL_PATH}?${given}`;
  return name === "body" ? `{"a":"${given}"}` : given;
};
const apart = fc.constantFrom("", ".", ":", "/", "_", "|", "\n", "data", "//", "./");

test("what signatures cover is accepted as a setting exactly if a delivery can be verified by it", () => {
  let [accepted, refused] = [0, 0];
  fc.assert(
    fc.property(
      names,
      fc.array(apart, { minLength: 5, maxLength: 5 }),
      fc.array(tempting, { minLength: 6, maxLength: 6 }),
      (parts, separators, given) => {
        const signs = parts.map((name, at) => `{${name}}${separators[at] ?? ""}`).join("");
        const { secrets: _secrets, secretSetAt: _at, ...settings } = settingsOf(signs);
        const isSet = verificationInputSchema.safeParse({ ...settings, secret: SECRET }).success;
        const isVerified = (givenAt: (at: number) => string): boolean => {
          const values = Object.fromEntries(parts.map((name, at) => [name, real(name, givenAt(at))]));
          const text = parts.map((name, at) => `${values[name] ?? ""}${separators[at] ?? ""}`).join("");
          return isAccepted(signs, values, text);
        };
        if (isSet) accepted += 1;
        else refused += 1;
        // A header without any of the separators, one that begins as JSON does, and then any headers and bodies.
        const likely = ["~", "{~", "1"].some((value) =>
          isVerified((at) => (parts[at]?.startsWith("header:") === true ? value : "~")),
        );
        const any = likely || given.some((_, first) => isVerified((at) => given[(first + at) % given.length] ?? ""));
        expect(any, signs).toBe(isSet);
      },
    ),
    { numRuns: 1500, seed: 11 },
  );
  expect(Math.min(accepted, refused)).toBeGreaterThan(200);
});
