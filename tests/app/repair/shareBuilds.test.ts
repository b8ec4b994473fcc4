import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { SMALL } from "../../../src/app/repair/shards.ts";
import { creditsNoteOf, shareBuilds, sharesOf } from "../../../src/app/repair/shareBuilds.ts";
import { updateSite } from "../../../src/app/stored/documents.ts";
import { DAY, HOUR, MINUTE } from "../../../src/core/durations.ts";
import { siteParts } from "../../../src/core/site/pacing.ts";
import { emptySlot } from "../../../src/core/slot/slot.ts";
import { monthOf, monthStart } from "../../../src/core/usage/calendar.ts";
import { affordableBuilds, RATES } from "../../../src/core/usage/credits.ts";
import { monthName } from "../../../src/core/usage/usage.ts";
import { siteKey } from "../../../src/store/keys.ts";
import { aSite, must } from "../../support/builders.ts";
import { answer, World } from "../world.ts";

const NOVEMBER = Date.UTC(2026, 10, 10);

const elsewhere = (running: number) => ({ running, builds: 0, reserved: 0, sites: 0 });
const note = (builds: number, fields: { running?: number; share?: number | null; waits?: boolean } = {}) => ({
  month: 1,
  running: 0,
  builds,
  ...fields,
});

describe("the builds that a plan pays", () => {
  test("what is left of the plan is shared equally among the sites that want builds, beside what each has built", () => {
    const notes = new Map([
      ["a", note(4, { share: 18 })],
      ["b", note(0, { share: null })],
      ["paced by its owner", note(2)],
      ["layer", note(0, { running: 15 })],
    ]);
    // 270 of 300 credits, 30 for our functions: 16 builds, of which 6 are made.
    expect([...sharesOf(notes, 300, elsewhere(15))].sort()).toEqual([
      ["a", 9],
      ["b", 5],
    ]);
  });

  test("the last builds, too few for all, go to sites that wait, and without builds left each keeps what it has built", () => {
    const many = (...waiting: number[]) =>
      new Map(
        Array.from({ length: 5 }, (_, at) => [
          `s${at}`,
          note(3, { share: 18, ...(waiting.includes(at) && { waits: true }) }),
        ]),
      );
    const shares = (notes: ReturnType<typeof many>, credits: number) =>
      [...sharesOf(notes, credits, elsewhere(0))].sort().map(([, share]) => share);
    expect(shares(many(2, 4), 300)).toEqual([4, 3, 4, 3, 4]);
    expect(shares(many(3), 270)).toEqual([3, 3, 3, 4, 3]);
    expect(shares(many(3), 250)).toEqual([3, 3, 3, 3, 3]);
  });

  test("the shares of sites with any history are never more than the plan pays, together with what was built", () => {
    const site = fc.record({ builds: fc.nat(20), share: fc.option(fc.nat(30)), waits: fc.boolean() });
    fc.assert(
      fc.property(fc.array(site), fc.integer({ min: 1, max: 3000 }), fc.nat(30), (sites, credits, builds) => {
        const notes = new Map(sites.map((fields, at) => [`s${at}`, note(fields.builds, fields)]));
        const others = { running: 0, builds, reserved: builds, sites: 0 };
        const built = sites.reduce((sum, one) => sum + one.builds, builds);
        const shares = [...sharesOf(notes, credits, others).values()].map(Number);
        const shared = shares.reduce((sum, one) => sum + one, builds);
        expect(shared).toBeLessThanOrEqual(Math.max(affordableBuilds(credits, 0), built));
      }),
    );
  });

  test("where nobody said the plan, Free counts until the month's builds cost more than Free has, and then nothing", () => {
    const notes = (builds: number) =>
      new Map([
        ["a", note(builds, { share: null })],
        ["b", note(10, { share: 12 })],
      ]);
    expect([...sharesOf(notes(10), undefined, elsewhere(0)).values()]).toEqual([10, 10]);
    expect([...sharesOf(notes(11), undefined, elsewhere(0)).values()]).toEqual(["open", "open"]);
    expect(Object.fromEntries(sharesOf(notes(11), 300, elsewhere(0)))).toEqual({ a: 11, b: 10 });
  });

  test("what a tick notes of a site has no share of a month before, so that the site is given one of this month", () => {
    const slot = { ...emptySlot(), usage: { "2026-11": { builds: 4, asked: 6 } } };
    const share = (at: number) => creditsNoteOf(aSite({ slot, allowance: { builds: 9, at } }), NOVEMBER)?.share;
    expect([share(NOVEMBER), share(NOVEMBER - 40 * DAY)]).toEqual([9, null]);
  });

  test("a site that another service builds takes no builds of the plan", () => {
    const slot = { ...emptySlot(), usage: { "2026-11": { builds: 40, asked: 60, started: 40 } } };
    const noteOf = (buildHookKind: "netlify" | "other") => creditsNoteOf(aSite({ slot, buildHookKind }), NOVEMBER);
    const atNetlify = must(noteOf("netlify"));
    expect(atNetlify).toMatchObject({ builds: 40, share: null });
    const { share: _share, ...rest } = atNetlify;
    expect(noteOf("other")).toEqual({ ...rest, builds: 0 });
  });

  test("a site keeps what it spent of the plan when another service builds it, and brings none of that service's builds", () => {
    const slot = { ...emptySlot(), usage: { "2026-11": { builds: 40, otherBuilds: 31, asked: 60 } } };
    const noteOf = (buildHookKind: "netlify" | "other") => creditsNoteOf(aSite({ slot, buildHookKind }), NOVEMBER);
    expect([noteOf("netlify")?.builds, noteOf("other")?.builds]).toEqual([9, 31]);
    const month = monthOf(NOVEMBER);
    const spent = { lastAt: NOVEMBER, day: 0, today: 0, month, thisMonth: 40 };
    const monthly = (allowance?: { builds: number; at: number }) =>
      siteParts(aSite({ slot: { ...slot, spent }, ...(allowance && { allowance }) })).pace?.monthly;
    expect([monthly(), monthly({ builds: 12, at: NOVEMBER })]).toEqual([18 + 31, 12 + 31]);
  });

  test("a site gains only what others have lost: not what a site that built meanwhile still has", async () => {
    const world = new World();
    const { now } = world.clock;
    const month = monthOf(now);
    const given = async (id: string, share: number, builds: number): Promise<void> => {
      await world.site(id);
      await updateSite(
        world.deps(),
        id,
        (site) => {
          if (site?.kind !== "site") return { kind: "keep", result: null };
          const slot = { ...site.slot, usage: { [monthName(month)]: { builds, asked: builds } } };
          return { kind: "write", document: { ...site, slot, allowance: { builds: share, at: now } }, result: null };
        },
        { budget: 1000, attempts: 1, polite: false },
      );
    };
    const share = async (id: string) => (await world.readSite(id)).allowance?.builds;
    await given("busy", 16, 4);
    await given("poor", 2, 2);
    const noted = (builds: number) =>
      new Map([
        [siteKey("busy"), { month, running: 0, builds, share: 16 }],
        [siteKey("poor"), { month, running: 0, builds: 2, share: 2, waits: true }],
      ]);
    await shareBuilds(world.deps(), noted(3), elsewhere(0), () => false);
    expect([await share("busy"), await share("poor")]).toEqual([16, 2]);
    await shareBuilds(world.deps(), noted(4), elsewhere(0), () => false);
    expect([await share("busy"), await share("poor")]).toEqual([10, 8]);
  });

  test("a system of more than a hundred layers and sites shares too, and sites in texts that a tick does not read keep theirs", async () => {
    const world = new World();
    await world.clock.pass(monthStart(monthOf(world.clock.now) + 1) - world.clock.now);
    for (let idle = 0; idle < SMALL; idle += 1) await world.layer(`idle-${idle}`, [], []);
    const sites = Array.from({ length: 4 }, (_, at) => `site-${at}`);
    let builds = 0;
    for (const id of sites) {
      await world.site(id, "standard");
      await world.layer(`layer-of-${id}`, [], [id]);
      world.jobs.set(`https://hooks.test/${id}`, () => {
        builds += 1;
        return answer(200);
      });
    }
    const sharesNow = async (): Promise<number[]> => {
      const documents = await Promise.all(sites.map((id) => world.readSite(id)));
      return documents.map(({ allowance }) => allowance?.builds ?? 0);
    };
    for (let day = 0; day < 27; day += 1) {
      for (const id of day % 2 === 0 ? sites : sites.slice(0, 1)) await world.publish(`layer-of-${id}`);
      for (let hour = 0; hour < 4; hour += 1) {
        await world.clock.pass(6 * HOUR);
        await world.tick();
      }
      const shared = (await sharesNow()).reduce((sum, one) => sum + one, 0);
      expect(shared).toBeGreaterThan(0);
      expect(shared).toBeLessThanOrEqual(18);
    }
    expect(builds).toBeGreaterThanOrEqual(12);
    expect(builds * RATES.build).toBeLessThanOrEqual(270);
  }, 120_000);

  test("a tick gives two busy sites their shares, and two sites never build more than the plan pays", async () => {
    const world = new World();
    // The first of a month, so that it is a whole one.
    await world.clock.pass(monthStart(monthOf(world.clock.now) + 1) - world.clock.now);
    const sites = ["one", "two"];
    let builds = 0;
    for (const id of sites) {
      await world.site(id);
      await updateSite(
        world.deps(),
        id,
        (site) => {
          if (site?.kind !== "site") return { kind: "keep", result: null };
          const { pacing: _none, ...unpaced } = site;
          return { kind: "write", document: unpaced, result: null };
        },
        { budget: 1000, attempts: 1, polite: false },
      );
      await world.layer(`layer-${id}`, [], [id]);
      world.jobs.set(`https://hooks.test/${id}`, () => {
        builds += 1;
        return answer(200);
      });
    }
    for (let hour = 0; hour < 27 * 24; hour += 6) {
      for (const id of sites) await world.publish(`layer-${id}`);
      for (let minutes = 0; minutes < 360; minutes += 30) {
        await world.clock.pass(30 * MINUTE);
        await world.tick();
      }
    }
    const documents = await Promise.all(sites.map((id) => world.readSite(id)));
    for (const site of documents) {
      expect(site.allowance?.builds).toBeLessThan(18);
      expect(siteParts(site).pace?.monthly).toBe(site.allowance?.builds);
    }
    expect(builds).toBeGreaterThanOrEqual(12);
    expect(builds * RATES.build).toBeLessThanOrEqual(270);
  }, 60_000);
});
