import { describe, expect, test } from "vitest";
import { MINUTE } from "../../../src/core/durations.ts";
import { DEPLOYS } from "../../../src/core/limits.ts";
import type { DeployEvent } from "../../../src/core/site/deployEvent.ts";
import type { DeployHistory } from "../../../src/core/site/deployHistory.ts";
import { followDeploy } from "../../../src/core/site/followDeploy.ts";
import type { Site } from "../../../src/core/site/site.ts";
import { aSite, must, START } from "../../support/builders.ts";

const event = (kind: DeployEvent["kind"], deploy: Partial<DeployEvent["deploy"]> = {}): DeployEvent => ({
  ...{ kind, production: true, title: "a push", notBuilt: null },
  deploy: { id: "d1", state: "building", startedAt: START, ...deploy },
});
const follow = (site: Site, given: DeployEvent, now: number): Site =>
  followDeploy(site, given, { now, rev: 9, id: "again" });
const historyOf = (site: Site): DeployHistory => must(site.deploys);
/** The history after events at START, START + 1 and so on. */
const historyAfter = (events: readonly DeployEvent[]): DeployHistory =>
  historyOf(events.reduce((site, one, at) => follow(site, one, START + at), aSite()));
const built = (id: string, endedAt: number, published: boolean): DeployEvent =>
  event("succeeded", { id, state: "ready", endedAt, published });

describe("the deploys that a site remembers", () => {
  const ids = (count: number): string[] => Array.from({ length: count }, (_, at) => `d${at}`);

  test("a site remembers its latest deploys and forgets the oldest", () => {
    const { recent } = historyAfter(ids(DEPLOYS + 2).map((id) => event("started", { id })));
    expect(recent.map(({ id }) => id)).toEqual(
      ids(DEPLOYS + 2)
        .slice(2)
        .reverse(),
    );
  });

  test("a site remembers each deploy once, also the one that visitors see", () => {
    const one = historyAfter([built("seen", START, true)]);
    expect(one.recent.map(({ id }) => id)).toEqual(["seen"]);
    const more = ids(DEPLOYS + 2).map((id, at) => built(id, START + 1 + at, false));
    const { recent, live } = historyAfter([built("seen", START, true), ...more]);
    expect(live?.id).toBe("seen");
    expect(recent.map(({ id }) => id)).toEqual([
      ...ids(DEPLOYS + 2)
        .slice(3)
        .reverse(),
      "seen",
    ]);
  });
});

describe("what a site's notifications say", () => {
  test("a site is locked only after a notification of a lock", () => {
    expect(historyAfter([event("started")]).locked).toBe(false);
    expect(historyAfter([event("locked")]).locked).toBe(true);
    expect(historyAfter([event("locked"), event("started")]).locked).toBe(true);
    expect(historyAfter([event("locked"), event("unlocked")]).locked).toBe(false);
  });

  test("a site remembers when each kind of event was last recorded", () => {
    expect(historyAfter([event("started"), built("d1", START, true), event("locked")]).heard).toEqual({
      started: START,
      succeeded: START + 1,
      locked: START + 2,
    });
  });

  test("the first event of a kind is recorded even if it says nothing else that is new", () => {
    const site = follow(follow(aSite(), event("started"), START), event("unlocked"), START + 1);
    expect(Object.keys(must(historyOf(site).heard))).toEqual(["started", "unlocked"]);
    expect(follow(site, event("unlocked"), START + 2)).toBe(site);
  });

  test("a restored deploy is seen by visitors from the moment of the notification, although it was built long before", () => {
    const restored = event("restored", { id: "old", state: "ready", endedAt: START - MINUTE });
    const hidden = historyAfter([built("old", START - MINUTE, false), built("new", START, true), restored]);
    expect([hidden.live, hidden.recent[0]]).toMatchObject([
      { id: "old", at: START + 2 },
      { id: "old", published: true },
    ]);
    const unknown = historyAfter([restored]);
    expect([unknown.live, unknown.recent]).toMatchObject([{ id: "old", at: START }, [{ id: "old", published: true }]]);
  });
});
