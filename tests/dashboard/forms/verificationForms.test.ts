import { describe, expect, it } from "vitest";
import { z } from "zod";
import { verificationInputSchema } from "../../../src/contract/resources/verificationSchemas.ts";
import type { Webhook } from "../../../src/dashboard/api/types.ts";
import {
  draftOf,
  isKeyStored,
  settingsFor,
  verificationInput,
} from "../../../src/dashboard/components/webhook/verification/verificationDraft.ts";
import {
  formOf,
  type Setting,
  verificationForms,
} from "../../../src/dashboard/components/webhook/verification/verificationForms.ts";

/** A field of the API's input as JSON Schema describes it. */
const fieldSchema = z.looseObject({
  enum: z.array(z.string()).optional(),
  default: z.unknown().optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  properties: z.record(z.string(), z.looseObject({})).optional(),
});
type Field = z.infer<typeof fieldSchema>;

const describedSchema = z.object({
  oneOf: z.array(
    z.looseObject({
      properties: z.looseObject({ scheme: z.looseObject({ const: z.string() }) }),
      required: z.array(z.string()),
    }),
  ),
});
const { oneOf: described } = describedSchema.parse(
  z.toJSONSchema(verificationInputSchema, { io: "input", unrepresentable: "any" }),
);

/** The fields of one scheme by their paths, without what every scheme has. */
const fieldsOf = (properties: object): Map<string, Field> => {
  const fields = new Map<string, Field>();
  for (const [name, given] of Object.entries(properties)) {
    const field = fieldSchema.parse(given);
    if (field.properties === undefined) fields.set(name, field);
    else
      for (const [inner, one] of Object.entries(field.properties))
        fields.set(`${name}.${inner}`, fieldSchema.parse(one));
  }
  for (const name of ["scheme", "secret", "previousSecret"]) fields.delete(name);
  return fields;
};

const settingsOf = (scheme: string): Map<string, Setting> =>
  new Map((formOf(scheme)?.settings ?? []).map((setting) => [setting.path, setting]));

describe("the form of a webhook's verification", () => {
  const schemes = described.map(({ properties }) => [properties.scheme.const, fieldsOf(properties)] as const);

  it("the form has every scheme that the API knows, and no other", () => {
    expect(Object.keys(verificationForms).sort()).toEqual(schemes.map(([scheme]) => scheme).sort());
  });

  it.each(schemes)("the form of a scheme has every setting of the API, and no other: %s", (scheme, fields) => {
    expect([...settingsOf(scheme).keys()].sort()).toEqual([...fields.keys()].sort());
  });

  it.each(schemes)("the choices, bounds and defaults of a scheme's form are the API's: %s", (scheme, fields) => {
    const settings = settingsOf(scheme);
    for (const [path, field] of fields) {
      const { options, initial, range } = settings.get(path) ?? {};
      expect([...(options ?? [])].sort(), path).toEqual([...(field.enum ?? [])].sort());
      if (field.default !== undefined) expect(initial, path).toBe(field.default);
      if (range !== undefined) expect(range, path).toEqual([field.minimum, field.maximum]);
    }
  });

  const empty: NonNullable<Webhook["verification"]> = {
    scheme: "hmac",
    secrets: 1,
    secretSetAt: "2026-01-01T00:00:00.000Z",
    previousSecretExpiresAt: null,
    toleranceSeconds: null,
  };

  it.each([
    { scheme: "body-secret", bodyPath: "meta.secret" },
    { scheme: "standard-webhooks", toleranceSeconds: 60 },
    { scheme: "hmac", header: "x-sig", algorithm: "sha512", encoding: "base64", keyEncoding: "hex", prefix: "v1=" },
    {
      ...{ scheme: "hmac", header: "x-sig", algorithm: "sha1", encoding: "hex", keyEncoding: "text", prefix: "" },
      timestamp: { header: "x-sig", unit: "milliseconds", separator: "\n", name: "t" },
      signs: "{method}\n{path}\n{timestamp}.{body}",
      toleranceSeconds: 900,
    },
    {
      ...{ scheme: "ed25519", header: "x-sig", encoding: "hex", prefix: "" },
      timestamp: { header: "x-time", unit: "seconds", separator: "" },
      toleranceSeconds: 300,
    },
    {
      ...{ scheme: "jwt", header: "authorization", algorithm: "RS256", claims: { aud: "us", "https://x/y": "z" } },
      bodyHash: { claim: "hash", algorithm: "sha384", encoding: "base64url", of: "{path}{body}" },
      jwksUrl: "https://keys.example.com/jwks.json",
      toleranceSeconds: 300,
    },
    { scheme: "jwt", header: "x-token", algorithm: "HS512", keyEncoding: "base64", toleranceSeconds: 300 },
  ])("a verification goes into the form and comes out unchanged: $scheme", (settings) => {
    const shown = { ...empty, ...settings };
    const input = verificationInput(draftOf(shown, shown.scheme));
    expect(input).toEqual(settings);
    expect(verificationInputSchema.safeParse(input).error?.issues ?? []).toEqual([]);
  });

  it("a setting without a meaning is neither shown nor sent", () => {
    const paths = (scheme: string, texts: Record<string, string>): string[] => {
      const draft = draftOf(null, scheme);
      return settingsFor({ ...draft, texts: { ...draft.texts, ...texts } }).map(({ path }) => path);
    };
    expect(paths("hmac", {})).not.toContain("timestamp.unit");
    expect(paths("hmac", {})).not.toContain("toleranceSeconds");
    expect(paths("hmac", { "timestamp.header": "x-time" })).toContain("toleranceSeconds");
    expect(paths("jwt", {})).not.toContain("jwksUrl");
    expect(paths("jwt", { algorithm: "ES256" })).toContain("jwksUrl");
    expect(paths("jwt", { algorithm: "ES256" })).not.toContain("keyEncoding");
  });

  it("a stored key serves a draft only if the draft takes the same kind of key", () => {
    const stored = { ...empty, scheme: "jwt", header: "x-token", algorithm: "RS256" };
    const draft = draftOf(stored, "jwt");
    const withAlgorithm = (algorithm: string) => ({ ...draft, texts: { ...draft.texts, algorithm } });
    expect(isKeyStored(stored, draft)).toBe(true);
    expect(isKeyStored(stored, withAlgorithm("PS512"))).toBe(true);
    expect(isKeyStored(stored, withAlgorithm("HS256"))).toBe(false);
    expect(isKeyStored({ ...stored, jwksUrl: "https://keys.example.com/jwks.json" }, draft)).toBe(false);
    expect(isKeyStored(stored, draftOf(stored, "github"))).toBe(false);
    expect(isKeyStored(null, draft)).toBe(false);
  });

  it("a secret is sent only where a person enters one, and the previous one is dropped at a click", () => {
    const draft = draftOf(null, "github");
    expect(verificationInput(draft)).toEqual({ scheme: "github" });
    expect(verificationInput({ ...draft, secret: "new", previousSecret: "old" })).toEqual({
      ...{ scheme: "github", secret: "new", previousSecret: "old" },
    });
    expect(verificationInput({ ...draft, dropsPrevious: true, previousSecret: "old" })).toEqual({
      ...{ scheme: "github", previousSecret: null },
    });
    expect(verificationInput(draftOf(null, ""))).toBeNull();
  });
});
