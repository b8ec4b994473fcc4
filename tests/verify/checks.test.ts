import { describe, expect, test } from "vitest";
import { MINUTE, SECOND } from "../../src/core/durations.ts";
import type { Check, Visit } from "./check.ts";
import { CHECKS } from "./checks.ts";
import { LiveSite } from "./liveSite.ts";
import { type Faults, LivingSystem, OWNER_TOKEN } from "./livingSystem.ts";
import { deployEvent } from "./netlify/deployEvent.ts";
import { runCheck } from "./runChecks.ts";
import { virtualOutside } from "./virtualOutside.ts";

const BASE = "https://verified.test";
const FORMER = "https://first--verified.test";
const DRAFT = "https://draft--verified.test";

/** A site at Netlify with a former deploy and a draft, and what is wrong with them. */
interface Planted extends Faults {
  formerAnswers?: boolean;
  draftSharesStore?: boolean;
  netlifyTellsNothing?: boolean;
}

const check = (name: string): Check => {
  const found = CHECKS.find((one) => one.name === name);
  if (found === undefined) throw new Error(`no check ${name}`);
  return found;
};

/** What a check says of a site at Netlify in which this is wrong. */
const verdictOf = async (name: string, planted: Planted = {}, more: Partial<Visit> = {}) => {
  const system = new LivingSystem(BASE, undefined, planted);
  const { clock } = system;
  const former = planted.formerAnswers === true ? system : new LivingSystem(FORMER, clock);
  former.published = former === system;
  const draft = planted.draftSharesStore === true ? system : new LivingSystem(DRAFT, clock, planted);
  const places = new Map([
    [BASE, system],
    [FORMER, former],
    [DRAFT, draft],
  ]);
  const { outside, said, finish } = virtualOutside(clock, async (request) => {
    const place = places.get(new URL(request.url).origin);
    if (place === undefined) throw new TypeError("fetch failed");
    return place.answer(request);
  });
  const hooked: { url: string; secret: string }[] = [];
  const visit: Visit = {
    outside,
    site: new LiveSite(BASE, OWNER_TOKEN, outside),
    behindEdge: true,
    isFresh: true,
    isPatient: false,
    hooks: async (url, secret) => void hooked.push({ url, secret }),
    async deployAgain() {
      const deploy = { id: "65a1b2c3d4e5f60718293a4b", permalink: `https://second--verified.test` };
      if (planted.netlifyTellsNothing !== true) {
        for (const { url, secret } of hooked) await system.answer(await deployEvent(url, secret, deploy.id));
      }
      return deploy;
    },
    formerPermalink: async () => FORMER,
    draft: async () => DRAFT,
    ...more,
  };
  const outcome = await finish(runCheck(check(name), visit));
  return { ...outcome, said: said.join("\n"), left: await finish(visit.site.deleteCreated()) };
};

describe("every check passes on a system that works", () => {
  test.each(CHECKS.map(({ name }) => name))("a check passes on a system that works: %s", async (name) => {
    const { result, says, left } = await verdictOf(name);
    expect({ result, says, left }).toMatchObject({ result: "passed", left: [] });
  });
});

describe("a check fails on what it is there for, and says what it saw", () => {
  const planted: readonly (readonly [string, string, Planted, RegExp])[] = [
    [
      "cold-answer",
      "publishes take three seconds",
      { slowPublish: 3 * SECOND },
      /took 3\d{3} ms: too long for Drupal, Ghost/,
    ],
    ["reachable", "senders are asked to log in", { isPrivate: true }, /the project is private/],
    [
      "race",
      "one publish is accepted and lost",
      { losesPublish: 17 },
      /^1 accepted publishes? (is|are) covered by no sync: source-16$/,
    ],
    [
      "race",
      "one publish is refused",
      { refusesPublish: 4 },
      /^1 of 30 publishes were not accepted: .*503 STORE_UNAVAILABLE/,
    ],
    ["race", "a burst costs three syncs", { syncsTripled: true }, /^one burst cost 3 syncs/],
    ["race", "no worker is ever started", { wakesLost: true, ticksNever: true }, /did not end within/],
    ["log-entry", "what is given to waitUntil is lost", { afterwardsLost: true }, /not in the log 20 s after/],
    [
      "own-calls",
      "no name is resolved",
      { cannotCallOut: true },
      /probe of \/theme.js ended as retrying: the host name/,
    ],
    ["own-calls", "the build hook is never reached", { hooksSwallowed: true }, /its hook heard nothing/],
    ["signature", "no signature is checked", { signatureUnchecked: true }, /without a signature was answered 200/],
    ["signature", "no signature is right", { signatureNeverRight: true }, /the right signature was answered 401/],
    ["background", "wakes are lost", { wakesLost: true }, /no worker had started 12 s after/],
    ["background", "what is given to waitUntil is lost", { afterwardsLost: true }, /no worker had started 12 s after/],
    ["background", "a worker ends after thirty seconds", { workersDieAfter: 30 * SECOND }, /did not end within 120 s/],
    ["ticks", "the schedule never runs", { ticksNever: true }, /^0 of 2 ticks .*it never ticked/],
    ["retry", "the schedule never runs", { ticksNever: true }, /the source had 1 attempts after 11 minutes/],
    ["deploy-notifications", "Netlify tells nothing", { netlifyTellsNothing: true }, /nothing was heard/],
    ["deploy-notifications", "no signature is right", { signatureNeverRight: true }, /nothing was heard/],
    ["permalink", "a former deploy answers", { formerAnswers: true }, /the former deploy answers GET api with/],
    ["draft", "a draft has the site's own store", { draftSharesStore: true }, /sees a layer of the published deploy/],
    ["draft", "a draft cannot wake its worker", { wakesLost: true, ticksNever: true }, /of the draft ended as pending/],
    ["rate-limit", "there is no limit", { noRateLimit: true }, /^700 requests within \d+ s were all answered/],
    ["rate-limit", "the limit is far too low", { limit: 100 }, /^the limit is \d+ requests, not about 600/],
  ];

  test.each(planted)(
    "a check fails on its fault and says what it saw: %s, when %s",
    async (name, _what, faults, says) => {
      const verdict = await verdictOf(name, faults);
      expect(verdict.result).toBe("failed");
      expect(verdict.says).toMatch(says);
      expect(verdict.said).toContain(verdict.says);
    },
  );

  test("every check has a fault that it notices", () => {
    expect(CHECKS.map(({ name }) => name).filter((name) => planted.every(([noticed]) => noticed !== name))).toEqual([]);
  });
});

describe("a check that cannot be made is skipped, with the reason, and counts as neither", () => {
  const lacking: readonly (readonly [string, Partial<Visit>])[] = [
    ["cold-answer", { isFresh: false }],
    ["rate-limit", { behindEdge: false }],
    ["deploy-notifications", { hooks: null }],
    ["deploy-notifications", { deployAgain: null }],
    ["permalink", { formerPermalink: null }],
    ["draft", { draft: null }],
  ];

  test.each(lacking)(
    "a check that cannot be made is skipped with the reason, and counts as neither: %s without %o",
    async (name, more) => {
      const { result, says, seconds } = await verdictOf(name, {}, more);
      expect({ result, seconds }).toEqual({ result: "skipped", seconds: 0 });
      expect(says).not.toBe("");
    },
  );
});

test("a patient run times a cold answer after half an hour in which nobody called", async () => {
  const { result, figures, seconds } = await verdictOf("cold-answer", {}, { isFresh: false, isPatient: true });
  expect({ result, figures: Object.keys(figures) }).toEqual({ result: "passed", figures: ["afterHalfAnHourMs"] });
  expect(seconds).toBeGreaterThanOrEqual((30 * MINUTE) / SECOND);
});
