import { describe, expect, test } from "vitest";
import { GATHER } from "../../../src/core/durations.ts";
import type { Layer } from "../../../src/core/layer/layer.ts";
import { accept } from "../../../src/core/slot/accept.ts";
import { noNews } from "../../../src/core/slot/settle.ts";
import type { SiteAsk } from "../../../src/core/slot/sync.ts";
import { claimWork } from "../../../src/core/worker/claimWork.ts";
import { recordBuilt, recordHandOver, recordNews } from "../../../src/core/worker/recordRun.ts";
import { aLayer, aRequest, aSite, aSource, must, ok, START } from "../../support/builders.ts";

const now = START + GATHER;
const attempt = { now, rev: 4, firstRev: 3 };
const next = { by: "next", hasTime: true };

/** A layer whose one source is being called. */
const calling = (): Layer => {
  const connectedSites = [{ siteId: "site-1" }, { siteId: "site-2" }];
  const layer = aLayer({ sources: [aSource("a")], connectedSites });
  const filled = accept(layer.slot, aRequest(), { now: START, rev: 2, firstRev: 1 }, "sync-1");
  const owner = { ...layer, slot: must(filled.slot) };
  const { change } = claimWork(owner, { by: "worker", hasTime: true }, { now, rev: 3, firstRev: 2 });
  return { ...owner, slot: must(change).slot };
};
const fenceOf = ({ slot }: Layer): number => must(slot.running).fence;
/** A layer whose worker requests the builds of its sites. */
const asking = (): Layer => {
  const layer = calling();
  const news = { ...noNews, outcomes: { a: ok() } };
  return { ...layer, slot: must(recordNews(layer, fenceOf(layer), news, next, attempt).change).slot };
};

describe("a record of a run", () => {
  test("a record of an outdated worker writes nothing", () => {
    const layer = calling();
    const wrong = fenceOf(layer) + 1;
    const outdated = { change: null, result: { kind: "fenced" } };
    expect(recordNews(layer, wrong, noNews, next, attempt)).toEqual(outdated);
    expect(recordBuilt(layer, wrong, { asked: [], purge: null }, next, attempt)).toEqual(outdated);
  });

  test("a record that renews the lease ends no sync; the one that ends the run says which syncs ended", () => {
    const layer = calling();
    const renewal = recordNews(layer, fenceOf(layer), noNews, next, attempt);
    expect(renewal).toMatchObject({ change: { ended: [] }, result: { kind: "renewed" } });
    const news = { ...noNews, outcomes: { a: ok({ changed: false }) } };
    expect(recordNews(layer, fenceOf(layer), news, next, attempt)).toMatchObject({
      change: { ended: [{ id: "sync-1" }], slot: { running: null } },
      result: { kind: "ended" },
    });
  });
});

describe("the record of requested builds", () => {
  const answer = (siteId: string, outcome: SiteAsk["outcome"]): SiteAsk => ({
    siteId,
    name: "The site",
    buildId: null,
    outcome,
  });
  const recorded = (...asked: SiteAsk[]) => {
    const layer = asking();
    const { change } = recordBuilt(layer, fenceOf(layer), { asked, purge: null }, next, attempt);
    return must(change).ended[0];
  };

  test("a site that is missing is on record while the layer still names it, and not once it was disconnected", () => {
    const asked = ["site-1", "site-2", "site-3"].map((siteId) => answer(siteId, "missing"));
    expect(recorded(...asked)?.sites).toEqual(asked.slice(0, 2));
  });

  test.each(["queued", "coalesced"] as const)("a site whose build was %s is on record, connected or not", (outcome) => {
    const asked = [answer("site-1", outcome), answer("site-9", outcome)];
    expect(recorded(...asked)?.sites).toEqual(asked);
  });

  test("a site that is missing for a site, which has none behind it, is not on record", () => {
    const { slot } = asking();
    const site = aSite({ slot });
    const { change } = recordBuilt(
      site,
      must(slot.running).fence,
      { asked: [answer("site-1", "missing")], purge: null },
      next,
      attempt,
    );
    expect(must(change).ended[0]?.sites).toEqual([]);
  });

  test("the tags that were purged with the builds are on record", () => {
    const layer = asking();
    const purge = { outcome: "purged", tags: 2 } as const;
    const { change } = recordBuilt(layer, fenceOf(layer), { asked: [], purge }, next, attempt);
    expect(must(change).ended[0]?.purge).toEqual(purge);
  });
});

describe("a hand-over", () => {
  test("a run is handed over by its own worker, and ends no sync", () => {
    const layer = calling();
    const { change, result } = recordHandOver(layer, fenceOf(layer));
    expect(result).toBe(true);
    expect(change).toEqual({ slot: { ...layer.slot, running: { ...layer.slot.running, by: null } }, ended: [] });
  });

  test("a run is not handed over by an outdated worker, which writes nothing", () => {
    const layer = calling();
    expect(recordHandOver(layer, fenceOf(layer) + 1)).toEqual({ change: null, result: false });
  });
});
