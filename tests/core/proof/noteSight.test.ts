import { describe, expect, test } from "vitest";
import { MINUTE, SECOND } from "../../../src/core/durations.ts";
import { UNTOLD } from "../../../src/core/limits.ts";
import {
  type LookedAt,
  namesDeploy,
  nextLook,
  noteSight,
  type Sight,
  withoutLook,
} from "../../../src/core/proof/look.ts";
import { type Look, lookOf, markerOf } from "../../../src/core/proof/lookSchema.ts";
import type { BuildEvent } from "../../../src/core/site/buildEvents.ts";
import type { Site } from "../../../src/core/site/site.ts";
import { aSite, START } from "../../support/builders.ts";

const NEVER = Number.POSITIVE_INFINITY;
const url = "https://www.example.com/";
const causes = [{ dataLayerId: "layer", name: "Blog", syncId: "sync-1" }];
const event = (buildId: string): BuildEvent => ({
  ...{ id: `build.live/${buildId}`, event: "build.live", buildId, at: START },
  causes,
});
const live = { heardAt: START, locked: false, recent: [], live: { id: "d1", at: START } };
const oldMarker = { deployId: "d0", buildId: null, seenAt: START };

/** A site whose deploy d1 is live at Netlify. */
const site = (look: Partial<Look> | null, fields: Partial<Site> = {}): Site =>
  aSite({
    publicUrl: url,
    deploys: live,
    ...(look && { look: { url, deployId: "d1", tries: 1, at: START, ...look } }),
    ...fields,
  });
const shown: Sight = { kind: "marker", deployId: "d1", buildId: null };
const old: Sight = { kind: "marker", deployId: "d0", buildId: null };
const none: Sight = { kind: "none", reason: "The page has no marker." };
const unknown: Sight = { kind: "unknown", reason: "The page answered 502." };
const NOW = START + MINUTE;
const see = (owner: Site, sight: Sight, more: Partial<LookedAt> = {}): Site =>
  noteSight(owner, { url, deployId: "d1", sight, now: NOW, ...more });

describe("when a site's pages are looked at", () => {
  test("a site is looked at at once for each deploy that is live, and for each new URL", () => {
    expect(nextLook(site(null))).toBe(0);
    expect(nextLook(site({ deployId: "d0", due: NOW }))).toBe(0);
    expect(nextLook(site({ url: "https://former.example.com/", due: NOW }))).toBe(0);
    expect(nextLook(site({}))).toBe(NEVER);
  });

  test("a site without a public URL, or without a known deploy, is looked at only to tell what waits for its page", () => {
    const { deploys: _deploys, ...undeployed } = site(null);
    const ended = { id: "b", status: "succeeded", queuedAt: START, finishedAt: START };
    const nameless = {
      ...undeployed,
      lastEnded: { fence: 0, open: 0, sync: { ...ended, deploy: { state: "ready" } } },
    };
    for (const owner of [
      site({ due: NOW }, { publicUrl: null }),
      aSite({ deploys: live }),
      undeployed,
      nameless as Site,
    ]) {
      expect(nextLook(owner)).toBe(NEVER);
      expect(nextLook({ ...owner, unseen: [] })).toBe(NEVER);
      expect(nextLook({ ...owner, unseen: [event("b1")] })).toBe(0);
    }
  });

  test("a site is next looked at when the first of its looks and its healing build is due", () => {
    const content = { buildId: "b1", tries: 0, due: START + 2 };
    const heal = { buildId: "b1", at: START + 3 };
    expect(nextLook(site({ due: START + 1, content, heal }))).toBe(START + 1);
    expect(nextLook(site({ due: START + 9, content, heal }))).toBe(START + 2);
    expect(nextLook(site({ heal }))).toBe(START + 3);
    expect(nextLook(site({ content }, { unseen: [event("b1")] }))).toBe(START + 2);
    expect(nextLook(site({}, { unseen: [event("b1")] }))).toBe(0);
    expect(nextLook(site({}, { unseen: [] }))).toBe(NEVER);
  });
});

describe("a marker", () => {
  test("a marker names a deploy by its id, or by its build where it has no deploy", () => {
    const deploy = { id: "d1", buildId: "b1" };
    expect(namesDeploy({ deployId: "d1", buildId: "b0" }, deploy)).toBe(true);
    expect(namesDeploy({ deployId: "d0", buildId: "b1" }, deploy)).toBe(false);
    expect(namesDeploy({ deployId: null, buildId: "b1" }, deploy)).toBe(true);
    expect(namesDeploy({ deployId: null, buildId: "b0" }, deploy)).toBe(false);
    expect(namesDeploy({ deployId: null, buildId: null }, {})).toBe(false);
    expect(namesDeploy({ deployId: "d1", buildId: null }, {})).toBe(false);
  });

  test("a marker counts only at the URL where it was seen", () => {
    const look: Look = { url, deployId: "d1", tries: 1, at: START, marker: oldMarker };
    expect([lookOf({ publicUrl: url, look }), markerOf({ publicUrl: url, look })]).toEqual([look, oldMarker]);
    for (const publicUrl of [null, undefined, "https://other.example.com/"]) {
      expect([lookOf({ publicUrl, look }), markerOf({ publicUrl, look })]).toEqual([undefined, undefined]);
    }
    expect(lookOf({ publicUrl: undefined })).toBeUndefined();
  });
});

describe("what a look at a site's pages has found", () => {
  const waiting = { unseen: [event("b1"), event("b2")] };

  test("a page that shows the deploy makes every build that waits live, from this moment on", () => {
    const seen = see(site({ deployId: "d0", tries: 4, marker: oldMarker }, waiting), shown);
    expect(seen.look).toEqual({
      ...{ url, deployId: "d1", tries: 1, at: NOW },
      marker: { deployId: "d1", buildId: null, seenAt: NOW, knownAt: NOW, shown: [{ deployId: "d1", at: NOW }] },
    });
    expect(seen.untold).toEqual(waiting.unseen.map((one) => ({ ...one, at: NOW })));
    expect(["unseen" in seen, nextLook(seen)]).toEqual([false, NEVER]);
    expect("untold" in see(site(null), shown)).toBe(false);
  });

  test("a marker that stays the same was seen since its first look", () => {
    const marker = { deployId: "d1", buildId: null, seenAt: START };
    expect(see(site({ marker }), shown).look?.marker?.seenAt).toBe(START);
    const rebuilt: Sight = { kind: "marker", deployId: "d1", buildId: "b1" };
    expect(see(site({ marker }), rebuilt).look?.marker).toEqual({
      ...{ deployId: "d1", buildId: "b1", seenAt: NOW, knownAt: NOW, shown: [{ deployId: "d1", at: NOW }] },
    });
    expect(see(site({ marker }), old).look?.marker).toEqual({ ...oldMarker, seenAt: NOW, knownAt: NOW });
  });

  test("a marker remembers when it first showed each of the last 20 deploys", () => {
    const shownAt = (index: number) => ({ deployId: `e${index}`, at: START + index });
    const marker = { ...oldMarker, knownAt: START, shown: Array.from({ length: 20 }, (_, index) => shownAt(index)) };
    const seen = see(site({ marker }), shown).look?.marker;
    expect([seen?.knownAt, seen?.shown]).toEqual([START, [{ deployId: "d1", at: NOW }, ...marker.shown.slice(0, 19)]]);
    const again = see(site({ marker: { ...marker, shown: [{ deployId: "d1", at: START }] } }), shown);
    expect(again.look?.marker?.shown).toEqual([{ deployId: "d1", at: START }]);
  });

  test("a page that shows another deploy is looked at again after 5, 15 and 60 seconds, then its builds are stale", () => {
    for (const [tries, seconds] of [5, 15, 60].entries()) {
      const seen = see(site(tries === 0 ? null : { tries, marker: oldMarker }, waiting), old);
      expect(seen.look).toMatchObject({ tries: tries + 1, due: NOW + seconds * SECOND });
      expect(seen.look?.reason).toBe("The page shows another deploy.");
      expect([seen.unseen, "untold" in seen]).toEqual([waiting.unseen, false]);
    }
    const stale = see(site({ tries: 3, marker: oldMarker }, waiting), old);
    expect(stale.untold).toEqual(
      ["b1", "b2"].map((buildId) => ({
        ...{ id: `build.stale/${buildId}`, event: "build.stale", buildId, at: NOW, causes },
        reason: "The page shows another deploy.",
      })),
    );
    expect(["unseen" in stale, "due" in (stale.look ?? {})]).toEqual([false, false]);
  });

  test("a page that never had a marker makes its builds live at the first look", () => {
    const seen = see(site(null, waiting), none);
    expect(seen.look).toEqual({ url, deployId: "d1", tries: 1, at: NOW, reason: none.reason });
    expect(seen.untold?.map((one) => [one.event, one.at])).toEqual([
      ["build.live", NOW],
      ["build.live", NOW],
    ]);
  });

  test("a page that lost its marker keeps it until the last look, and then has none", () => {
    const lost = see(site({ tries: 2, marker: oldMarker }, waiting), none);
    expect([lost.look?.marker, lost.look?.due, "untold" in lost]).toEqual([oldMarker, NOW + 60 * SECOND, false]);
    const given = see(site({ tries: 3, marker: oldMarker }, waiting), none);
    expect("marker" in (given.look ?? {})).toBe(false);
    expect(given.untold?.map((one) => one.event)).toEqual(["build.live", "build.live"]);
  });

  test("a page that cannot be read keeps its marker, and its builds are stale with the reason after the last look", () => {
    const failed = see(site({ tries: 3, marker: oldMarker }, waiting), unknown);
    expect([failed.look?.marker, failed.look?.reason]).toEqual([oldMarker, unknown.reason]);
    expect(failed.untold?.map((one) => [one.event, one.reason])).toEqual([
      ["build.stale", unknown.reason],
      ["build.stale", unknown.reason],
    ]);
    const unmarked = see(site({ tries: 3 }, waiting), unknown);
    expect(unmarked.untold?.map((one) => one.event)).toEqual(["build.live", "build.live"]);
    expect(see(site(null, waiting), unknown).look).toMatchObject({ tries: 1, due: NOW + 5 * SECOND });
  });

  test("a look that is not due, or was at another URL or deploy than is wanted now, changes nothing", () => {
    const owner = site({ due: NOW, marker: oldMarker }, waiting);
    expect(see(owner, shown, { now: NOW - 1 })).toBe(owner);
    expect(see(owner, shown).look?.tries).toBe(2);
    expect(see(owner, shown, { url: "https://former.example.com/" })).toBe(owner);
    expect(see(owner, shown, { deployId: "d0" })).toBe(owner);
    const idle = aSite({ publicUrl: url });
    expect(see(idle, shown)).toBe(idle);
    // The look at the former deploy, which was due later, does not hold back the look at the new one.
    expect(see(site({ deployId: "d0", due: NOW + MINUTE }), shown).look?.deployId).toBe("d1");
  });

  test("the pages of a build's publishes are looked at as soon as the build is live, and not before", () => {
    const contentOf = "b1";
    const content = { buildId: "b1", tries: 0, due: NOW };
    expect(see(site(null), shown, { contentOf }).look?.content).toEqual(content);
    expect(see(site(null), none, { contentOf }).look?.content).toEqual(content);
    expect("content" in (see(site(null), shown).look ?? {})).toBe(false);
    expect(see(site(null), old, { contentOf }).look?.content).toBeUndefined();
    expect(see(site({ tries: 3, marker: oldMarker }), old, { contentOf }).look?.content).toBeUndefined();
  });

  test("a site that is looked at no more tells what waited for its page, and the newest events stay", () => {
    const untold = Array.from({ length: UNTOLD }, (_, index) => event(`old-${index}`));
    const told = withoutLook(site(null, { ...waiting, untold }));
    expect(told.untold).toEqual([...untold.slice(2), ...waiting.unseen]);
    expect("unseen" in told).toBe(false);
    const quiet = site(null, { untold: [event("b0")] });
    expect(withoutLook({ ...quiet, unseen: [] })).toEqual(quiet);
    expect(withoutLook(quiet)).toEqual(quiet);
  });
});
