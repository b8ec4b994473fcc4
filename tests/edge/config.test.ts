import { describe, expect, test } from "vitest";
import { KEEP_ALL, RETENTION } from "../../src/app/retention.ts";
import { readConfig } from "../../src/edge/config.ts";
import { addressesOf, placeOf } from "../../src/edge/place.ts";

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

  test("purges go to Netlify with the platform's token, unless another place or a token is named", () => {
    expect(readConfig({ LAYERHOOK_SECRET: SECRET })).toMatchObject({
      netlifyToken: undefined,
      netlifyApiUrl: "https://api.netlify.com/api/v1",
    });
    const given = {
      LAYERHOOK_NETLIFY_TOKEN: "a-token-of-the-team-0123",
      NETLIFY_API_URL: "https://api.example.com/v1/",
    };
    expect(readConfig({ LAYERHOOK_SECRET: SECRET, ...given })).toMatchObject({
      netlifyToken: "a-token-of-the-team-0123",
      netlifyApiUrl: "https://api.example.com/v1",
      problems: [],
    });
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

describe("how long records are kept", () => {
  const kept = (value?: string) =>
    readConfig({ LAYERHOOK_SECRET: SECRET, ...(value === undefined ? {} : { LAYERHOOK_KEEP: value }) });

  test("is as documented, unless LAYERHOOK_KEEP says otherwise, part by part", () => {
    for (const value of [undefined, "", "{}"])
      expect(kept(value)).toMatchObject({ retention: RETENTION, problems: [] });
    expect(kept('{"syncs":{"days":90},"auditDays":800}')).toMatchObject({
      retention: { ...RETENTION, syncs: { days: 90, count: 10_000 }, auditDays: 800 },
      problems: [],
    });
  });

  test("is for ever while LAYERHOOK_KEEP is wrong, and what is wrong is said in words", () => {
    for (const [value, path, word] of [
      ["400", "LAYERHOOK_KEEP", "object"],
      ["{", "LAYERHOOK_KEEP", "must be JSON such as"],
      ['{"auditDays":5}', "LAYERHOOK_KEEP.auditDays", "at least 30"],
      ['{"syncs":{"days":"long"}}', "LAYERHOOK_KEEP.syncs.days", "whole number from 30 to 3650"],
      ['{"syncs":{"count":1e9}}', "LAYERHOOK_KEEP.syncs.count", "at most 100000"],
      ['{"deliveries":{"days":0}}', "LAYERHOOK_KEEP.deliveries.days", "at least 1"],
      ['{"builds":{}}', "LAYERHOOK_KEEP", "builds"],
    ] as const) {
      const { retention, problems } = kept(value);
      expect([retention, problems.length]).toEqual([KEEP_ALL, 1]);
      expect(problems[0]).toContain(word);
      expect(problems[0]?.split(":")[0]).toBe(path);
    }
  });
});

describe("whose Netlify accounts may come in", () => {
  const team = (value?: string) =>
    readConfig({ LAYERHOOK_SECRET: SECRET, ...(value === undefined ? {} : { LAYERHOOK_NETLIFY_TEAM: value }) });

  test("the site's own team's, unless another is named or nobody is to", () => {
    expect([team().netlifyTeam, team("").netlifyTeam]).toEqual([undefined, undefined]);
    expect(team("the-bakery").netlifyTeam).toEqual({ kind: "slug", slug: "the-bakery" });
    for (const off of ["off", "OFF", "Off"]) expect(team(off).netlifyTeam).toBeNull();
  });

  test("24 hex digits are an id and never a slug, because a stranger chooses the slug of a team", () => {
    const id = "5f0c1a2b3c4d5e6f70818283";
    for (const text of [id, id.toUpperCase()]) expect(team(text).netlifyTeam).toEqual({ kind: "id", id });
    expect(team(id.slice(1)).netlifyTeam).toEqual({ kind: "slug", slug: id.slice(1) });
  });

  test("a team that cannot be one is a mistake, and then nobody manages anything", () => {
    expect(team("../user").problems).toEqual([`LAYERHOOK_NETLIFY_TEAM: must be a team's slug or id, or "off"`]);
  });

  test("tokens are sent to Netlify's own API, or where they are told to, and never in clear through the network", () => {
    const api = (value: string) => readConfig({ LAYERHOOK_SECRET: SECRET, NETLIFY_API_URL: value });
    expect(team().netlifyApiUrl).toBe("https://api.netlify.com/api/v1");
    expect(api("https://api.example.com/v1/").netlifyApiUrl).toBe("https://api.example.com/v1");
    expect(api("http://localhost:9/v1").problems).toEqual([]);
    for (const url of ["http://api.example.com/v1", "ftp://api.example.com/", "nowhere"]) {
      expect(api(url).problems.join()).toMatch(/^NETLIFY_API_URL: must /);
    }
  });
});

describe("which deploy may touch production's state", () => {
  test("the published one alone", () => {
    expect(placeOf({ context: "production", published: true }, false)).toMatchObject({ kind: "site" });
    expect(placeOf({ context: "production", published: false }, false)).toBeNull();
  });

  test("a scheduled call works on the site's store with an empty context and with production not said to be published", () => {
    for (const context of ["", "production"]) {
      expect(placeOf({ context, published: false }, false, true, "the-site")).toEqual({
        kind: "site",
        name: "layerhook",
        siteId: "the-site",
      });
    }
    expect(placeOf({ context: "deploy-preview", published: false }, false, true)).toMatchObject({ kind: "deploy" });
    expect(placeOf({ context: "", published: false }, false)).toBeNull();
  });

  test("previews and branch deploys have a store of their own", () => {
    for (const context of ["deploy-preview", "branch-deploy", "staging"]) {
      expect(placeOf({ context, published: false }, false)).toMatchObject({ kind: "deploy" });
      expect(placeOf({ context, published: true }, false)).toMatchObject({ kind: "deploy" });
    }
  });
});

describe("where a system is reached", () => {
  const production = { kind: "site", name: "layerhook" } as const;
  const preview = { kind: "deploy", name: "layerhook" } as const;
  const requested = "https://deploy-preview-7--site.netlify.app";
  const main = "https://site.netlify.app";

  test("production wakes its worker at the site's own address, whatever address was called", () => {
    expect(addressesOf(production, requested, main, undefined)).toEqual({ wake: main, public: main });
    expect(addressesOf(production, requested, undefined, undefined)).toEqual({ wake: requested, public: requested });
  });

  test("a preview wakes its own worker and prints its own address, although the platform names the main one", () => {
    expect(addressesOf(preview, requested, main, "https://hooks.example.com")).toEqual({
      wake: requested,
      public: requested,
    });
  });

  test("a configured public address is printed, not called", () => {
    const { wake, public: printed } = addressesOf(production, requested, main, "https://hooks.example.com/");
    expect({ wake, printed }).toEqual({ wake: main, printed: "https://hooks.example.com" });
  });
});
