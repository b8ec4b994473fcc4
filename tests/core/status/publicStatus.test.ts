import { describe, expect, test } from "vitest";
import { MINUTE } from "../../../src/core/durations.ts";
import type { Site } from "../../../src/core/site/site.ts";
import { emptySlot, type Pending, type Slot } from "../../../src/core/slot/slot.ts";
import type { Cause, Sync } from "../../../src/core/slot/sync.ts";
import type { RecordState } from "../../../src/core/stage/buildStage.ts";
import type { OnPages } from "../../../src/core/stage/onPages.ts";
import { STAGES, type Standing } from "../../../src/core/stage/stage.ts";
import {
  isShown,
  isUnderWay,
  liveAfterOf,
  publicStatus,
  publishedBefore,
  UNKNOWN_STATUS,
  waitingChanges,
} from "../../../src/core/status/publicStatus.ts";
import { addStatusLink, deleteStatusLink, statusLinksOf } from "../../../src/core/status/statusLinks.ts";
import { aChange, ada, aLayer, aSite, START } from "../../support/builders.ts";

const trigger = { type: "webhook", id: "d", at: START } as const;
const pending = (fields: Partial<Pending>): Pending => ({
  syncId: "pending",
  filledAt: START,
  at: START,
  notBefore: START,
  trigger,
  all: true,
  asks: {},
  deliveries: 1,
  build: true,
  ...fields,
});
const sync = (id: string, fields: Partial<Sync> = {}): Sync => ({
  id,
  scope: "all",
  trigger,
  deliveries: 1,
  attempts: 1,
  queuedAt: START,
  startedAt: START,
  finishedAt: null,
  claimRev: 1,
  parts: {},
  sites: [],
  ...fields,
});
const opened = (...syncs: Sync[]): Slot["open"] => Object.fromEntries(syncs.map((one) => [one.id, one]));
const cause = (syncId: string, fields: Partial<Cause> = {}): Cause => ({
  dataLayerId: "layer-1",
  name: "Blog",
  syncId,
  ...fields,
});
const layer = (fields: Partial<Slot>) => ({ id: "layer-1", slot: { ...emptySlot(), ...fields } });
const site = (fields: Partial<Slot>): Site => aSite({ slot: { ...emptySlot(), ...fields } });

describe("the public status", () => {
  const more = { waiting: 2, liveAfter: MINUTE, paused: true };

  test("the public status shows where publishes stand, and never a reason or a name", () => {
    const standing: Standing = { stage: "waiting", since: START, until: START + MINUTE, reason: "secret" };
    expect(publicStatus(standing, more)).toEqual({
      stage: "waiting",
      onPage: null,
      since: START,
      until: START + MINUTE,
      trouble: null,
      ...more,
    });
    expect(publicStatus({ stage: "live", since: START }, more).until).toBeNull();
  });

  test("a failed, held or retried stage is trouble: of the build if a site or a build has it, otherwise of the sync", () => {
    for (const stage of STAGES) {
      const isTrouble = ["failed", "held", "retrying"].includes(stage);
      const trouble = (fields: Partial<Standing>) => publicStatus({ stage, since: START, ...fields }, more).trouble;
      expect(trouble({})).toBe(isTrouble ? "sync" : null);
      expect(trouble({ siteId: "s" })).toBe(isTrouble ? "build" : null);
      expect(trouble({ buildId: "b" })).toBe(isTrouble ? "build" : null);
    }
  });

  test("the public status of a layer without publishes says nothing", () => {
    expect(UNKNOWN_STATUS).toEqual({
      ...{ stage: null, since: null, until: null, waiting: 0 },
      ...{ liveAfter: null, trouble: null, paused: false, onPage: null },
    });
  });

  test("a publish is under way until it is live, or needs somebody or something new", () => {
    expect(STAGES.filter((stage) => !isUnderWay(stage))).toEqual([
      "refused",
      "ignored",
      "live",
      "failed",
      "superseded",
      "asked",
    ]);
    expect(isUnderWay(null)).toBe(false);
  });
});

describe("changes that are not live", () => {
  test("the deliveries of a layer's pending and open syncs wait", () => {
    expect(waitingChanges(layer({}), [])).toBe(0);
    expect(waitingChanges(layer({ pending: pending({ deliveries: 3 }) }), [])).toBe(3);
    const open = opened(sync("a", { deliveries: 2 }), sync("b", { deliveries: 5 }));
    expect(waitingChanges(layer({ open }), [])).toBe(7);
    expect(waitingChanges(layer({ open, pending: pending({ deliveries: 3 }) }), [site({})])).toBe(10);
  });

  test("a change that waits at several sites counts once, where the most changes wait", () => {
    const few = site({ pending: pending({ causes: [cause("a", { deliveries: 2 })] }) });
    const many = site({
      pending: pending({ causes: [cause("a", { deliveries: 2 })] }),
      open: opened(sync("build", { causes: [cause("b", { deliveries: 3 })] }), sync("by-hand")),
    });
    expect(waitingChanges(layer({}), [few])).toBe(2);
    expect(waitingChanges(layer({}), [few, many, few])).toBe(5);
    expect(waitingChanges(layer({ pending: pending({ deliveries: 1 }) }), [many])).toBe(6);
  });

  test("a change counts once: not at a site while its own sync is open, and not twice if two builds are for it", () => {
    const building = site({
      pending: pending({ causes: [cause("a"), cause("toString")] }),
      open: opened(sync("build", { causes: [cause("a")] })),
    });
    expect(waitingChanges(layer({}), [building])).toBe(2);
    expect(waitingChanges(layer({ open: opened(sync("a")) }), [building])).toBe(2);
  });

  test("a change of another layer does not wait here", () => {
    const others = site({ pending: pending({ causes: [cause("a", { dataLayerId: "layer-2" })] }) });
    expect(waitingChanges(layer({}), [others])).toBe(0);
  });
});

describe("what a build says of a publish", () => {
  const claimed = (fields: Partial<Sync>): RecordState => ({
    kind: "claimed",
    sync: sync("build", fields),
    status: "succeeded",
  });
  const waits: RecordState = { kind: "pending", pending: pending({ causes: [cause("a", { publishedAt: START })] }) };

  test("a publish is seen by visitors since its page showed it, and nobody says how long that took before", () => {
    const took = (onPage: OnPages | null, publishedAt: number | null = START) =>
      liveAfterOf(publishedAt, START + MINUTE, onPage);
    expect([took(null), took({ state: "seen", at: START + 5 * MINUTE })]).toEqual([MINUTE, 5 * MINUTE]);
    expect(took({ state: "seen", at: START })).toBe(MINUTE);
    expect([took({ state: "missing" }), took({ state: "awaited" }), took(null, null)]).toEqual([null, null, null]);
  });

  test("a publish is shown once it is live, and on its page where that is looked at", () => {
    const pages = [null, { state: "seen", at: START }, { state: "missing" }, { state: "awaited" }] as const;
    expect(pages.map((onPage) => isShown({ stage: "live", onPage }))).toEqual([true, true, false, false]);
    for (const stage of STAGES.filter((one) => one !== "live")) {
      for (const onPage of pages) expect([stage, isShown({ stage, onPage })]).toEqual([stage, false]);
    }
    expect(isShown(UNKNOWN_STATUS)).toBe(false);
  });

  test("a layer's first publish behind a build is the earliest whose time is known", () => {
    const causes = [
      cause("a", { publishedAt: START + 2 }),
      cause("b", { publishedAt: START + 1 }),
      cause("c"),
      cause("d", { publishedAt: START, dataLayerId: "layer-2" }),
    ];
    expect(publishedBefore(claimed({ causes }), "layer-1")).toBe(START + 1);
    expect(publishedBefore(claimed({ causes }), "layer-2")).toBe(START);
    expect(publishedBefore(claimed({ causes }), "layer-3")).toBeNull();
    for (const state of [claimed({}), waits, null]) expect(publishedBefore(state, "layer-1")).toBeNull();
  });
});

describe("a link to a layer's status", () => {
  const link = (ref: string) => ({ ref, name: `Link ${ref}`, hash: "h", token: "t", createdAt: START, createdBy: ada });

  test("a status link that is added or deleted leaves the others, and owes an entry without its token", () => {
    const framed = { ...link("two"), frameAncestors: ["https://cms.example.com"] };
    expect(statusLinksOf(aLayer())).toEqual([]);
    const two = addStatusLink(addStatusLink(aLayer(), link("one"), aChange()), framed, aChange());
    expect(statusLinksOf(two)).toEqual([link("one"), framed]);
    const left = deleteStatusLink(two, link("one"), aChange());
    expect(statusLinksOf(left)).toEqual([framed]);
    const entries = left.owed.flatMap((owed) => (owed.kind === "audit" ? [owed.entry] : []));
    expect(entries.map(({ action, target, detail }) => [action, target, detail])).toEqual([
      ["status_link.created", { type: "status_link", id: "one", name: "Link one" }, { frameAncestors: [] }],
      ["status_link.created", { type: "status_link", id: "two", name: "Link two" }, framedDetail],
      ["status_link.deleted", { type: "status_link", id: "one", name: "Link one" }, { frameAncestors: [] }],
    ]);
  });

  const framedDetail = { frameAncestors: ["https://cms.example.com"] };
});
