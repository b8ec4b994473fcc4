import { setupServer } from "msw/node";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { CallError } from "../../src/cli/cli.ts";
import { LivingSystem, OWNER_TOKEN } from "./livingSystem.ts";
import { FakeNetlify, type NetlifyFaults } from "./netlify/fakeNetlify.ts";
import type { Outside } from "./outside.ts";
import { verifyCommand } from "./verifyCommand.ts";
import { virtualOutside } from "./virtualOutside.ts";

const TOKEN = "nfp_token-of-a-person-at-netlify-0123456789";
/** The token, the secrets of the deploys (see `random` of the virtual outside), and addresses that hold one. */
const SECRETS = [TOKEN, "0123456789abcdef0123456789abcdef", "whsec_", /\/hooks\/deploys\/(?!…)/];
const TEAM = ["--team", "the-team"];
const server = setupServer();
beforeAll(() => server.listen({ onUnhandledFrame: "error" }));
afterEach(() => server.resetHandlers());
afterAll(() => server.close());

interface Given {
  readonly args?: readonly string[];
  readonly faults?: NetlifyFaults;
  readonly more?: Partial<Outside>;
  /** Nobody answers below this path of the site. */
  readonly unanswered?: string;
  /** Presses Ctrl-C when Netlify is asked this. */
  readonly interruptAt?: string;
}

/** Runs the whole command with Netlify played. Fails if a secret gets out, whatever happens. */
const verified = async ({ args = [...TEAM, "--yes"], faults = {}, more = {}, unanswered, interruptAt }: Given) => {
  const netlify = new FakeNetlify(TOKEN, faults);
  server.use(...netlify.handlers);
  const environment = { NETLIFY_AUTH_TOKEN: TOKEN };
  const answer = async (request: Request): Promise<Response> => {
    const { hostname, pathname } = new URL(request.url);
    if (unanswered !== undefined && pathname.startsWith(unanswered)) throw new TypeError("fetch failed");
    return hostname.endsWith(".netlify.app") ? netlify.visit(request) : fetch(request);
  };
  const virtual = virtualOutside(netlify.clock, answer, { environment, run: netlify.run, ...more });
  netlify.onEntry = (entry) => {
    if (interruptAt !== undefined && entry.includes(interruptAt)) virtual.interrupt();
  };
  const well = await virtual.finish(verifyCommand(args, virtual.outside));
  const text = [...virtual.said, ...virtual.files.values()].join("\n");
  const [json = "{}"] = [...virtual.files.entries()].filter(([path]) => path.endsWith(".json")).map(([, file]) => file);
  for (const hidden of SECRETS) expect(text, "a secret in what was said or written").not.toMatch(hidden);
  return {
    well,
    said: virtual.said.join("\n"),
    text,
    files: virtual.files,
    report: JSON.parse(json),
    log: netlify.log,
  };
};

const SITE = "0d3a9d2f-ef94-4380-93df-27ee400e2048";
const CLI = `npx --yes netlify-cli@27.10.2 deploy --json --site ${SITE}`;

describe("npm run verify:live -- --team", () => {
  test("a live check names no secret of an address at which nobody answers", async () => {
    const { well, text } = await verified({ unanswered: "/hooks/deploys/" });
    expect(well).toBe(false);
    expect(text).toContain("POST /hooks/deploys/…/…: nobody answered");
  });

  test("npm run verify:live --team makes a site, deploys it thrice, passes every check, writes a report and deletes the site", async () => {
    const { well, said, report, log, files } = await verified({});
    expect(report).toMatchObject({ passed: 13, failed: 0, skipped: 0, left: [], broken: null, commit: "abc1234" });
    expect(well, said).toBe(true);
    expect(log).toEqual([
      "create site",
      `${CLI} --prod`,
      "create hook url deploy_building of true",
      "create hook url deploy_created of true",
      "create hook url deploy_failed of true",
      `${CLI} --prod`,
      CLI,
      "delete site",
    ]);
    expect([...files.keys()]).toEqual(["docs/live/2026-01-01T0000Z.json", "docs/live/2026-01-01T0000Z.md"]);
    expect(files.get("docs/live/2026-01-01T0000Z.md")).toContain(
      "| passed | thirty parallel publishes are all covered",
    );
  });

  test("npm run verify:live --team says what it costs before anything is created, and asks", async () => {
    const asked: string[] = [];
    const refused = await verified({
      args: TEAM,
      more: {
        async confirm(question) {
          asked.push(question);
          return false;
        },
      },
    });
    expect(asked).toEqual(["Spend 30 credits? Type yes: "]);
    expect(refused.said).toContain("30 credits (two production deploys of 15)");
    expect(refused.log).toEqual([]);
    const { log } = await verified({ args: TEAM, more: { confirm: async () => true }, faults: { deployFails: 1 } });
    expect(log[0]).toBe("create site");
  });

  test("npm run verify:live --team refuses to spend credits unasked where there is no terminal", async () => {
    const virtual = virtualOutside(new FakeNetlify(TOKEN).clock, (request) => fetch(request), {
      environment: { NETLIFY_AUTH_TOKEN: TOKEN },
    });
    await expect(verifyCommand(TEAM, virtual.outside)).rejects.toThrow(/There is no terminal to ask at. Add --yes/);
  });

  test.each([
    ["a build that fails", { deployFails: 1 }, "the run ended before it: netlify deploy ended with 1"],
    ["a second deploy that fails", { deployFails: 2 }, "netlify deploy ended with 1"],
    [
      "hooks that Netlify refuses",
      { hooksRefused: true },
      "Netlify answered 422 when asked to notify of deploy_building.",
    ],
    ["a check that fails", { noRateLimit: true }, "were all answered"],
  ])("npm run verify:live --team deletes the site after %s, and says what was wrong", async (_what, faults, says) => {
    const { well, log, text } = await verified({ faults });
    expect(well).toBe(false);
    expect(log.at(-1)).toBe("delete site");
    expect(text).toContain(says);
  });

  test.each([["create site"], ["--prod"], ["create hook"], [`deploy --json --site ${SITE}`]])(
    "npm run verify:live --team deletes the site after Ctrl-C during %j",
    async (interruptAt) => {
      const { well, log, report } = await verified({ interruptAt });
      expect(well).toBe(false);
      expect(log.at(-1)).toBe("delete site");
      expect(report).toMatchObject({ broken: "Interrupted.", failed: 0, left: [] });
    },
  );

  test("npm run verify:live --team tries again to delete the site, and says its id if that fails", async () => {
    const again = await verified({ faults: { deployFails: 1, deleteFails: 3 } });
    expect(again.log.filter((entry) => entry === "delete site")).toHaveLength(4);
    expect(again.report.left).toEqual([]);
    const { well, said, report } = await verified({ faults: { deleteFails: 99 } });
    expect(well).toBe(false);
    expect(report.failed).toBe(0);
    expect(said).toMatch(new RegExp(`Not deleted: the site layerhook-verify-\\w+ \\(${SITE}\\): Netlify answered 500`));
    expect(report.left).toHaveLength(1);
  });

  test("npm run verify:live --team names the click that makes a private project public, and waits for it", async () => {
    const { well, said } = await verified({ faults: { privateLooks: 3 } });
    expect(well, said).toBe(true);
    expect(said.match(/Visibility → Public/g)).toHaveLength(1);
    const never = await verified({ faults: { privateLooks: 9999 } });
    expect(never.report).toMatchObject({ passed: 0, failed: 0, skipped: 13 });
    expect(never.said).toContain("The project is still private. Nothing was checked.");
    expect(never.log.at(-1)).toBe("delete site");
  });

  test("npm run verify:live --team says so when Netlify refuses the token, or does not know the team", async () => {
    const other = await verified({ more: { environment: { NETLIFY_AUTH_TOKEN: "nfp_wrong-0123456789" } } });
    expect(other.said).toContain(
      "Netlify answered 401 when asked to create a site. It does not take NETLIFY_AUTH_TOKEN.",
    );
    const unknown = await verified({ args: ["--team", "no-team", "--yes"] });
    expect(unknown.said).toContain('Is "no-team" the slug of your team?');
    expect([...other.log, ...unknown.log]).toEqual([]);
  });
});

describe("npm run verify:live -- --against", () => {
  const against = async (args: readonly string[], base = "http://localhost:9999") => {
    const system = new LivingSystem(base);
    const virtual = virtualOutside(system.clock, (request) => system.answer(request), {
      environment: { LAYERHOOK_OWNER_TOKEN: OWNER_TOKEN },
    });
    const well = await virtual.finish(verifyCommand(["--against", base, ...args], virtual.outside));
    const layers = (await system.memory.list("layers/")).map(({ key }) => key.slice("layers/".length));
    const live = await Promise.all(
      layers.map((id) =>
        system.readLayer(id).then(
          () => id,
          () => null,
        ),
      ),
    );
    const sites = (await system.memory.list("sites/")).map(({ key }) => key.slice("sites/".length));
    const liveSites = await Promise.all(
      sites.map((id) =>
        system.readSite(id).then(
          () => id,
          () => null,
        ),
      ),
    );
    const kept = [...live, ...liveSites].filter((id) => id !== null);
    return { well, said: virtual.said.join("\n"), files: virtual.files, made: layers.length, kept };
  };

  test("npm run verify:live --against checks a running system, names what it skips and why, and deletes what it created", async () => {
    const { well, said, files, made, kept } = await against([]);
    expect(well, said).toBe(true);
    expect(said).toContain("8 passed, 0 failed, 5 skipped.");
    expect(said).toContain("skipped: requests are counted by Netlify's edge, which is not here");
    expect(made).toBeGreaterThan(8);
    expect(kept).toEqual([]);
    expect([...files]).toEqual([]);
  });

  test("npm run verify:live --against ends at once when nobody answers", async () => {
    const { clock } = new LivingSystem("http://localhost:9999");
    const environment = { LAYERHOOK_OWNER_TOKEN: OWNER_TOKEN };
    const virtual = virtualOutside(clock, () => Promise.reject(new TypeError("fetch failed")), { environment });
    const began = clock.now;
    expect(await virtual.finish(verifyCommand(["--against", "http://localhost:9999"], virtual.outside))).toBe(false);
    expect(virtual.said.join("\n")).toContain("http://localhost:9999 does not answer. Nothing was checked.");
    expect(clock.now - began).toBeLessThan(60_000);
  });

  test("npm run verify:live --against ends at once when the system does not know the token", async () => {
    const system = new LivingSystem("http://localhost:9999");
    const environment = { LAYERHOOK_OWNER_TOKEN: "a-token-of-some-other-system-0123456789" };
    const virtual = virtualOutside(system.clock, (request) => system.answer(request), { environment });
    expect(await virtual.finish(verifyCommand(["--against", system.base], virtual.outside))).toBe(false);
    expect(virtual.said.join("\n")).toContain("does not know LAYERHOOK_OWNER_TOKEN. Nothing was checked.");
  });

  test("npm run verify:live --against soon gives up a system that dies meanwhile, and names each thing it could not delete", async () => {
    const system = new LivingSystem("http://localhost:9999");
    const { clock } = system;
    let asked = 0;
    const answer = (request: Request): Promise<Response> => {
      asked += 1;
      return asked > 20 ? Promise.reject(new TypeError("fetch failed")) : system.answer(request);
    };
    const environment = { LAYERHOOK_OWNER_TOKEN: OWNER_TOKEN };
    const virtual = virtualOutside(clock, answer, { environment });
    const began = clock.now;
    expect(await virtual.finish(verifyCommand(["--against", system.base], virtual.outside))).toBe(false);
    const said = virtual.said.join("\n");
    expect(said).toContain("http://localhost:9999 has not answered for a minute");
    expect(said).toMatch(/Not deleted: \/data-layers\/\S+ \(no answer\)/);
    expect(clock.now - began).toBeLessThan(5 * 60_000);
  });

  test("npm run verify:live --against counts requests at a public address, and writes a report where requested", async () => {
    const { well, said, files, kept } = await against(["--out", "here"], "https://hooks.example.com");
    expect(well, said).toBe(true);
    expect(said).toContain("9 passed, 0 failed, 4 skipped.");
    expect([...files.keys()]).toEqual(["here/2026-01-01T0000Z.json", "here/2026-01-01T0000Z.md"]);
    expect(kept).toEqual([]);
  });
});

test.each([
  [[], /Name your Netlify team with --team/],
  [["--team", "a", "--against", "http://localhost:1"], /not both/],
  [["--team", "a", "--draft", "https://x.example"], /go with --against/],
  [["--team", "a"], /NETLIFY_AUTH_TOKEN is not set/],
  [["--against", "http://localhost:1"], /LAYERHOOK_OWNER_TOKEN is not set/],
])("npm run verify:live called wrongly is refused before anything happens: %j", async (args, says) => {
  const { outside } = virtualOutside(new FakeNetlify(TOKEN).clock, () => Promise.reject(new Error("a call")));
  const call = verifyCommand(args, outside);
  await expect(call).rejects.toThrow(CallError);
  await expect(verifyCommand(args, outside)).rejects.toThrow(says);
});

test("the owner's token goes to https and to this machine alone", async () => {
  const { outside } = virtualOutside(new FakeNetlify(TOKEN).clock, () => Promise.reject(new Error("a call")), {
    environment: { LAYERHOOK_OWNER_TOKEN: OWNER_TOKEN },
  });
  const against = (url: string) => verifyCommand(["--against", url], outside);
  await expect(against("http://hooks.example.com")).rejects.toThrow(/--against must begin with https:/);
  await expect(against("hooks.example.com")).rejects.toThrow(/You gave "hooks.example.com"/);
});
