import { describe, expect, test } from "vitest";
import { CLOCK_SKEW, DAY, MINUTE, SECOND } from "../../../src/core/durations.ts";
import { DEPLOYS } from "../../../src/core/limits.ts";
import { bearsBuild, type DeployEvent, deployMark } from "../../../src/core/site/deployEvent.ts";
import {
  acceptedReceivers,
  closeReceiver,
  openReceiver,
  RECEIVER_OVERLAP,
} from "../../../src/core/site/deployReceiver.ts";
import { coverByDeploy, deployOutcome, followDeploy, notificationsWork } from "../../../src/core/site/followDeploy.ts";
import { BUILD, presetPacing, siteParts } from "../../../src/core/site/pacing.ts";
import type { Site } from "../../../src/core/site/site.ts";
import { accept } from "../../../src/core/slot/accept.ts";
import { claim } from "../../../src/core/slot/claim.ts";
import { type Deploy, FOLLOW, joinDeploy } from "../../../src/core/slot/deploy.ts";
import { syncStatus } from "../../../src/core/slot/ending.ts";
import { nextDue } from "../../../src/core/slot/nextDue.ts";
import { noNews, settle } from "../../../src/core/slot/settle.ts";
import type { Outcome } from "../../../src/core/slot/slot.ts";
import { buildStage, siteStage } from "../../../src/core/stage/buildStage.ts";
import { holdAgain } from "../../../src/core/usage/held.ts";
import { aChange, aRequest, aSite, must, START } from "../../support/builders.ts";

type Given = Partial<
  Pick<Deploy, "state" | "startedAt" | "endedAt" | "url" | "error" | "published" | "buildId" | "foreign">
>;
const deploy = (id: string, fields: Given = {}): DeployEvent["deploy"] => ({
  state: "building",
  startedAt: START,
  ...fields,
  id,
});
const event = (kind: DeployEvent["kind"], fields: Partial<DeployEvent> = {}): DeployEvent => ({
  kind,
  deploy: deploy("d1", kind === "succeeded" ? { state: "ready", endedAt: START + MINUTE, published: true } : {}),
  production: true,
  title: "",
  notBuilt: null,
  ...fields,
});
const at = (now: number, rev = 9) => ({ now, rev, id: "again" });

/** A site of which Netlify tells, with a build asked for at START. */
const asked = (fields: Partial<Site> = {}): Site => {
  const site = aSite({
    pacing: presetPacing("instant"),
    deploys: { heardAt: START - MINUTE, locked: false, recent: [] },
    ...fields,
  });
  const request = aRequest({ id: "ask", trigger: { type: "build", id: "ask", at: START }, build: false });
  const { slot } = accept(site.slot, request, { now: START, rev: 2, firstRev: 1 }, "build-1");
  return { ...site, slot: must(slot) };
};

/** The same, its hook called and its worker gone. */
const building = (fields: Partial<Site> = {}): Site => {
  const site = asked(fields);
  const parts = siteParts(site);
  const claimed = claim(site.slot, { by: "w", now: START + SECOND, rev: 3, start: true }, parts);
  if (claimed.kind !== "claimed") throw new Error(claimed.kind);
  const news = { ...noNews, parked: { [BUILD]: START + SECOND + FOLLOW } };
  const parked = settle(claimed.slot, claimed.run.fence, news, null, START + 2 * SECOND, parts);
  if (parked.kind !== "parked") throw new Error(parked.kind);
  return { ...site, slot: parked.slot };
};
const partOf = (site: Site) => must(must(site.slot.running).parts[BUILD]);
const titleOf = (site: Site) => `Blog ${deployMark(partOf(site))}`;
const recordsOf = (site: Site) => site.owed.flatMap((entry) => (entry.kind === "sync" ? [entry.record] : []));
const ours = (site: Site, kind: DeployEvent["kind"], fields: Partial<DeployEvent> = {}) =>
  event(kind, { title: titleOf(site), ...fields });

describe("a build that runs", () => {
  test("a running build is found by the build and the attempt in a deploy's title, and then by the deploy's id", () => {
    const site = building();
    expect(deployMark({ syncId: "build-1", callFence: 3 })).toBe("(build-1 #3)");
    expect([bearsBuild("Blog (build-1 #7)", "build-1"), bearsBuild("Blog (build-10 #7)", "build-1")]).toEqual([
      true,
      false,
    ]);
    const started = followDeploy(site, ours(site, "started"), at(START + MINUTE));
    expect(partOf(started).deploy).toMatchObject({ id: "d1", state: "building", startedAt: START });
    const ended = followDeploy(started, event("succeeded", { title: "renamed by somebody" }), at(START + 2 * MINUTE));
    expect([ended.slot.running, recordsOf(ended)[0]?.parts[BUILD]?.deploy?.id]).toEqual([null, "d1"]);
  });

  test("a running build has half an hour from the first notification of its deploy, and not from each", () => {
    const site = building();
    const first = followDeploy(site, ours(site, "started"), at(START + 10 * MINUTE));
    expect([first.slot.running?.leaseUntil, partOf(first).deadline]).toEqual([
      START + 10 * MINUTE + FOLLOW,
      START + 10 * MINUTE + FOLLOW,
    ]);
    const again = followDeploy(first, ours(site, "started"), at(START + 20 * MINUTE));
    expect(again).toBe(first);
  });

  test("a running build keeps a worker's lease while a worker attends it", () => {
    const site = asked();
    const claimed = claim(site.slot, { by: "w", now: START + SECOND, rev: 3, start: true }, siteParts(site));
    if (claimed.kind !== "claimed") throw new Error(claimed.kind);
    const running = { ...site, slot: claimed.slot };
    const told = followDeploy(running, ours(running, "started"), at(START + 2 * SECOND));
    expect([told.slot.running?.leaseUntil, told.slot.running?.by]).toEqual([claimed.run.leaseUntil, "w"]);
    expect([partOf(told).deploy?.id, partOf(told).deadline]).toEqual(["d1", undefined]);
  });

  test("a running build is ended by a success of any of its attempts, and by a failure of its own attempt alone", () => {
    const site = building();
    const other = deployMark({ syncId: "build-1", callFence: 99 });
    const failed = { deploy: deploy("d0", { state: "failed" }), title: other };
    expect(followDeploy(site, event("failed", failed), at(START + MINUTE)).slot).toBe(site.slot);
    const ended = followDeploy(site, event("succeeded", { title: other }), at(START + MINUTE));
    expect(ended.slot.running).toBeNull();
    const own = event("failed", { ...failed, title: titleOf(site) });
    const retried = followDeploy(site, own, at(START + MINUTE));
    expect(retried.slot.retry[BUILD]).toMatchObject({ tries: 1, due: START + 2 * MINUTE });
    expect("deploy" in must(retried.slot.retry[BUILD])).toBe(false);
  });

  test("a running build counts its time from its start, and none if a clock went back", () => {
    const site = building();
    const ended = (now: number) =>
      recordsOf(followDeploy(site, ours(site, "succeeded"), at(now)))[0]?.parts[BUILD]?.durationMs;
    expect(ended(START + MINUTE)).toBe(MINUTE - SECOND);
    expect(ended(START - MINUTE)).toBe(0);
  });

  test("a running build keeps its deadline while a worker attends it: a second notification moves nothing", () => {
    const site = building();
    const named = followDeploy(site, ours(site, "started"), at(START + MINUTE));
    const other = { ...ours(site, "started"), deploy: deploy("d2") };
    const told = followDeploy(named, other, at(START + 10 * MINUTE));
    expect(partOf(told)).toMatchObject({ deploy: { id: "d2" }, deadline: must(partOf(named).deadline) });
    const run = must(site.slot.running);
    const attended = { ...site, slot: { ...site.slot, running: { ...run, by: "w" } } };
    const kept = followDeploy(attended, ours(site, "started"), at(START + MINUTE));
    expect(must(kept.slot.running).leaseUntil).toBe(run.leaseUntil);
  });

  test("a build that is decided already, or another's, is left as it is", () => {
    const site = building();
    for (const kind of ["started", "succeeded", "failed", "locked", "unlocked", "restored"] as const) {
      const other = event(kind, { deploy: deploy("d9", { state: "ready" }), title: "a push", production: false });
      expect(followDeploy(site, other, at(START + MINUTE)).slot, kind).toBe(site.slot);
    }
    for (const kind of ["locked", "unlocked", "restored"] as const) {
      expect(followDeploy(site, ours(site, kind), at(START + MINUTE)).slot, kind).toBe(site.slot);
    }
  });

  test("a running build is paid for when its deploy failed, and not when somebody else's deploy was at work", () => {
    const failed = building();
    const told = ours(failed, "failed", { deploy: deploy("d1", { state: "failed" }) });
    expect(followDeploy(failed, told, at(START + MINUTE)).slot.spent?.thisMonth).toBe(1);
    const foreign: Outcome = { kind: "ok", durationMs: 1, deploy: deploy("g1", { state: "ready", foreign: true }) };
    const site = asked();
    const claimed = claim(site.slot, { by: "w", now: START + SECOND, rev: 3, start: true }, siteParts(site));
    if (claimed.kind !== "claimed") throw new Error(claimed.kind);
    const news = { ...noNews, outcomes: { [BUILD]: foreign } };
    const over = settle(claimed.slot, claimed.run.fence, news, null, START + MINUTE, siteParts(site));
    expect(over.kind === "ended" ? over.slot.spent?.thisMonth : over.kind).toBe(0);
  });

  test("a running build without an end is over when its time is, and the silence is remembered", () => {
    const site = building();
    const late = START + SECOND + FOLLOW + CLOCK_SKEW + 1;
    expect(nextDue(site.slot, siteParts(site))).toBe(late);
    const over = claim(site.slot, { by: "w2", now: late, rev: 5, start: true }, siteParts(site));
    expect(over.kind).toBe("idle");
    if (over.kind !== "idle") return;
    expect([over.slot.running, over.slot.retry, over.slot.unheardAt]).toEqual([null, {}, late]);
    expect(over.ended[0]?.parts[BUILD]).toMatchObject({
      status: "succeeded",
      deploy: { state: "unheard" },
      durationMs: late - START - SECOND,
    });
  });
});

describe("a build that Netlify did not make", () => {
  const skipped = (message: string | null, notBuilt: DeployEvent["notBuilt"], site: Site) => {
    const error = message === null ? {} : { error: message };
    return event("failed", {
      deploy: deploy("d1", { state: "failed", startedAt: START + 2 * SECOND, ...error }),
      title: site.slot.running === null ? "Blog (build-1 #1)" : titleOf(site),
      notBuilt,
    });
  };

  test.each(["credits", "builds-stopped"] as const)("a build that %s hold back stays owed and costs nothing", (why) => {
    const site = building();
    const held = followDeploy(site, skipped("Skipped", why, site), at(START + MINUTE));
    expect(held.slot.held).toEqual({ for: why, since: START + MINUTE, until: START + 16 * MINUTE, times: 1 });
    expect(held.slot.retry[BUILD]).toMatchObject({ tries: 0, uncounted: 1, due: START + 2 * MINUTE });
    expect(nextDue(held.slot, siteParts(held))).toBe(START + 16 * MINUTE);
    expect([held.slot.spent?.today, recordsOf(held)]).toEqual([0, []]);
  });

  test("a hold begins anew when another reason holds the builds back, and its pauses go on growing", () => {
    const first = holdAgain(undefined, "credits", START);
    expect(holdAgain(first, "credits", START + DAY)).toMatchObject({ since: START, times: 2 });
    expect(holdAgain(first, "builds-stopped", START + DAY)).toMatchObject({ since: START + DAY, times: 2 });
  });

  test("a build that Netlify skipped in its queue stays owed, and a newer deploy covers it", () => {
    const site = building();
    const owed = followDeploy(site, skipped(null, "superseded", site), at(START + MINUTE));
    expect([owed.slot.held, owed.slot.retry[BUILD]?.tries]).toEqual([undefined, 0]);
    const newer = deploy("d2", { startedAt: START + MINUTE });
    const covered = followDeploy(owed, event("started", { deploy: newer, title: "a push" }), at(START + MINUTE, 10));
    expect(partOf(covered).deploy).toMatchObject({ id: "d2", foreign: true });
    const live = event("succeeded", { deploy: { ...newer, state: "ready", published: true } });
    const ended = followDeploy(covered, live, at(START + 3 * MINUTE, 11));
    expect(recordsOf(ended)[0]?.parts[BUILD]).toMatchObject({ status: "succeeded", attempts: 2 });
  });

  test("a build is covered by the very deploy that makes its publish live: one that began no earlier than its own", () => {
    const site = building();
    const own = START + 2 * SECOND;
    const owed = followDeploy(site, skipped(null, "superseded", site), at(START + 3 * SECOND));
    const stageOf = (of: Site) => {
      const sync = must(Object.values(of.slot.open)[0] ?? recordsOf(of)[0]);
      const state = { kind: "claimed", sync, status: syncStatus(of.slot, sync) } as const;
      return buildStage(of, sync.id, state, START).stage;
    };
    const stages = [own - 1, own, own + 1].map((startedAt) => {
      const push = deploy("d2", { startedAt });
      const told = followDeploy(owed, event("started", { deploy: push, title: "a push" }), at(START + 3 * SECOND, 10));
      const ready = event("succeeded", { deploy: { ...push, state: "ready", published: true }, title: "a push" });
      const live = followDeploy(told, ready, at(START + MINUTE, 11));
      return [stageOf(live), siteStage(live)?.stage];
    });
    expect(stages).toEqual([
      ["retrying", "retrying"],
      ["live", "live"],
      ["live", "live"],
    ]);
  });

  test("a build of whose deploy nothing was heard ends with a newer deploy that visitors see", () => {
    const site = building();
    const push = (startedAt: number, published = true) =>
      event("succeeded", { deploy: deploy("d9", { state: "ready", startedAt, published }), title: "a push" });
    const newer = START + SECOND + CLOCK_SKEW;
    const ended = followDeploy(site, push(newer), at(START + 2 * MINUTE));
    expect(ended.slot.running).toBeNull();
    expect(recordsOf(ended)[0]?.parts[BUILD]).toMatchObject({
      status: "succeeded",
      deploy: { id: "d9", foreign: true },
    });
    expect(followDeploy(site, push(newer - 1), at(START + 2 * MINUTE)).slot.running).not.toBeNull();
    expect(followDeploy(site, push(newer, false), at(START + 2 * MINUTE)).slot.running).not.toBeNull();
    const heard = followDeploy(site, ours(site, "started"), at(START + MINUTE));
    expect(followDeploy(heard, push(newer), at(START + 2 * MINUTE, 10)).slot.running).not.toBeNull();
  });

  test("a build that a person or the site's own rule cancelled is over", () => {
    for (const [why, text] of [
      ["cancelled", /someone cancelled/],
      ["ignored", /ignore rule/],
    ] as const) {
      const site = building();
      const over = followDeploy(site, skipped("Canceled", why, site), at(START + MINUTE));
      expect([over.slot.retry, over.slot.pending]).toEqual([{}, null]);
      expect(recordsOf(over)[0]?.parts[BUILD]).toMatchObject({ status: "failed", error: expect.stringMatching(text) });
    }
  });

  test("a build that counted as made is owed again when Netlify says later that it did not make it", () => {
    const site = building();
    const idle: Site = { ...site, slot: { ...site.slot, running: null, open: {} } };
    const late = skipped("Skipped", "credits", idle);
    const owed = followDeploy(idle, late, at(START + MINUTE));
    expect(owed.slot.pending).toMatchObject({ syncId: "again", trigger: { type: "build", id: "d1" } });
    expect(owed.slot.held?.for).toBe("credits");
    expect(followDeploy(owed, late, at(START + 2 * MINUTE)).slot).toBe(owed.slot);
    for (const over of ["cancelled", "ignored", null] as const) {
      expect(followDeploy(idle, { ...late, notBuilt: over }, at(START + MINUTE)).slot.pending).toBeNull();
    }
    expect(followDeploy(idle, { ...late, title: "a push" }, at(START + MINUTE)).slot.pending).toBeNull();
    const newer = deploy("d2", { state: "ready", startedAt: START + 3 * SECOND, published: true });
    const shown: Site = { ...idle, deploys: { heardAt: START, locked: false, recent: [newer] } };
    expect(followDeploy(shown, late, at(START + MINUTE)).slot.pending).toBeNull();
  });

  test("a build skipped for a newer deploy is owed again if that deploy fails, once, and not if it goes live", () => {
    const site = building();
    const idle: Site = { ...site, slot: { ...site.slot, running: null, open: {} } };
    const newer = deploy("d2", { startedAt: START + 3 * SECOND });
    const push = (kind: "started" | "succeeded" | "failed", state: "building" | "ready" | "failed") =>
      event(kind, { deploy: { ...newer, state }, title: "a push" });
    const begun = followDeploy(idle, push("started", "building"), at(START + MINUTE));
    const skippedFor = followDeploy(begun, skipped(null, "superseded", idle), at(START + MINUTE, 9));
    expect(skippedFor.slot.pending).toBeNull();
    const live = followDeploy(skippedFor, push("succeeded", "ready"), at(START + 2 * MINUTE, 10));
    expect([live.slot.pending, live.deploys?.recent.some(({ notBuilt }) => notBuilt !== undefined)]).toEqual([
      null,
      false,
    ]);
    const failed = followDeploy(skippedFor, push("failed", "failed"), at(START + 2 * MINUTE, 10));
    expect(failed.slot.pending).toMatchObject({ syncId: "again", trigger: { type: "build", id: "d1" } });
    const silent = followDeploy(skippedFor, event("unlocked"), at(START + MINUTE + FOLLOW, 10));
    expect(silent.slot.pending).toMatchObject({ syncId: "again" });
    const owedOnce = { ...failed, slot: { ...failed.slot, pending: null } };
    expect(followDeploy(owedOnce, push("failed", "failed"), at(START + 3 * MINUTE, 11)).slot.pending).toBeNull();
  });

  test("a hold ends with the next build that goes through, and goes on if nothing is heard of it", () => {
    const held = { for: "credits", since: START - DAY, until: START, times: 3 } as const;
    const site = building();
    const waiting: Site = { ...site, slot: { ...site.slot, held } };
    const live = { deploy: deploy("d1", { state: "ready", published: true }) };
    const through = followDeploy(waiting, ours(waiting, "succeeded", live), at(START + MINUTE));
    expect(through.slot.held).toBeUndefined();
    const late = START + SECOND + FOLLOW + CLOCK_SKEW + 1;
    const over = claim(waiting.slot, { by: "w2", now: late, rev: 9, start: true }, siteParts(waiting));
    expect("slot" in over && over.slot.held).toEqual(held);
  });
});

test("a deploy that visitors see stays known, however many others a locked site builds", () => {
  const live = event("succeeded", {
    deploy: deploy("seen", { state: "ready", endedAt: START + MINUTE, published: true }),
  });
  let site = followDeploy(building(), live, at(START + MINUTE));
  for (let n = 0; n < DEPLOYS + 3; n += 1) {
    const hidden = deploy(`hidden-${n}`, { state: "ready", endedAt: START + (2 + n) * MINUTE, published: false });
    site = followDeploy(site, event("succeeded", { deploy: hidden }), at(START + (2 + n) * MINUTE));
  }
  const known = (site.deploys?.recent ?? []).map(({ id }) => id);
  expect([known.length, known[0], known.includes("seen")]).toEqual([DEPLOYS, `hidden-${DEPLOYS + 2}`, true]);
});

test("a deploy that was replaced does not go live again with a late word of its start", () => {
  const site = building();
  const ready = (id: string, minute: number) =>
    event("succeeded", {
      deploy: deploy(id, { state: "ready", endedAt: START + minute * MINUTE, published: true }),
    });
  const first = followDeploy(site, ready("d1", 1), at(START + MINUTE));
  const second = followDeploy(first, ready("d2", 2), at(START + 2 * MINUTE));
  const late = followDeploy(second, event("started", { deploy: deploy("d1") }), at(START + 3 * MINUTE));
  expect([second.deploys?.live?.id, late.deploys?.live?.id]).toEqual(["d2", "d2"]);
});

describe("how the end of a deploy counts", () => {
  test("a ready deploy is a success, a failed one is tried once more, a stopped one is not, and somebody else's does not count", () => {
    expect(deployOutcome(deploy("d", { state: "ready" }), null, 5)).toEqual({
      kind: "ok",
      durationMs: 5,
      deploy: deploy("d", { state: "ready" }),
    });
    const failed = deploy("d", { state: "failed", error: "exit 2" });
    expect(deployOutcome(failed, null, 5)).toMatchObject({
      kind: "failed",
      error: "the deploy failed (exit 2)",
      unanswered: false,
      atMost: 2,
    });
    expect(deployOutcome(deploy("d", { state: "failed" }), "cancelled", 5)).toMatchObject({
      error: "someone cancelled the deploy at Netlify",
      atMost: 1,
    });
    expect("atMost" in deployOutcome({ ...failed, foreign: true }, null, 5)).toBe(false);
  });

  test("two tellings of one deploy are joined: an end is final; another deploy is another", () => {
    const ready = deploy("d", { state: "ready", endedAt: 9, published: true });
    expect(joinDeploy(ready, deploy("d", { url: "u" }))).toEqual({ ...ready, url: "u" });
    expect(joinDeploy(deploy("d", { url: "u" }), ready)).toEqual({ ...ready, url: "u" });
    const failed = deploy("d", { state: "failed", error: "e", endedAt: 7 });
    expect(joinDeploy(failed, ready)).toMatchObject({ state: "failed", error: "e", endedAt: 7 });
    expect(joinDeploy(ready, failed)).toEqual(ready);
    expect(joinDeploy(deploy("d"), failed)).toEqual(failed);
    const timeless = deploy("d", { state: "ready" });
    expect(joinDeploy(timeless, ready)).toEqual(ready);
    expect("endedAt" in joinDeploy(deploy("d"), timeless)).toBe(false);
    expect("error" in joinDeploy(deploy("d"), timeless)).toBe(false);
    expect(joinDeploy({ state: "building" }, { state: "ready", endedAt: 5 })).toEqual({ state: "ready", endedAt: 5 });
    expect(joinDeploy({ state: "building", url: "u" }, deploy("d"))).toEqual({ ...deploy("d"), url: "u" });
    expect(joinDeploy(ready, deploy("other"))).toEqual(deploy("other"));
    expect(joinDeploy({ state: "building" }, ready)).toEqual(ready);
    expect(joinDeploy(undefined, ready)).toBe(ready);
  });
});

describe("what is known of a site's deploys", () => {
  test("a site's known deploys are its latest production deploys, the newest event first, and no more than a few", () => {
    let site = asked({ deploys: { heardAt: START - MINUTE, locked: false, recent: [] } });
    for (let i = 0; i < DEPLOYS + 2; i += 1) {
      site = followDeploy(
        site,
        event("started", { deploy: deploy(`d${i}`, { startedAt: START - DAY }) }),
        at(START + i),
      );
    }
    const ids = () => site.deploys?.recent.map(({ id }) => id);
    expect([ids()?.length, ids()?.[0]]).toEqual([DEPLOYS, `d${DEPLOYS + 1}`]);
    const back = deploy("d4", { state: "failed", startedAt: START - DAY });
    site = followDeploy(site, event("failed", { deploy: back }), at(START + 99));
    expect([ids()?.length, ids()?.[0], site.deploys?.recent[0]?.foreign]).toEqual([DEPLOYS, "d4", true]);
    const preview = followDeploy(site, event("started", { deploy: deploy("p"), production: false }), at(START + 100));
    expect(preview).toBe(site);
  });

  test("a lock is known from the word of it to the word of its end", () => {
    const site = aSite();
    const locked = followDeploy(site, event("locked"), at(START));
    expect(locked.deploys).toMatchObject({ locked: true, heardAt: START, recent: [] });
    expect(followDeploy(locked, event("locked"), at(START + 1))).toBe(locked);
    expect(followDeploy(locked, event("unlocked"), at(START + 1)).deploys?.locked).toBe(false);
  });

  test("the live deploy is the one published last, in whatever order the notifications come", () => {
    const told = (id: string, endedAt: number, published = true) =>
      event("succeeded", { deploy: deploy(id, { state: "ready", endedAt, published }) });
    let site = followDeploy(aSite(), told("new", START + 9), at(START + 10));
    expect(site.deploys?.live).toEqual({ id: "new", at: START + 9 });
    site = followDeploy(site, told("old", START + 5), at(START + 11));
    site = followDeploy(site, told("unseen", START + 12, false), at(START + 12));
    expect(site.deploys?.live?.id).toBe("new");
    const restored = event("restored", { deploy: deploy("old", { state: "ready", endedAt: START + 5 }) });
    site = followDeploy(site, restored, at(START + 20));
    expect([site.deploys?.live, site.deploys?.recent[0]]).toMatchObject([
      { id: "old", at: START + 20 },
      { id: "old", published: true },
    ]);
  });

  test("a site's deploys are followed from the first notification to a wait in vain, and a day's silence is noted", () => {
    const silent = aSite();
    expect(notificationsWork(silent)).toBe(false);
    const heard = followDeploy(silent, event("locked"), at(START));
    expect(notificationsWork(heard)).toBe(true);
    const vain: Site = { ...heard, slot: { ...heard.slot, unheardAt: START } };
    expect(notificationsWork(vain)).toBe(false);
    const again = followDeploy(vain, event("locked"), at(START + 1));
    expect([notificationsWork(again), again.deploys?.heardAt]).toEqual([true, START + 1]);
    expect(followDeploy(heard, event("locked"), at(START + DAY))).toBe(heard);
    expect(followDeploy(heard, event("locked"), at(START + DAY + 1)).deploys?.heardAt).toBe(START + DAY + 1);
    // A clock that is behind does not take back what was heard.
    expect(followDeploy(heard, event("unlocked"), at(START - 5)).deploys?.heardAt).toBe(START);
  });
});

describe("a deploy of somebody else's", () => {
  const git = (fields: Given = {}) => deploy("git", { startedAt: START + CLOCK_SKEW, ...fields });
  const known = (one: Deploy, fields: Partial<Site> = {}): Site =>
    asked({ deploys: { heardAt: START, locked: false, recent: [one] }, ...fields });

  test("a foreign deploy covers requests from before it began, by more than clocks may differ", () => {
    expect(coverByDeploy(known(git()), at(START + MINUTE))).not.toBeNull();
    for (const one of [
      git({ startedAt: START + CLOCK_SKEW - 1 }),
      { id: "git", state: "building" as const },
      git({ state: "failed" }),
      git({ state: "unheard" }),
    ]) {
      expect(coverByDeploy(known(one), at(START + MINUTE)), JSON.stringify(one)).toBeNull();
    }
    expect(coverByDeploy(known(git()), at(START + CLOCK_SKEW + FOLLOW))).toBeNull();
    expect(coverByDeploy(known(git({ state: "ready" })), at(START + DAY))).not.toBeNull();
  });

  test("a foreign deploy covers nothing where nothing waits, something runs, or what waits may not start yet", () => {
    const idle = aSite({ deploys: { heardAt: START, locked: false, recent: [git()] } });
    expect(coverByDeploy(idle, at(START + MINUTE))).toBeNull();
    expect(coverByDeploy({ ...building(), deploys: must(idle.deploys) }, at(START + MINUTE))).toBeNull();
    expect(coverByDeploy(known(git()), at(START + SECOND - 1))).toBeNull();
    const site = known(git());
    expect(coverByDeploy({ ...site, slot: { ...site.slot, paused: true } }, at(START + MINUTE))).toBeNull();
  });

  test("a foreign deploy runs as the build that waited, without worker or cost, under a fencing token of its own", () => {
    const site = known(git());
    const now = START + MINUTE;
    const { slot, ended } = must(coverByDeploy(site, at(now, 7)));
    expect(slot.running).toMatchObject({
      fence: site.slot.fence + 1,
      by: null,
      lead: "build-1",
      phase: "sources",
      startRev: 7,
      startedAt: now,
      leaseUntil: now + FOLLOW,
    });
    expect(slot.running?.parts[BUILD]).toMatchObject({
      parked: true,
      deadline: now + FOLLOW,
      deploy: { id: "git", foreign: true },
    });
    expect([slot.fence, slot.pending, slot.spent, ended]).toEqual([site.slot.fence + 1, null, undefined, []]);
    expect(slot.open["build-1"]?.claimRev).toBe(7);
  });

  test("a foreign deploy that is ready ends the build at once", () => {
    const { slot, ended } = must(coverByDeploy(known(git({ state: "ready", published: true })), at(START + MINUTE)));
    expect([slot.running, slot.pending, ended.length]).toEqual([null, null, 1]);
    expect(ended[0]?.parts[BUILD]).toMatchObject({ status: "succeeded", deploy: { id: "git", foreign: true } });
  });

  test("a foreign deploy that is ready is preferred to one that still builds", () => {
    const site = asked({
      deploys: { heardAt: START, locked: false, recent: [git(), { ...git({ state: "ready" }), id: "r" }] },
    });
    expect(must(coverByDeploy(site, at(START + MINUTE))).ended[0]?.parts[BUILD]?.deploy?.id).toBe("r");
  });

  test("a foreign deploy first noticed before a request does not cover it, whatever the requester's clock says", () => {
    const heardAt = (heardRev: number) => coverByDeploy(known({ ...git(), heardRev }), at(START + MINUTE));
    // What waits was asked for by revision 2.
    expect([heardAt(1), heardAt(2)]).toEqual([null, null]);
    const adopted = must(heardAt(3)).slot.running?.parts[BUILD]?.deploy;
    expect(adopted).toEqual({ ...git(), foreign: true });
  });

  test("a foreign deploy is noted with the revision that first noticed it", () => {
    const first = followDeploy(aSite(), event("started", { deploy: git() }), at(START + MINUTE, 5));
    const again = followDeploy(first, event("succeeded", { deploy: git({ state: "ready" }) }), at(START + DAY, 8));
    expect(must(again.deploys).recent).toMatchObject([{ id: "git", state: "ready", heardRev: 5 }]);
    const old = { ...first, deploys: { heardAt: START, locked: false, recent: [git()] } };
    const told = followDeploy(old, event("succeeded", { deploy: git({ state: "ready" }) }), at(START + DAY, 8));
    expect("heardRev" in must(must(told.deploys).recent[0])).toBe(false);
  });

  test("a foreign deploy does not cover requests that came while an older attempt of the build was made", () => {
    // The first ask fails, then a deploy of Git's begins, then the second ask is claimed and fails as well.
    const site = building();
    const failed = followDeploy(
      site,
      ours(site, "failed", { deploy: deploy("d1", { state: "failed" }) }),
      at(START + MINUTE),
    );
    const later = START + 20 * SECOND;
    const request = aRequest({ id: "again", trigger: { type: "build", id: "again", at: later }, build: false });
    const two = accept(failed.slot, request, { now: later, rev: 11, firstRev: 10 }, "build-2");
    const claimed = claim(
      must(two.slot),
      { by: "w", now: later + 2 * SECOND, rev: 12, start: true },
      siteParts(failed),
    );
    if (claimed.kind !== "claimed") throw new Error(claimed.kind);
    const refused: Outcome = { kind: "failed", error: "500", unanswered: false, durationMs: 1 };
    const news = { ...noNews, outcomes: { [BUILD]: refused } };
    const over = settle(claimed.slot, claimed.run.fence, news, null, later + 3 * SECOND, siteParts(failed));
    if (over.kind !== "ended") throw new Error(over.kind);
    expect(over.slot.retry[BUILD]).toMatchObject({ syncId: "build-2", askedAt: later, askedRev: 11 });
    const beside = (startedAt: number) =>
      coverByDeploy(
        { ...failed, slot: over.slot, deploys: { heardAt: START, locked: false, recent: [git({ startedAt })] } },
        at(START + 70 * SECOND),
      );
    expect(beside(later + CLOCK_SKEW - 1)).toBeNull();
    expect(beside(later + CLOCK_SKEW)).not.toBeNull();
  });

  test("a foreign deploy bears no mark of ours; our own shows what it was started for, and nothing later", () => {
    expect(coverByDeploy(known(git({ buildId: "build-0" })), at(START + MINUTE))).toBeNull();
    const told = (title: string) =>
      followDeploy(aSite(), event("started", { title, deploy: git() }), at(START)).deploys?.recent[0];
    expect(told("Blog (build-10 #12)")).toMatchObject({ buildId: "build-10" });
    expect("foreign" in must(told("Blog (build-10 #12)"))).toBe(false);
    for (const title of ["a push", "Blog (#1)", "Blog (build-1)", "Blog (build-1 #x)", ""]) {
      expect(told(title), title).toMatchObject({ foreign: true });
      expect("buildId" in must(told(title))).toBe(false);
    }
    const ours = followDeploy(aSite(), event("started", { title: "Blog (build-1 #1)", deploy: git() }), at(START));
    const renamed = followDeploy(ours, event("locked", { title: "renamed", deploy: git() }), at(START + MINUTE));
    expect(renamed.deploys?.recent[0]).toMatchObject({ buildId: "build-1" });
    const ended = followDeploy(
      ours,
      event("failed", { title: "renamed", deploy: git({ state: "failed" }) }),
      at(START),
    );
    expect("foreign" in must(must(ended.deploys).recent[0])).toBe(false);
  });

  test("a foreign deploy counts from the very moment at which what waits may start", () => {
    const { notBefore } = must(known(git()).slot.pending);
    expect([
      coverByDeploy(known(git()), at(notBefore - 1)),
      coverByDeploy(known(git()), at(notBefore)) === null,
    ]).toEqual([null, false]);
  });

  test("a foreign deploy whose first notification says nothing of its time covers nothing", () => {
    const { startedAt: _startedAt, ...timeless } = git({ state: "ready" });
    expect(coverByDeploy(known(timeless), at(START + DAY))).toBeNull();
  });

  test("a foreign deploy is taken within the event that reports it", () => {
    const { slot } = followDeploy(asked(), event("started", { deploy: git() }), at(START + MINUTE));
    expect(slot.running?.parts[BUILD]?.deploy).toMatchObject({ id: "git", foreign: true });
    const locked = asked({ deploys: { heardAt: START, locked: true, recent: [] } });
    expect(followDeploy(locked, event("unlocked"), at(START + MINUTE)).deploys?.locked).toBe(false);
  });

  test("a foreign deploy that fails, or goes silent, leaves the build to us", () => {
    const site = known(git());
    const adopted = { ...site, slot: must(coverByDeploy(site, at(START + MINUTE))).slot };
    const failed = event("failed", { deploy: git({ state: "failed", error: "x" }) });
    const told = followDeploy(adopted, failed, at(START + 2 * MINUTE));
    expect(told.slot.retry[BUILD]).toMatchObject({ tries: 1, due: START + 3 * MINUTE });
    const late = START + MINUTE + FOLLOW + CLOCK_SKEW + 1;
    const over = claim(adopted.slot, { by: "w", now: late, rev: 9, start: true }, siteParts(adopted));
    if (over.kind !== "idle") throw new Error(over.kind);
    expect([over.slot.retry[BUILD]?.tries, over.slot.unheardAt]).toEqual([1, undefined]);
  });

  test("a foreign deploy covers a build that waits for a retry as well, and our own needs no clock for that", () => {
    const site = building();
    const failed = ours(site, "failed", { deploy: deploy("d1", { state: "failed" }) });
    const waiting = followDeploy(site, failed, at(START + MINUTE));
    const since = must(waiting.slot.retry[BUILD]).since;
    const beside = (one: Deploy) =>
      coverByDeploy({ ...waiting, deploys: { heardAt: START, locked: false, recent: [one] } }, at(START + 70 * SECOND));
    expect(beside(git({ startedAt: since + CLOCK_SKEW }))?.slot.running?.lead).toBe("build-1");
    expect(beside(git({ startedAt: START }))?.slot.running?.lead).toBe("build-1");
    expect(beside(git({ startedAt: START - 1 }))).toBeNull();
    const mine = beside(git({ startedAt: since, buildId: "build-1" }));
    expect(mine?.slot.running?.parts[BUILD]?.deploy).toMatchObject({ foreign: false, buildId: "build-1" });
    expect(mine?.slot.retry).toEqual({});
    expect(beside(git({ startedAt: since, buildId: "build-2" }))).toBeNull();
  });

  test("a foreign deploy does not cover a call that is followed by its place", () => {
    const site = building();
    const failed = ours(site, "failed", { deploy: deploy("d1", { state: "failed" }) });
    const waiting = followDeploy(site, failed, at(START + MINUTE));
    const retry = { ...must(waiting.slot.retry[BUILD]), location: "https://api.netlify.com/deploys/d1" };
    const slot = { ...waiting.slot, retry: { [BUILD]: retry } };
    const recent = [git({ startedAt: START + 5 * MINUTE })];
    const deploys = { heardAt: START, locked: false, recent };
    expect(coverByDeploy({ ...waiting, slot, deploys }, at(START + 6 * MINUTE))).toBeNull();
  });
});

describe("where a site hears of its deploys", () => {
  const first = { secret: "sealed-a", signingSecret: "sealed-b" };
  const second = { secret: "sealed-c", signingSecret: "sealed-d" };

  test("a site's notification URL is one, and after a rotation the former one for a day", () => {
    const site = openReceiver(aSite(), first, aChange({ now: START }));
    expect(acceptedReceivers(site, START)).toMatchObject([first]);
    expect(openReceiver(site, first, aChange())).toBe(site);
    const rotated = openReceiver(site, second, aChange({ now: START, rev: 8 }));
    expect(acceptedReceivers(rotated, START + RECEIVER_OVERLAP - 1)).toMatchObject([second, first]);
    expect(acceptedReceivers(rotated, START + RECEIVER_OVERLAP)).toMatchObject([second]);
    const third = { secret: "sealed-e", signingSecret: "sealed-f" };
    expect(acceptedReceivers(openReceiver(rotated, third, aChange({ now: START })), START)).toMatchObject([
      third,
      second,
    ]);
    expect([rotated.settingsRev, rotated.owed.length - aSite().owed.length]).toEqual([8, 2]);
    expect(JSON.stringify(rotated.owed)).not.toContain("sealed-c");
  });

  test("a site's notification URL is in the audit log when it is opened and when it is closed", () => {
    const last = (site: Site) => {
      const owed = site.owed.at(-1);
      return owed?.kind === "audit" ? owed.entry.detail["fields"] : undefined;
    };
    const site = openReceiver(aSite(), first, aChange());
    expect([last(site), last(closeReceiver(site, aChange()))]).toEqual([
      ["deployNotifications"],
      ["deployNotifications"],
    ]);
  });

  test("a site's closed notification URL leaves nothing behind, including what was known of deploys", () => {
    const site = followDeploy(openReceiver(aSite(), first, aChange()), event("locked"), at(START));
    const closed = closeReceiver(site, aChange());
    expect([acceptedReceivers(closed, START), closed.deploys, closed.owed.length - site.owed.length]).toEqual([
      [],
      undefined,
      1,
    ]);
    expect(closeReceiver(closed, aChange())).toBe(closed);
  });
});

describe("a deploy that claims to be of the future", () => {
  const future = deploy("d9", {
    state: "ready",
    startedAt: START + 999 * DAY,
    endedAt: START + 999 * DAY,
    published: true,
  });

  test("a deploy with a time in the future is dated now, so that a later one is live after it", () => {
    const now = START + MINUTE;
    const first = followDeploy(asked(), event("succeeded", { deploy: future }), at(now));
    expect(first.deploys?.live).toMatchObject({ id: "d9", at: now });
    expect(first.deploys?.recent[0]).toMatchObject({ startedAt: now, endedAt: now });
    const next = deploy("d10", { state: "ready", endedAt: now + MINUTE, published: true });
    const second = followDeploy(first, event("succeeded", { deploy: next }), at(now + 2 * MINUTE));
    expect(second.deploys?.live).toMatchObject({ id: "d10" });
  });

  test("a deploy with a time in the future that the release before stored does not hide newer ones", () => {
    const before = { heardAt: START, locked: false, recent: [], live: { id: "d9", at: START + 999 * DAY } };
    const now = START + 2 * MINUTE;
    const next = deploy("d10", { state: "ready", endedAt: now, published: true });
    expect(
      followDeploy(asked({ deploys: before }), event("succeeded", { deploy: next }), at(now)).deploys?.live,
    ).toMatchObject({
      id: "d10",
    });
  });
});
