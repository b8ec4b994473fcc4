import { describe, expect, test } from "vitest";
import { creditsNoteOf, sharesOf } from "../../../src/app/repair/shareBuilds.ts";
import { updateSite } from "../../../src/app/stored/documents.ts";
import { DAY, MINUTE } from "../../../src/core/durations.ts";
import { siteParts } from "../../../src/core/site/pacing.ts";
import { emptySlot } from "../../../src/core/slot/slot.ts";
import { monthOf, monthStart } from "../../../src/core/usage/calendar.ts";
import { RATES } from "../../../src/core/usage/credits.ts";
import { aSite } from "../../support/builders.ts";
import { answer, World } from "../world.ts";

const NOVEMBER = Date.UTC(2026, 10, 10);

const note = (builds: number, fields: { running?: number; share?: number | null } = {}) => ({
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
    expect([...sharesOf(notes, 300, 15)]).toEqual([
      ["a", 9],
      ["b", 5],
    ]);
  });

  test("the last build is not withheld from many sites, and without builds left each keeps what it has built", () => {
    const many = new Map(Array.from({ length: 5 }, (_, at) => [`s${at}`, note(3, { share: 18 })]));
    expect([...sharesOf(many, 300, 0).values()]).toEqual([4, 4, 4, 4, 4]);
    expect([...sharesOf(many, 250, 0).values()]).toEqual([3, 3, 3, 3, 3]);
  });

  test("where nobody said the plan, Free counts until the month's builds cost more than Free has, and then nothing", () => {
    const notes = (builds: number) =>
      new Map([
        ["a", note(builds, { share: null })],
        ["b", note(10, { share: 12 })],
      ]);
    expect([...sharesOf(notes(10), undefined, 0).values()]).toEqual([10, 10]);
    expect([...sharesOf(notes(11), undefined, 0).values()]).toEqual(["open", "open"]);
    expect([...sharesOf(notes(11), 300, 0).values()]).toEqual([11, 10]);
  });

  test("what a tick notes of a site has no share of a month before, so that the site is given one of this month", () => {
    const slot = { ...emptySlot(), usage: { "2026-11": { builds: 4, asked: 6 } } };
    const share = (at: number) => creditsNoteOf(aSite({ slot, allowance: { builds: 9, at } }), NOVEMBER)?.share;
    expect([share(NOVEMBER), share(NOVEMBER - 40 * DAY)]).toEqual([9, null]);
  });

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
