import { describe, expect, test } from "vitest";
import { readConfig } from "../../src/edge/config.ts";
import { placeOf } from "../../src/edge/place.ts";

const SECRET = "a long enough secret";

describe("configuration", () => {
  test("a secret is enough", () => {
    expect(readConfig({ LAYERHOOK_SECRET: SECRET })).toMatchObject({
      secrets: [SECRET],
      problems: [],
      allowHttp: false,
    });
  });

  test("the previous secret is accepted beside the new one", () => {
    const { secrets } = readConfig({ LAYERHOOK_SECRET: SECRET, LAYERHOOK_SECRET_PREVIOUS: "the one before that" });
    expect(secrets).toEqual([SECRET, "the one before that"]);
  });

  test("every mistake is named by its variable, never with its value", () => {
    const { problems } = readConfig({
      LAYERHOOK_SECRET: "short",
      LAYERHOOK_TOKENS: '[{"name":"Jane","role":"Owner"}]',
      LAYERHOOK_PUBLIC_URL: "nowhere",
      LAYERHOOK_ALLOW_HTTP: "yes",
    });
    expect(problems.map((line) => line.split(":")[0])).toEqual([
      "LAYERHOOK_SECRET",
      "LAYERHOOK_TOKENS.0.token",
      "LAYERHOOK_PUBLIC_URL",
      "LAYERHOOK_ALLOW_HTTP",
    ]);
    expect(problems.join()).not.toMatch(/short|nowhere|yes/);
    expect(readConfig({}).problems).toEqual(["LAYERHOOK_SECRET: is not set"]);
    expect(readConfig({ LAYERHOOK_SECRET: SECRET, LAYERHOOK_TOKENS: "{" }).problems).toHaveLength(1);
  });
});

describe("which deploy may touch production's state", () => {
  test("the published one alone", () => {
    expect(placeOf({ context: "production", published: true }, false)).toMatchObject({ kind: "site" });
    expect(placeOf({ context: "production", published: false }, false)).toBeNull();
  });

  test("previews and branch deploys have a store of their own", () => {
    for (const context of ["deploy-preview", "branch-deploy", "staging"]) {
      expect(placeOf({ context, published: false }, false)).toMatchObject({ kind: "deploy" });
      expect(placeOf({ context, published: true }, false)).toMatchObject({ kind: "deploy" });
    }
  });
});
