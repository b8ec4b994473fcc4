import { describe, expect, test } from "vitest";
import { KEEP_ALL, RETENTION } from "../../src/core/retention.ts";
import { configuredMembers } from "../../src/edge/access/tokenMember.ts";
import { readConfig as readEnvironment } from "../../src/edge/config.ts";
import { addressesOf, placeOf } from "../../src/edge/place.ts";

const SECRET = "5d7f0c3a9be1426885b07de2f41c6a93";
const FORMER = "b9a4f7761c02d58e3f90ab61d7e4c825";
const OWNER = "3f6b1e80c2d947a5b8e07c19d25f4a6e";

/** As on Netlify; `local` as under `npm run dev`. */
const readConfig = (environment: Record<string, string>, local = false) => readEnvironment(environment, local);
/** The variables that are named as wrong. */
const named = (environment: Record<string, string>) => {
  const { problems } = readConfig({ LAYERHOOK_SECRET: SECRET, ...environment });
  return [...new Set(problems.map((line) => line.split(":")[0]))];
};

describe("configuration", () => {
  test("a configuration needs a secret alone", () => {
    expect(readConfig({ LAYERHOOK_SECRET: SECRET })).toMatchObject({
      secrets: [SECRET],
      problems: [],
      allowHttp: false,
    });
  });

  test("the previous secret is accepted beside the new one", () => {
    const { secrets } = readConfig({ LAYERHOOK_SECRET: SECRET, LAYERHOOK_SECRET_PREVIOUS: FORMER });
    expect(secrets).toEqual([SECRET, FORMER]);
  });

  test("purges go to Netlify with the platform's token, unless another URL or a token is named", () => {
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

  test("a plan is given by its name or its credits, and a wrong one is said in words and counts as none", () => {
    const planOf = (plan: string) => readConfig({ LAYERHOOK_SECRET: SECRET, LAYERHOOK_PLAN: plan }, false);
    expect(["free", "Personal", " pro ", "1250", ""].map((plan) => planOf(plan).monthlyCredits)).toEqual([
      ...[300, 1000, 3000, 1250],
      undefined,
    ]);
    for (const plan of ["gold", "0", "-5", "1e9"]) {
      const { monthlyCredits, problems } = planOf(plan);
      expect([plan, monthlyCredits, problems]).toEqual([
        plan,
        undefined,
        ["LAYERHOOK_PLAN: must be free, personal, pro, or the plan's credits in a month"],
      ]);
    }
  });

  test("records are kept as documented, unless LAYERHOOK_KEEP says otherwise, part by part", () => {
    for (const value of [undefined, "", "{}"])
      expect(kept(value)).toMatchObject({ retention: RETENTION, problems: [] });
    expect(kept('{"syncs":{"days":90},"auditDays":800}')).toMatchObject({
      retention: { ...RETENTION, syncs: { days: 90, count: 10_000 }, auditDays: 800 },
      problems: [],
    });
  });

  test("records are kept for ever while LAYERHOOK_KEEP is wrong, and the mistake is said in words", () => {
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

describe("a secret that is easy to guess is a mistake", () => {
  const weak = [
    "aaaaaaaaaaaaaaaa",
    "a".repeat(64),
    " ".repeat(40),
    "changemechangemechangemechangeme",
    "password12345678",
    "passwordpasswordpassword12345678",
    "summer2026summersummer2026summer",
    "owner-token-aaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "Summer2026Winter2027Spring2028!!",
    "abcdefghijklmnopqrstuvwxyz012345",
    "LAYERHOOK_SECRET_2026_netlify_admin_test",
    "0123456789abcdef0123456789abcdef",
    "layerhook-owner-token-for-production-only",
    "my-very-secret-token-for-layerhook-2026",
    "company-name-prod-netlify-webhook-2026",
    SECRET.slice(1),
  ];
  const strong = [
    SECRET,
    `${SECRET}${FORMER}`,
    "owner-token-for-the-outside-checks-1",
    "kFq3J9pWmZ2sX7vB1nLtR5cYhG8dQ4aE",
    "five-plain-words-that-nobody-puts-together",
    "owner-token-for-the-lab-alone-0123",
    "a-long-secret-for-the-lab-alone-0123456789",
    "outside-owner-token-0123456789abcdef0123",
    "test-owner-token-that-is-long-enough-1234",
  ];

  test.each(weak)("a secret that is easy to guess is a mistake: %s", (text) => {
    expect(named({ LAYERHOOK_SECRET: text })).toEqual(["LAYERHOOK_SECRET"]);
    expect(named({ LAYERHOOK_OWNER_TOKEN: text })).toEqual(["LAYERHOOK_OWNER_TOKEN"]);
    const token = (role: string) => ({ LAYERHOOK_TOKENS: JSON.stringify([{ name: "Jane", role, token: text }]) });
    expect(named(token("Owner")).at(0)).toBe("LAYERHOOK_TOKENS.0.token");
    for (const environment of [{ LAYERHOOK_SECRET: text }, { LAYERHOOK_OWNER_TOKEN: text }, token("owner")]) {
      expect(readConfig({ LAYERHOOK_SECRET: SECRET, ...environment }).problems.join()).not.toContain(text);
    }
  });

  test("a random text or a long sentence is a good secret", () => {
    for (const text of strong) {
      expect(readConfig({ LAYERHOOK_SECRET: text }).problems).toEqual([]);
      expect(readConfig({ LAYERHOOK_SECRET: `${FORMER}x`, LAYERHOOK_OWNER_TOKEN: text }).problems).toEqual([]);
    }
  });

  test("a token needs 16 characters, and 32 with the role Owner", () => {
    const token = (role: string) => ({
      LAYERHOOK_TOKENS: JSON.stringify([{ name: "Jane", role, token: OWNER.slice(0, 20) }]),
    });
    expect(named(token("Developer"))).toEqual([]);
    for (const role of ["Owner", "owner", " OWNER "]) expect(named(token(role))).toEqual(["LAYERHOOK_TOKENS.0.token"]);
  });

  test("every problem of one token is named at once", () => {
    const given = JSON.stringify([{ name: "Jane", role: "Owner", token: "sh rt" }]);
    const problems = readConfig({ LAYERHOOK_TOKENS: given }).problems.join("\n");
    expect(problems).toContain("must have at least 16 characters");
    expect(problems).toContain("must have at least 32 characters for an Owner");
    expect(problems).toContain("must not contain white space");
  });

  test("a token of 16 characters or more is judged as well, whatever its role is", () => {
    const token = (text: string) => ({
      LAYERHOOK_TOKENS: JSON.stringify([{ name: "Jane", role: "Developer", token: text }]),
    });
    expect(named(token("check-owner-4f1c9a7be2d84c60"))).toEqual([]);
    expect(named(token("summer2026summer"))).toEqual(["LAYERHOOK_TOKENS.0.token"]);
  });

  test("a secret's mistake is said in words", () => {
    const said = (text: string) => readConfig({ LAYERHOOK_SECRET: text }).problems[0];
    expect(said(SECRET.slice(1))).toBe("LAYERHOOK_SECRET: must have at least 32 characters");
    expect(said("ab".repeat(16))).toBe("LAYERHOOK_SECRET: must have at least 8 different characters");
    expect(said("changeme".repeat(4))).toBe("LAYERHOOK_SECRET: must have at least 8 different characters");
    expect(said("password12345678".repeat(2))).toBe(
      "LAYERHOOK_SECRET: must not be made of common words, digits or one short text repeated",
    );
  });

  test("a weak LAYERHOOK_SECRET still opens and seals, and begins no session", () => {
    const text = "changemechangeme";
    expect(readConfig({ LAYERHOOK_SECRET: text })).toMatchObject({ secrets: [text], sessionSecrets: [] });
    expect(readConfig({ LAYERHOOK_SECRET: "changeme" })).toMatchObject({ secrets: [], sessionSecrets: [] });
  });

  test("a weak secret is replaced without a pause: the former opens what it sealed, and no session", () => {
    const text = "changemechangeme";
    expect(readConfig({ LAYERHOOK_SECRET: SECRET, LAYERHOOK_SECRET_PREVIOUS: text })).toMatchObject({
      secrets: [SECRET, text],
      sessionSecrets: [SECRET],
      problems: [],
    });
    expect(readConfig({ LAYERHOOK_SECRET: SECRET, LAYERHOOK_SECRET_PREVIOUS: FORMER })).toMatchObject({
      sessionSecrets: [SECRET, FORMER],
    });
    expect(named({ LAYERHOOK_SECRET_PREVIOUS: "changeme" })).toEqual(["LAYERHOOK_SECRET_PREVIOUS"]);
  });

  test("no text serves as two secrets", () => {
    const token = (name: string, text: string) => ({ name, role: "Developer", token: text });
    const tokens = (...texts: string[]) => ({
      LAYERHOOK_TOKENS: JSON.stringify(texts.map((text, index) => token(`${index}`, text))),
    });
    expect(named({ LAYERHOOK_SECRET_PREVIOUS: SECRET })).toEqual(["LAYERHOOK_SECRET_PREVIOUS"]);
    expect(named({ LAYERHOOK_OWNER_TOKEN: SECRET })).toEqual(["LAYERHOOK_OWNER_TOKEN"]);
    expect(named({ LAYERHOOK_OWNER_TOKEN: OWNER, ...tokens(FORMER, OWNER) })).toEqual(["LAYERHOOK_TOKENS.1.token"]);
    expect(named(tokens(FORMER, FORMER))).toEqual(["LAYERHOOK_TOKENS.1.token"]);
    expect(named({ LAYERHOOK_OWNER_TOKEN: OWNER, LAYERHOOK_NETLIFY_TOKEN: OWNER })).toEqual([
      "LAYERHOOK_NETLIFY_TOKEN",
    ]);
  });

  test("no bearer token holds white space: a header ends there", () => {
    const text = `${OWNER} ${FORMER}`;
    expect(named({ LAYERHOOK_OWNER_TOKEN: text })).toEqual(["LAYERHOOK_OWNER_TOKEN"]);
    expect(named({ LAYERHOOK_NETLIFY_TOKEN: text })).toEqual(["LAYERHOOK_NETLIFY_TOKEN"]);
    const tokens = JSON.stringify([{ name: "Jane", role: "Developer", token: text }]);
    expect(named({ LAYERHOOK_TOKENS: tokens })).toEqual(["LAYERHOOK_TOKENS.0.token"]);
  });
});

test("a field that a token of the configuration does not have is a mistake: no scope is taken for given", () => {
  const token = { name: "Jane", role: "Developer", token: OWNER.slice(0, 20), dataLayers: ["blog"] };
  expect(named({ LAYERHOOK_TOKENS: JSON.stringify([token]) })).toEqual(["LAYERHOOK_TOKENS.0"]);
});

describe("two people of the configuration are never one", () => {
  const entry = (fields: object, index: number) => ({ role: "Developer", token: `${OWNER}-${index}`, ...fields });
  const tokens = (...entries: object[]) => JSON.stringify(entries.map(entry));
  const ids = (...entries: object[]) =>
    configuredMembers(
      readConfig({ LAYERHOOK_SECRET: SECRET, LAYERHOOK_OWNER_TOKEN: FORMER, LAYERHOOK_TOKENS: tokens(...entries) }),
    ).map(({ actor }) => actor.id);

  test("two people of the configuration are never one, whatever they are called", () => {
    const found = ids({ name: "owner" }, { name: "jane@x.example" }, { name: "J", email: "jane@x.example" });
    expect(new Set(found).size).toBe(4);
    expect(found).toContain("token:owner");
  });

  test("two people of one name need an e-mail address, which is one person's", () => {
    expect(named({ LAYERHOOK_TOKENS: tokens({ name: "Jane" }, { name: "Jane" }) })).toEqual(["LAYERHOOK_TOKENS.1"]);
    expect(named({ LAYERHOOK_TOKENS: tokens({ name: "Jane", email: "j@x.example" }, { name: "Jane" }) })).toEqual([]);
    expect(named({ LAYERHOOK_TOKENS: tokens({ name: "Jane", email: "owner" }) })).toEqual(["LAYERHOOK_TOKENS.0.email"]);
  });

  test("a name or role that hides characters is a mistake", () => {
    for (const fields of [{ name: "Ja\u200bne" }, { name: "Jane", role: "Owner\u200d" }, { name: "\u202eenaJ" }]) {
      expect(named({ LAYERHOOK_TOKENS: tokens(fields) })).toHaveLength(1);
    }
  });
});

describe("plain http", () => {
  test("plain http is accepted on a developer's machine alone, and elsewhere the variable is a mistake and has no effect", () => {
    const given = { LAYERHOOK_SECRET: SECRET, LAYERHOOK_ALLOW_HTTP: "loopback" };
    expect(readConfig(given, true)).toMatchObject({ allowHttp: true, problems: [] });
    expect(readConfig(given)).toMatchObject({ allowHttp: false });
    expect(named(given)).toEqual(["LAYERHOOK_ALLOW_HTTP"]);
  });

  test("plain http is no public address, nor is anything but https without user, query and fragment", () => {
    for (const url of [
      "https://hooks.example.com",
      "https://hooks.example.com/",
      "http://localhost:8888",
      "http://[::1]:1",
    ])
      expect(named({ LAYERHOOK_PUBLIC_URL: url })).toEqual([]);
    // A CMS in a container calls the local server by a name of its own.
    const local = { LAYERHOOK_SECRET: SECRET, LAYERHOOK_PUBLIC_URL: "http://host.docker.internal:8888" };
    expect(readConfig(local, true).problems).toEqual([]);
    for (const url of [
      "http://hooks.example.com",
      "javascript:alert(1)",
      "ftp://hooks.example.com",
      "https://user@hooks.example.com",
      "https://hooks.example.com/?x=1",
      "https://hooks.example.com/#x",
      "http://localhost.example.com",
    ]) {
      expect(named({ LAYERHOOK_PUBLIC_URL: url })).toEqual(["LAYERHOOK_PUBLIC_URL"]);
      expect(readConfig({ LAYERHOOK_SECRET: SECRET, LAYERHOOK_PUBLIC_URL: url }).publicUrl).toBeUndefined();
    }
  });
});

describe("who is called by each tick", () => {
  test("a ping goes to https or to this machine, and a wrong URL is named without its text", () => {
    const read = (url: string) => readConfig({ LAYERHOOK_SECRET: SECRET, LAYERHOOK_PING_URL: url });
    for (const url of ["https://hc-ping.com/0123-4567", "http://localhost:8888/ping"]) {
      expect(read(url)).toMatchObject({ pingUrl: url, problems: [] });
    }
    expect(read("").pingUrl).toBeUndefined();
    for (const url of ["http://hc-ping.com/a-secret", "a-secret", "ftp://hc-ping.com"]) {
      expect(read(url).pingUrl).toBeUndefined();
      expect(read(url).problems).toEqual(["LAYERHOOK_PING_URL: must begin with https://, or be a URL of this machine"]);
    }
  });
});

describe("whose Netlify accounts may come in", () => {
  const team = (value?: string) =>
    readConfig({ LAYERHOOK_SECRET: SECRET, ...(value === undefined ? {} : { LAYERHOOK_NETLIFY_TEAM: value }) });

  test("a Netlify account of the site's own team may sign in, unless another team is named or nobody may", () => {
    expect([team().netlifyTeam, team("").netlifyTeam]).toEqual([undefined, undefined]);
    expect(team("the-bakery").netlifyTeam).toEqual({ kind: "slug", slug: "the-bakery" });
    for (const off of ["off", "OFF", "Off"]) expect(team(off).netlifyTeam).toBeNull();
  });

  test("a team named by 24 hex digits is named by id and never by slug, because a stranger chooses the slug of a team", () => {
    const id = "5f0c1a2b3c4d5e6f70818283";
    for (const text of [id, id.toUpperCase()]) expect(team(text).netlifyTeam).toEqual({ kind: "id", id });
    expect(team(id.slice(1)).netlifyTeam).toEqual({ kind: "slug", slug: id.slice(1) });
  });

  test("a team that cannot be one is a mistake, and then nobody manages anything", () => {
    expect(team("../user").problems).toEqual([`LAYERHOOK_NETLIFY_TEAM: must be a team's slug or id, or "off"`]);
  });

  test("a Netlify token is sent to Netlify's own API, or where the configuration says, and never in clear through the network", () => {
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
  test("a published production deploy alone may change production's state", () => {
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
