import { describe, expect, test } from "vitest";
import { SECOND } from "../../../src/core/durations.ts";
import { noteContent } from "../../../src/core/proof/heal.ts";
import { awaitsLook, nextLook, noteSight, type Sight } from "../../../src/core/proof/look.ts";
import type { Look } from "../../../src/core/proof/lookSchema.ts";
import type { BuildEvent } from "../../../src/core/site/buildEvents.ts";
import type { Site } from "../../../src/core/site/site.ts";
import { aSite, START } from "../../support/builders.ts";

const url = "https://www.example.com/";
const causes = [{ dataLayerId: "layer", name: "Blog", syncId: "sync-1" }];
const event: BuildEvent = { id: "build.live/b1", event: "build.live", buildId: "b1", at: START, causes };
const old: Sight = { kind: "marker", deployId: "d0", buildId: null };

/** A site whose page shows the deploy d0, and whose newest deploy d1 is live at Netlify. */
const looked = (look: Partial<Look>, fields: Partial<Site> = {}): Site =>
  aSite({
    publicUrl: url,
    deploys: { heardAt: START, locked: false, recent: [], live: { id: "d1", at: START } },
    look: {
      url,
      deployId: "d0",
      tries: 1,
      at: START,
      marker: { deployId: "d0", buildId: null, seenAt: START },
      ...look,
    },
    unseen: [event],
    ...fields,
  });
const see = (site: Site, sight: Sight, now: number): Site => noteSight(site, { url, deployId: "d1", sight, now });

/** The looks of two workers that were woken in the same second (s after the first). */
const TWICE = [0, 0.1, 5, 5.1, 20, 20.1, 80, 80.1] as const;

describe("two workers that look at once", () => {
  test("two workers that look at a marker at once use up one look, so a build is stale after 80 seconds at the earliest", () => {
    let site = looked({});
    const toldAt = TWICE.find((seconds) => {
      site = see(site, old, START + seconds * SECOND);
      return (site.untold ?? []).length > 0;
    });
    expect([toldAt, site.look?.tries, site.untold?.[0]?.event]).toEqual([80, 4, "build.stale"]);
  });

  test("two workers that look at a publish's page at once use up one look, so nothing heals before 80 seconds", () => {
    let site = looked({ deployId: "d1", content: { buildId: "b1", tries: 0, due: START } });
    const toldAt = TWICE.find((seconds) => {
      const now = START + seconds * SECOND;
      const publishes = [
        { layerId: "layer", deliveryId: "delivery", state: "missing" as const, reason: null, at: now },
      ];
      const seen = { buildId: "b1", publishes, settleSeconds: 60, causes };
      site = noteContent(site, { ...seen, now });
      return (site.untold ?? []).length > 0;
    });
    expect([toldAt, nextLook(site)]).toEqual([80, START + 140 * SECOND]);
  });
});

describe("a build that waits for a deploy that was looked at before", () => {
  const marked = (deployId: string) => ({ deployId, buildId: null, seenAt: START });
  const shown: Sight = { kind: "marker", deployId: "d1", buildId: null };

  test("a build that a deploy of before covers is told as live with one more look", () => {
    const site = looked({ deployId: "d1", tries: 1, marker: marked("d1") });
    expect(nextLook(site)).toBe(0);
    const seen = see(site, shown, START + SECOND);
    expect([seen.untold, seen.unseen, nextLook(seen)]).toEqual([
      [{ ...event, at: START + SECOND }],
      undefined,
      Number.POSITIVE_INFINITY,
    ]);
  });

  const sights: readonly Sight[] = [
    shown,
    old,
    { kind: "none", reason: "The page has no marker." },
    { kind: "unknown", reason: "The page answered 502." },
  ];
  test.each(sights)("looks for a build that waits end within 80 seconds, and tell it once: %j", (sight) => {
    for (const tries of [1, 2, 3, 4, 9]) {
      for (const marker of [undefined, marked("d0"), marked("d1")]) {
        let site: Site = looked({ deployId: "d1", tries, marker });
        let [now, looks] = [START, 0];
        while (nextLook(site) < Number.POSITIVE_INFINITY) {
          now = Math.max(now, nextLook(site));
          site = see(site, sight, now);
          looks += 1;
          expect(looks).toBeLessThanOrEqual(4);
        }
        expect([now <= START + 80 * SECOND, site.untold?.length, site.unseen]).toEqual([true, 1, undefined]);
      }
    }
  });

  test("a planned look or build goes before the look for a build that waits", () => {
    const heal = { buildId: "b0", at: START + 60 * SECOND };
    expect(nextLook(looked({ deployId: "d1", heal }))).toBe(heal.at);
  });
});

describe("a build whose pages nobody has looked at yet", () => {
  const recent = [{ id: "d1", state: "ready" as const, buildId: "b1" }];
  const deploys = { heardAt: START, locked: false, recent, live: { id: "d1", at: START } };
  const live = (look: Partial<Look> = {}, fields: Partial<Site> = {}) => looked(look, { deploys, ...fields });
  const content = (buildId: string, found?: []) => ({
    content: { buildId, tries: 1, due: START, ...(found && { found }) },
  });

  test.each([
    ["whose publishes were not looked for yet", true, live(content("b1"))],
    ["whose publishes were looked for once", false, live(content("b1", []))],
    ["at a site whose pages were never looked at", true, { ...live(), look: undefined }],
    ["whose deploy came after the last look", true, live({ deployId: "d0" })],
    ["whose deploy is looked at once more", true, live({ deployId: "d1", due: START + SECOND })],
    ["whose deploy was looked at", false, live({ deployId: "d1" })],
    [
      "whose deploy was looked at after another build's publishes",
      false,
      live({ deployId: "d1", ...content("b0", []) }),
    ],
    ["at a site without a public URL", false, live({}, { publicUrl: null })],
    ["whose deploy is not served", false, live({}, { deploys: { ...deploys, live: { id: "d0", at: START } } })],
    ["at a site of whose deploys nothing is known", false, { ...live(), deploys: undefined }],
  ])("a build %s awaits a look: %s", (_build, expected, site) => {
    expect(awaitsLook(site, "b1")).toBe(expected);
  });
});

describe("a build that heals in vain", () => {
  const judged = (healed: readonly string[], again: boolean, states: readonly ("missing" | "seen")[]): Site => {
    const content = { buildId: "b1", tries: 3, due: START };
    const publishes = states.map((state, index) => ({
      layerId: "layer",
      deliveryId: `p${index}`,
      state,
      reason: null,
      at: START,
    }));
    const seen = { buildId: "b1", publishes, settleSeconds: 60, causes: causes.map((cause) => ({ ...cause, again })) };
    return noteContent(looked({ deployId: "d1", content }, { healed: [...healed] }), { ...seen, now: START });
  };
  const heals = (site: Site): boolean => site.look?.heal !== undefined;

  test("a build was in vain only if it was requested again for a publish that is still missing beside none that is seen", () => {
    const vain = judged(["p0"], true, ["missing", "missing"]);
    expect([vain.healedInVain, heals(vain)]).toEqual([["layer"], false]);
    for (const site of [
      judged(["p0"], false, ["missing", "missing"]),
      judged(["p0"], true, ["missing", "missing", "seen"]),
      // A newer publish of the same entry joined the build.
      judged(["other"], true, ["missing"]),
    ]) {
      expect([site.healedInVain, heals(site)]).toEqual([undefined, true]);
    }
  });
});
