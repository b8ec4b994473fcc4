import { describe, expect, test } from "vitest";
import { DAY, MINUTE } from "../../../src/core/durations.ts";
import { OWED, UNTOLD } from "../../../src/core/limits.ts";
import { oweAudit } from "../../../src/core/owed.ts";
import {
  announceBudget,
  askForBuild,
  tellBrake,
  tellReleased,
  tellUsedUp,
} from "../../../src/core/site/askForBuild.ts";
import { type BuildEvent, untoldAfter } from "../../../src/core/site/buildEvents.ts";
import { buildOptionsOf, buildsApart } from "../../../src/core/site/buildOptions.ts";
import { presetPacing } from "../../../src/core/site/pacing.ts";
import { type Site, siteTombstone } from "../../../src/core/site/site.ts";
import { accept } from "../../../src/core/slot/accept.ts";
import { noteRequest, type Spent, spend } from "../../../src/core/slot/pace.ts";
import { nextMonth } from "../../../src/core/usage/calendar.ts";
import { aChange, ada, aRequest, aSite, must } from "../../support/builders.ts";

const NOW = Date.UTC(2026, 10, 10);
const cause = { dataLayerId: "layer", name: "Blog", syncId: "sync-1", publishedAt: NOW };

describe("what holds a build back", () => {
  test("a build that the brake holds, and then Netlify, is told as two events", () => {
    const site = aSite({});
    const { slot } = accept(site.slot, { ...aRequest(), cause }, { now: NOW, rev: 2, firstRev: 1 }, "build-1");
    const spent = { ...spend(undefined, NOW - MINUTE), streak: 4, alike: 4, likeness: 1 };
    const braked = tellBrake({ ...site, slot: { ...must(slot), spent } }, NOW);
    const held = { for: "credits", since: NOW, until: NOW + 15 * MINUTE, times: 1 };
    const told = untoldAfter(braked, { ...braked.slot, held }, []).untold;
    expect(told?.map(({ event }) => event)).toEqual(["build.held", "build.held"]);
    expect(new Set(told?.map(({ id }) => id)).size).toBe(2);
  });
});

/** A site whose build waits since NOW, after starts of this day and month. */
const waiting = (spent: Partial<Spent> | null, fields: Partial<Site> = {}): Site => {
  const site = aSite(fields);
  const { slot } = accept(site.slot, { ...aRequest(), cause }, { now: NOW, rev: 2, firstRev: 1 }, "build-1");
  return { ...site, slot: { ...must(slot), ...(spent && { spent: { ...spend(undefined, NOW), ...spent } }) } };
};
const paced = (fields: Partial<Site["pacing"]>): Partial<Site> => ({
  pacing: { ...presetPacing("instant"), preset: null, ...fields },
});
const manyEvents = (count: number): BuildEvent[] =>
  Array.from({ length: count }, (_, index) => ({ id: `${index}`, event: "e", buildId: "b", at: NOW, causes: [] }));

describe("what is told of a build that the brake holds", () => {
  const alike = { streak: 4, alike: 4, likeness: 1 };

  test("a braked build is told once in a row of starts, with the number of builds that are alike", () => {
    const braked = tellBrake(waiting(alike), NOW);
    expect(braked.untold).toEqual([
      {
        ...{ id: "build.held/brake/build-1", event: "build.held", buildId: "build-1", at: NOW, causes: [cause] },
        reason:
          "4 builds in a row were for publishes that are alike, without a pause of 15 minutes. Each further one waits longer. Look at what the senders send, or build now.",
        brake: true,
      },
    ]);
    expect(braked.slot.spent?.braked).toBe(true);
    expect(tellBrake(braked, NOW)).toBe(braked);
    expect(tellBrake(waiting({ streak: 12 }), NOW).untold?.[0]?.reason).toMatch(
      /^12 builds followed one another, without/,
    );
  });

  test("a build that nothing or something else holds, or that is not there, is told as no brake", () => {
    for (const site of [waiting({}), waiting(null), waiting({ ...alike, braked: true }), aSite()]) {
      expect(tellBrake(site, NOW)).toBe(site);
    }
    const started = { ...waiting(alike), slot: { ...waiting(alike).slot, pending: null } };
    expect(tellBrake(started, NOW)).toBe(started);
  });

  test("a released build is told once to the layers that were told of the brake, and to no others", () => {
    const released = tellReleased(waiting({ ...alike, braked: true }), NOW);
    expect(released.untold).toEqual([
      {
        ...{ id: "brake.over/build-1", event: "brake.over", buildId: "build-1", at: NOW, causes: [cause] },
        brake: true,
      },
    ]);
    expect(tellReleased(released, NOW)).toBe(released);
    for (const site of [waiting(alike), waiting({ ...alike, braked: false }), waiting(null), aSite()]) {
      expect(tellReleased(site, NOW)).toBe(site);
    }
    const started = { ...waiting({ braked: true }), slot: { ...waiting({ braked: true }).slot, pending: null } };
    expect(tellReleased(started, NOW)).toBe(started);
  });

  test("a layer that was not told of the brake hears nothing of it once a person has released the build", () => {
    const other = manyEvents(1);
    const braked = tellBrake(waiting(alike, { untold: other }), NOW);
    expect(braked.untold?.map(({ event }) => event)).toEqual([...other.map(({ event }) => event), "build.held"]);
    const released = tellReleased(braked, NOW);
    expect(released.untold?.slice(0, -1)).toEqual(other);
    expect(released.untold?.at(-1)?.event).toBe("brake.over");
  });

  test("an event about a held build that no layer requested names no layer", () => {
    const nobodys = (site: Site): Site => {
      const { causes: _causes, ...pending } = must(site.slot.pending);
      return { ...site, slot: { ...site.slot, pending } };
    };
    const sites = [
      tellBrake(nobodys(waiting(alike)), NOW),
      tellReleased(nobodys(waiting({ ...alike, braked: true })), NOW),
      tellUsedUp(nobodys(waiting({ thisMonth: 3 }, paced({ monthlyBuilds: 3 }))), NOW),
    ];
    expect(sites.map(({ untold }) => untold?.map(({ causes }) => causes))).toEqual([[[]], [[]], [[]]]);
  });

  test("an event about a held build pushes out the oldest if a site has too many untold", () => {
    const untold = manyEvents(UNTOLD);
    const used = { ...paced({ monthlyBuilds: 3 }), untold };
    for (const next of [
      tellBrake(waiting(alike, { untold }), NOW),
      tellReleased(waiting({ ...alike, braked: true }, { untold }), NOW),
      tellUsedUp(waiting({ thisMonth: 3 }, used), NOW),
    ]) {
      expect(next.untold?.slice(0, -1)).toEqual(untold.slice(1));
    }
  });
});

describe("what is told of a month whose builds are made", () => {
  const used = waiting({ thisMonth: 3 }, paced({ monthlyBuilds: 3 }));

  test("a used-up month is told once, with the day on which the build starts and what a person can do", () => {
    const told = tellUsedUp(used, NOW);
    expect(told.untold).toEqual([
      {
        ...{ id: "build.held/budget/build-1", event: "build.held", buildId: "build-1", at: NOW, causes: [cause] },
        reason:
          "The month's builds of this site are made (3), so this one starts on 2026-12-01 (UTC). Building now costs 15 credits. A larger monthlyBuilds lets it start.",
      },
    ]);
    const { spent } = told.slot;
    expect(spent?.usedUp).toBe(spent?.month);
    expect(tellUsedUp(told, NOW)).toBe(told);
    const before = waiting({ thisMonth: 3, usedUp: must(spent).month - 1 }, paced({ monthlyBuilds: 3 }));
    expect(tellUsedUp(before, NOW).untold).toHaveLength(1);
    const other = waiting({ thisMonth: 3 }, { ...paced({ monthlyBuilds: 3 }), buildHookKind: "other" });
    expect(tellUsedUp(other, NOW).untold?.[0]?.reason).toContain("building now costs no credits at Netlify.");
    const plan = waiting({ thisMonth: 18 }, { allowance: { builds: 18, at: NOW } });
    expect(tellUsedUp(plan, NOW).untold?.[0]?.reason).toContain("If the team has a larger plan, ");
  });

  test("a month with builds left, a day's budget and a site without a budget are not told as used up", () => {
    const day = { day: NOW / DAY, today: 9 };
    for (const site of [
      waiting({ thisMonth: 2 }, paced({ monthlyBuilds: 3 })),
      waiting({ ...day, thisMonth: 2 }, paced({ dailyBuilds: 9, monthlyBuilds: 3 })),
      waiting({ thisMonth: 300 }, paced({})),
      waiting(null, paced({ monthlyBuilds: 0 })),
      aSite(paced({ monthlyBuilds: 0 })),
      { ...used, slot: { ...used.slot, pending: null } },
    ]) {
      expect(tellUsedUp(site, NOW)).toBe(site);
    }
  });
});

describe("what the audit log says of a budget", () => {
  test("a budget that holds a build is announced once for its day or month", () => {
    const site = waiting({ day: NOW / DAY, today: 9, thisMonth: 12 }, paced({ dailyBuilds: 9, monthlyBuilds: 30 }));
    const announced = announceBudget(site, NOW, "entry-1");
    expect(announced.slot.spent?.announced).toBe(NOW + DAY);
    expect(announced.owed).toEqual([
      oweAudit({
        ...{ id: "entry-1", at: NOW, actor: { id: "layerhook", name: "Layerhook", email: "" }, dataLayerId: null },
        action: "site.budget_reached",
        target: { type: "site", id: "site-1", name: "The site" },
        detail: { dailyBuilds: 9, monthlyBuilds: 30, builtToday: 9, builtThisMonth: 12 },
      }),
    ]);
    expect(announceBudget(announced, NOW, "entry-2")).toBe(announced);
    const tomorrow = {
      ...announced,
      slot: { ...announced.slot, spent: { ...must(announced.slot.spent), announced: NOW } },
    };
    expect(announceBudget(tomorrow, NOW, "entry-2").owed).toHaveLength(2);
  });

  test("a budget that is spread over the month is announced once a month", () => {
    const site = waiting({ thisMonth: 12 }, { allowance: { builds: 17, at: NOW } });
    expect(announceBudget(site, NOW, "entry-1").slot.spent?.announced).toBe(nextMonth(NOW));
  });

  test("a site whose build waits for something else, or for nothing, announces no budget", () => {
    for (const site of [waiting({}), waiting(null), aSite(), waiting({}, paced({ minIntervalSeconds: 60 }))]) {
      expect(announceBudget(site, NOW, "entry-1")).toBe(site);
    }
    const spent = { ...waiting({}).slot, pending: null };
    expect(announceBudget({ ...aSite(), slot: spent }, NOW, "entry-1").owed).toEqual([]);
  });
});

describe("a layer's request for a build", () => {
  const request = { siteId: "site-1", id: "ask-1", cause, newSyncId: "build-9", entryId: "entry-1" };
  const attempt = { now: NOW, rev: 4, firstRev: 3 };
  const ask = (site: Site) => askForBuild(site, request, attempt);
  const written = (site: Site): Site => {
    const decision = ask(site);
    if (decision.kind !== "write" || decision.document.kind !== "site") throw new Error("nothing was written");
    return decision.document;
  };

  test("a request fills the site's slot or joins the build that waits, and notes the editors' habit", () => {
    const idle = aSite();
    expect(ask(idle).result).toEqual({ siteId: "site-1", name: "The site", buildId: "build-9", outcome: "queued" });
    const next = written(idle);
    expect(next.slot.pending).toMatchObject({
      ...{ syncId: "build-9", all: true, build: false, causes: [cause] },
      trigger: { type: "build", id: "ask-1", at: NOW },
    });
    expect([next.slot.pending?.asks, next.slot.habit]).toEqual([{}, noteRequest(undefined, NOW)]);
    expect(ask(waiting({})).result).toMatchObject({ buildId: "build-1", outcome: "coalesced" });
    expect(written(waiting({})).slot.pending?.deliveries).toBe(2);
  });

  test("a request that is repeated finds its build and writes nothing", () => {
    expect(ask(written(aSite()))).toEqual({
      kind: "keep",
      result: { siteId: "site-1", name: "The site", buildId: "build-9", outcome: "queued" },
    });
  });

  test("a site that does not exist any more is missing", () => {
    const missing = { kind: "keep", result: { siteId: "site-1", name: "", buildId: null, outcome: "missing" } };
    for (const site of [null, siteTombstone(aSite(), aChange())]) {
      expect(askForBuild(site, request, attempt)).toEqual(missing);
    }
  });

  test("a request that the brake or the budget holds is told and announced by the same write, as far as there is room", () => {
    expect(written(waiting({ streak: 4, alike: 4, likeness: 1 })).untold?.[0]?.id).toBe("build.held/brake/build-1");
    const used = waiting({ thisMonth: 3 }, paced({ monthlyBuilds: 3 }));
    const next = written(used);
    expect([next.untold?.[0]?.id, next.owed.map(({ id }) => id)]).toEqual(["build.held/budget/build-1", ["entry-1"]]);
    const entry = oweAudit({
      ...{ id: "a", at: NOW, actor: ada, action: "site.updated", dataLayerId: null, detail: {} },
      target: { type: "site", id: "s", name: "S" },
    });
    const full = Array.from({ length: OWED }, () => entry);
    const crowded = written({ ...used, owed: full });
    expect([crowded.owed, crowded.slot.spent?.announced, crowded.untold?.length]).toEqual([full, undefined, 1]);
  });
});

describe("the options of a build", () => {
  test("what a person asked of a build counts before what the site says", () => {
    expect(buildOptionsOf({}, null)).toStrictEqual({ clearCache: false });
    expect(buildOptionsOf({ branch: null, clearCache: true }, undefined)).toStrictEqual({ clearCache: true });
    expect(buildOptionsOf({ branch: "main" }, {})).toEqual({ branch: "main", clearCache: false });
    expect(buildOptionsOf({ branch: "main", clearCache: true }, { branch: "next", clearCache: false })).toEqual({
      ...{ branch: "next", clearCache: false },
    });
  });

  test("a build for which a person asked a branch or a cleared cache is built apart from others", () => {
    expect([null, undefined, {}, { clearCache: false }].map(buildsApart)).toEqual([false, false, false, false]);
    expect([{ branch: "next" }, { clearCache: true }].map(buildsApart)).toEqual([true, true]);
  });
});
