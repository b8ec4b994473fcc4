import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Check, Visit } from "../verify/check.ts";
import { background } from "../verify/checks/background.ts";
import { race, raceOf } from "../verify/checks/race.ts";
import { retry, ticks } from "../verify/checks/ticks.ts";
import { CHECKS, STAGES } from "../verify/checks.ts";
import { LiveSite } from "../verify/liveSite.ts";
import type { Outside } from "../verify/outside.ts";
import { type Outcome, runChecks } from "../verify/runChecks.ts";
import { FORMER, PREVIEW, PUBLISHED } from "./lab/deploys.ts";
import { type LabWorld, PUBLISH, startLabWorld, until } from "./lab/labWorld.ts";

/** Often enough for two ticks within a minute, and far enough apart to be told from each other (ms). */
const TICK_EVERY = 25_000;
/** As many as publish at once. */
const INSTANCES = 30;

let world: LabWorld;
let clock: NodeJS.Timeout;
beforeAll(async () => {
  world = await startLabWorld();
  const { lab } = world;
  // Thirty processes that start at once share this machine's cores, which instances of Lambda do not: they start before.
  await Promise.all(Array.from({ length: INSTANCES }, () => lab.call(`${PUBLISH}/no-such-layer`)));
  const cold = () => lab.finished.filter((one) => one.functionName === "publish" && one.cold).length;
  await until("thirty instances are there", () => cold() === INSTANCES);
  clock = setInterval(() => void world.lab.tick(), TICK_EVERY);
});
afterAll(async () => {
  clearInterval(clock);
  await world.lab.stop();
});

/** The addresses of the site and its deploys lead to the lab. */
const toTheLab: Outside["fetch"] = async (url, { method, headers, body }) => {
  const { host, pathname, search } = new URL(url);
  const answer = await world.lab.call(`${pathname}${search}`, {
    host,
    asOwner: false,
    headers: Object.fromEntries(new Headers(headers)),
    ...(method === undefined ? {} : { method }),
    ...(typeof body === "string" ? { body } : {}),
  });
  const [bodyless, location] = [[204, 304].includes(answer.status), answer.headers["location"]];
  const shown = new Headers({ "content-type": String(answer.headers["content-type"] ?? "") });
  if (typeof location === "string") shown.set("location", location);
  return new Response(bodyless ? null : answer.text, { status: answer.status, headers: shown });
};

const visit = (said: string[]): Visit => {
  const outside: Outside = {
    environment: {},
    fetch: toTheLab,
    say: (line) => said.push(line),
    progress: (line) => said.push(line),
    pause: (ms) => sleep(ms),
    now: () => Date.now(),
    confirm: async () => null,
    run: async () => ({ status: 1, stdout: "", stderr: "" }),
    write: () => {},
    random: () => "",
    interrupted: new AbortController().signal,
  };
  return {
    outside,
    site: new LiveSite(`https://${PUBLISHED.host}`, world.lab.ownerToken, outside),
    behindEdge: true,
    isFresh: false,
    isPatient: false,
    hooks: null,
    deployAgain: null,
    formerPermalink: async () => `https://${FORMER.host}`,
    draft: async () => `https://${PREVIEW.host}`,
  };
};

/** They wait for minutes; `npm run test:lambda -- --patient` runs them. */
const SLOW: readonly Check[] = [background, ticks, retry];
const isPatient = process.env["LAYERHOOK_LAB_PATIENT"] === "1";
/** Writes of more than six sources by thirty processes take longer than a publish may, on a machine that shares two cores. */
const played = (check: Check): Check => (check === race ? raceOf(6) : check);
const stages = STAGES.map((stage) =>
  stage.map((lane) => lane.filter((check) => isPatient || !SLOW.includes(check)).map(played)),
);

test("the live checks pass on the bundles under AWS's runtime client, but for the two that need a deploy", async () => {
  const said: string[] = [];
  const outcomes: Outcome[] = [];
  await runChecks(visit(said), (outcome) => outcomes.push(outcome), stages);
  const named = (result: Outcome["result"]) =>
    outcomes.filter((outcome) => outcome.result === result).map(({ name }) => name);
  expect(named("failed"), said.join("\n")).toEqual([]);
  expect(named("skipped").sort()).toEqual(["cold-answer", "deploy-notifications"]);
  expect(outcomes).toHaveLength(CHECKS.length - (isPatient ? 0 : SLOW.length));
}, 240_000);
