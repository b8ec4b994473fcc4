import { describe, expect, test } from "vitest";
import { DAY, HOUR, MINUTE, SECOND } from "../../../src/core/durations.ts";
import { announceBudget } from "../../../src/core/site/askForBuild.ts";
import {
  pacingFrom,
  pacingOf,
  presetPacing,
  samePacing,
  siteParts,
  storedPacing,
} from "../../../src/core/site/pacing.ts";
import {
  configureSite,
  createSite,
  oweSiteAct,
  oweSiteChange,
  type Site,
  siteTombstone,
} from "../../../src/core/site/site.ts";
import { accept } from "../../../src/core/slot/accept.ts";
import { PRESETS, presetNames, spend } from "../../../src/core/slot/pace.ts";
import type { Sync } from "../../../src/core/slot/sync.ts";
import { aChange, ada, aRequest, aSite, must, START } from "../../support/builders.ts";

const entriesOf = (site: Pick<Site, "owed">) =>
  site.owed.flatMap((owed) => (owed.kind === "audit" ? [owed.entry] : []));

describe("pacing, in the units a person gives", () => {
  test("each preset says every number", () => {
    expect(presetPacing("standard")).toEqual({
      preset: "standard",
      quietSeconds: 140,
      maxWaitSeconds: 600,
      minIntervalSeconds: 0,
      dailyBuilds: null,
      monthlyBuilds: null,
      adapts: true,
    });
    expect(presetPacing("balanced")).toEqual({
      preset: "balanced",
      quietSeconds: 20,
      maxWaitSeconds: 180,
      minIntervalSeconds: 0,
      dailyBuilds: null,
      monthlyBuilds: null,
      adapts: false,
    });
    expect(presetPacing("saver")).toMatchObject({
      quietSeconds: 120,
      maxWaitSeconds: 900,
      minIntervalSeconds: 3600,
      monthlyBuilds: 18,
    });
    expect(presetPacing("instant")).toMatchObject({ quietSeconds: 0, maxWaitSeconds: 0, minIntervalSeconds: 0 });
  });

  test("a pacing leaves what is not given to the preset, which is standard by default", () => {
    expect(pacingFrom({})).toEqual(presetPacing("standard"));
    expect(pacingFrom({ preset: "saver" })).toEqual(presetPacing("saver"));
    expect(pacingFrom({ preset: "saver", dailyBuilds: 3 })).toEqual({
      ...presetPacing("saver"),
      preset: null,
      dailyBuilds: 3,
    });
    expect(pacingFrom({ preset: "saver", monthlyBuilds: null })).toEqual({
      ...presetPacing("saver"),
      preset: null,
      monthlyBuilds: null,
    });
  });

  test("a pacing keeps the name of its preset while each number is the preset's, and loses it with any other number", () => {
    const said = { preset: "balanced", quietSeconds: 20, maxWaitSeconds: 180, dailyBuilds: null } as const;
    expect(pacingFrom(said).preset).toBe("balanced");
    for (const other of [
      { quietSeconds: 21 },
      { maxWaitSeconds: 181 },
      { minIntervalSeconds: 1 },
      { dailyBuilds: 1 },
      { monthlyBuilds: 1 },
    ]) {
      const pacing = pacingFrom({ ...said, ...other });
      expect([pacing.preset, pacing], JSON.stringify(other)).toMatchObject([null, other]);
      expect(samePacing(pacing, presetPacing("balanced"))).toBe(false);
      expect(samePacing({ ...pacing, preset: "balanced" }, presetPacing("balanced"))).toBe(false);
      expect(samePacing(pacing, { ...pacing })).toBe(true);
    }
  });

  test("a site that was stored with the preset balanced keeps its twenty seconds and three minutes", () => {
    const stored = { ...presetPacing("balanced"), ofALaterRelease: true };
    expect(stored).toMatchObject({ quietSeconds: 20, maxWaitSeconds: 180 });
    expect(pacingOf({ pacing: stored })).toEqual(presetPacing("balanced"));
    expect(siteParts({ pacing: stored }).pace).toMatchObject({ quiet: 20 * SECOND, maxWait: 3 * MINUTE });
  });

  test("a pacing is stored without the name of a preset that the release before cannot read", () => {
    const known = ["instant", "balanced", "saver", null];
    for (const preset of presetNames) {
      const stored = storedPacing(presetPacing(preset));
      expect(known).toContain(stored.preset);
      expect(pacingOf({ pacing: stored })).toEqual(presetPacing(preset));
    }
  });

  test("a pacing is standard by default, and reaches the slot in milliseconds", () => {
    expect(pacingOf({})).toEqual(presetPacing("standard"));
    expect(siteParts({}).pace).toEqual({ ...PRESETS.standard, monthly: 18, brakes: true });
    const pacing = pacingFrom({
      quietSeconds: 1,
      maxWaitSeconds: 2,
      minIntervalSeconds: 3,
      dailyBuilds: 4,
      monthlyBuilds: 5,
    });
    expect(pacingOf({ pacing })).toEqual(pacing);
    expect(siteParts({ pacing })).toEqual({
      known: ["build"],
      buildOnly: false,
      sites: false,
      acceptedIsOver: true,
      pace: { quiet: SECOND, maxWait: 2 * SECOND, minInterval: 3 * SECOND, daily: 4, monthly: 5, brakes: true },
    });
  });

  test("a share of another month does not count, so that a system that grew does not keep an old one", () => {
    const monthly = (sharedAt: number) =>
      siteParts({ allowance: { builds: 3, at: sharedAt }, slot: { spent: spend(undefined, START) } }).pace?.monthly;
    expect([monthly(START), monthly(START - 40 * DAY)]).toEqual([3, 18]);
  });
});

const settings = { name: "Web", buildHook: "sealed", buildHookHint: "…" };

describe("a site's settings", () => {
  test("a site's settings are part of a new site, in the audit log under its creator", () => {
    const by = aChange({ now: START, rev: 1 });
    const site = createSite("s1", { ...settings, netlifySiteId: "n1", pacing: presetPacing("saver") }, by);
    expect(site).toMatchObject({
      ...settings,
      ...{ v: 1, rev: 0, by: "", at: 0, kind: "site", id: "s1", netlifySiteId: "n1" },
      ...{ createdAt: START, updatedAt: START, createdBy: ada, settingsRev: 1, pacing: presetPacing("saver") },
    });
    expect(site.slot).toMatchObject({ fence: 0, pending: null, running: null });
    expect(entriesOf(site)).toEqual([
      {
        ...{ id: by.ids.auditIds[0], at: START, actor: ada, action: "site.created", dataLayerId: null, detail: {} },
        target: { type: "site", id: "s1", name: "Web" },
      },
    ]);
    for (const none of [{}, { netlifySiteId: null }]) {
      expect("netlifySiteId" in createSite("s2", { ...settings, ...none }, by)).toBe(false);
    }
  });

  test("a site's settings change as given; what is not given stays, and null removes the id at Netlify", () => {
    const site = aSite({ netlifySiteId: "n1", pacing: presetPacing("saver") });
    const by = aChange({ now: START + HOUR, rev: 9 });
    const renamed = configureSite(site, { ...settings, name: "Shop" }, ["name"], by);
    expect(renamed).toMatchObject({ name: "Shop", netlifySiteId: "n1", pacing: presetPacing("saver") });
    expect([renamed.updatedAt, renamed.settingsRev]).toEqual([START + HOUR, 9]);
    expect(entriesOf(renamed).at(-1)).toMatchObject({
      action: "site.updated",
      detail: { fields: ["name"] },
      target: { name: "Shop" },
    });
    expect(configureSite(site, { ...settings, netlifySiteId: "n2" }, [], by).netlifySiteId).toBe("n2");
    expect("netlifySiteId" in configureSite(site, { ...settings, netlifySiteId: null }, [], by)).toBe(false);
    expect(oweSiteChange(site, ["x"], by).owed).toHaveLength(site.owed.length + 1);
  });

  test("a site's settings are in the audit log under the request that changed them, if one did", () => {
    const by = aChange();
    const asked = { ...by, ids: { ...by.ids, asked: "request-7" } };
    const last = (site: Site) => must(entriesOf(site).at(-1));
    expect(last(configureSite(aSite(), settings, ["name"], asked))).toMatchObject({ requestId: "request-7" });
    expect("requestId" in last(configureSite(aSite(), settings, ["name"], by))).toBe(false);
  });

  test("a deleted site leaves its spent budget behind", () => {
    const used = { "2026-11": { builds: 4 } };
    const site = aSite();
    expect(siteTombstone({ ...site, slot: { ...site.slot, usage: used } }, aChange()).usage).toEqual(used);
    expect("usage" in siteTombstone(site, aChange())).toBe(false);
  });

  test("a deleted site leaves only what is owed to the audit log", () => {
    const site = aSite();
    const by = aChange({ now: START });
    const record = {
      ...{ id: "build-1", scope: "all", trigger: { type: "build", id: "ask", at: START }, deliveries: 1, attempts: 1 },
      ...{ queuedAt: START, startedAt: START, finishedAt: START, claimRev: 2, parts: {}, sites: [] },
    } satisfies Sync;
    const owing: Site = { ...site, owed: [{ kind: "sync", id: record.id, record }] };
    const stone = siteTombstone(oweSiteAct(owing, by, "build.requested", { buildId: "b" }), by);
    expect(stone.owed.map(({ kind }) => kind)).toEqual(["audit", "audit"]);
    expect(Object.keys(stone).sort()).toEqual(["at", "by", "createdAt", "deletedAt", "id", "kind", "owed", "rev", "v"]);
    expect([stone.kind, stone.deletedAt, entriesOf(stone).map(({ action }) => action)]).toEqual([
      "site-tombstone",
      START,
      [...entriesOf(site).map(({ action }) => action), "build.requested", "site.deleted"],
    ]);
  });
});

describe("a budget that holds something back", () => {
  const now = Date.UTC(2026, 4, 10, 12);
  const held = (daily: number, builds: number): Site => {
    const pacing = pacingFrom({ preset: "instant", dailyBuilds: daily });
    const site = aSite({ pacing });
    let { spent } = site.slot;
    for (let i = 0; i < builds; i += 1) spent = spend(spent, now - HOUR);
    const request = aRequest({ trigger: { type: "build", id: "a", at: now }, build: false });
    const { slot } = accept(site.slot, request, { now, rev: 2, firstRev: 1 }, "build-1");
    return { ...site, slot: { ...must(slot), ...(spent === undefined ? {} : { spent }) } };
  };

  test("a spent budget that holds a build back is announced once for each day, with what was spent", () => {
    const site = held(2, 2);
    const told = announceBudget(site, now, "entry-1");
    expect(entriesOf(told).at(-1)).toEqual({
      id: "entry-1",
      at: now,
      actor: { id: "layerhook", name: "Layerhook", email: "" },
      action: "site.budget_reached",
      target: { type: "site", id: site.id, name: site.name },
      dataLayerId: null,
      detail: { dailyBuilds: 2, monthlyBuilds: null, builtToday: 2, builtThisMonth: 2 },
    });
    expect(told.slot.spent?.announced).toBe(Date.UTC(2026, 4, 11));
    expect(announceBudget(told, now + MINUTE, "entry-2")).toBe(told);
    const spent = { ...must(told.slot.spent), announced: now - DAY };
    expect(announceBudget({ ...told, slot: { ...told.slot, spent } }, now, "entry-3").owed).toHaveLength(
      told.owed.length + 1,
    );
  });

  test("a budget is not announced where nothing waits, nothing was spent, or something else holds the build", () => {
    const full = held(2, 2);
    for (const site of [
      held(2, 1),
      held(2, 0),
      { ...full, slot: { ...full.slot, pending: null } },
      { ...full, slot: { ...full.slot, pending: { ...must(full.slot.pending), released: true } } },
      { ...full, pacing: pacingFrom({ minIntervalSeconds: 86_400 }) },
    ]) {
      expect(announceBudget(site, now, "entry")).toBe(site);
    }
  });
});
