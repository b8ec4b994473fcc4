import { describe, expect, test } from "vitest";
import { CLOCK_SKEW, HOUR, MINUTE } from "../../../src/core/durations.ts";
import { lowestIdAt } from "../../../src/core/madeAt.ts";
import type { Site } from "../../../src/core/site/site.ts";
import type { Deploy } from "../../../src/core/slot/deploy.ts";
import {
  firstShownAt,
  servedByNetlify,
  servedByPage,
  servedDeploys,
  showsBuild,
} from "../../../src/core/stage/served.ts";
import { aSite, START } from "../../support/builders.ts";

const url = "https://www.example.com/";
const deploy = (id: string, startedAt: number, fields: Partial<Deploy> = {}): Deploy & { id: string } => ({
  ...{ state: "ready", startedAt, endedAt: startedAt + MINUTE, published: true },
  ...fields,
  id,
});
const history = (live: string, at: number, ...recent: readonly (Deploy & { id: string })[]): Partial<Site> => ({
  deploys: { heardAt: at, locked: false, recent: [...recent], live: { id: live, at } },
});
const lastEnded = (fields: object): Partial<Site> => ({
  lastEnded: {
    ...{ fence: 0, open: 0 },
    sync: { id: "b0", status: "succeeded", queuedAt: START, finishedAt: START + HOUR, ...fields },
  },
});
const marked = (marker: { deployId: string | null; buildId: string | null }): Partial<Site> => ({
  publicUrl: url,
  look: { url, deployId: "d1", tries: 1, at: START, marker: { ...marker, seenAt: START + 7 } },
});

describe("the deploy that Netlify says is served", () => {
  const d1 = deploy("d1", START);

  test("a deploy that notifications call live is served since then, known or not", () => {
    expect(servedByNetlify(aSite(history("d1", START + HOUR, deploy("d0", START), d1)))).toEqual({
      deploy: d1,
      at: START + HOUR,
    });
    expect(servedByNetlify(aSite(history("d9", START)))).toEqual({ deploy: { id: "d9", state: "ready" }, at: START });
    expect(servedByNetlify(aSite())).toBeNull();
  });

  test("a deploy that a build was followed to is served since its end, or since the build's end", () => {
    const { endedAt: _at, ...endless } = d1;
    const served = (fields: object) => servedByNetlify(aSite(lastEnded(fields)));
    expect(served({ deploy: d1 })).toEqual({ deploy: d1, at: START + MINUTE });
    expect(served({ deploy: endless })).toEqual({ deploy: endless, at: START + HOUR });
    expect(served({ deploy: endless, finishedAt: null })).toEqual({ deploy: endless, at: START });
    expect(served({})).toBeNull();
    const build = { buildId: "b1", deploy: endless, at: START + 5 };
    expect(servedByNetlify(aSite(), build)).toEqual({ deploy: endless, at: START + 5 });
    expect(servedByNetlify(aSite(), { buildId: "b1", at: START })).toBeNull();
  });

  test("a deploy is not served unless it is ready and published", () => {
    const served = (fields: Partial<Deploy>) => servedByNetlify(aSite(lastEnded({ deploy: { ...d1, ...fields } })));
    expect(served({ published: false })).toBeNull();
    expect(served({ published: undefined })).not.toBeNull();
    for (const state of ["building", "failed", "unheard"] as const) expect(served({ state })).toBeNull();
  });

  test("the deploy that went live last is served, whoever tells of it", () => {
    const [early, late] = [deploy("early", START), deploy("late", START + HOUR)];
    const id = (owner: Partial<Site>, own?: Deploy) =>
      servedByNetlify(aSite(owner), own && { buildId: "b1", deploy: own, at: START })?.deploy.id;
    expect(id({ ...history("early", START, early), ...lastEnded({ deploy: late }) })).toBe("late");
    expect(id({ ...history("late", START + 2 * HOUR, late), ...lastEnded({ deploy: early }) })).toBe("late");
    expect(id(lastEnded({ deploy: early }), late)).toBe("late");
    expect(id(lastEnded({ deploy: late }), early)).toBe("late");
  });
});

describe("the deploy that a site's pages show", () => {
  test("a page without a marker tells nothing, and Netlify's word stands alone", () => {
    const site = aSite({ publicUrl: url, ...history("d1", START) });
    expect(servedByPage(site)).toBeNull();
    expect(servedDeploys(site)).toEqual([servedByNetlify(site)]);
    expect(servedDeploys(aSite())).toEqual([]);
    const both = aSite({ ...marked({ deployId: "d0", buildId: null }), ...history("d1", START) });
    expect(servedDeploys(both)).toEqual([servedByNetlify(both), servedByPage(both)]);
  });

  test("a marker names a deploy that is known from notifications, from the last build or from the build itself", () => {
    const d1 = deploy("d1", START, { buildId: "b1" });
    const byDeploy = marked({ deployId: "d1", buildId: "b9" });
    const byBuild = marked({ deployId: null, buildId: "b1" });
    const other = deploy("d0", START, { buildId: "b0" });
    for (const marker of [byDeploy, byBuild]) {
      const shown = { deploy: d1, at: START + 7 };
      expect(servedByPage(aSite({ ...marker, ...history("d0", START, other, d1) }))).toEqual(shown);
      expect(servedByPage(aSite({ ...marker, ...history("d0", START, other), ...lastEnded({ deploy: d1 }) }))).toEqual(
        shown,
      );
      expect(servedByPage(aSite(marker), { buildId: "b1", deploy: d1, at: START })).toEqual(shown);
    }
  });

  test("a marker of an unknown deploy tells when the deploy began, if it names the build", () => {
    const buildId = lowestIdAt(START);
    const at = START + 7;
    expect(servedByPage(aSite(marked({ deployId: "d9", buildId })))).toEqual({
      deploy: { state: "ready", id: "d9", buildId, startedAt: START },
      at,
    });
    const { lastEnded: _ended, ...unended } = aSite(marked({ deployId: "d9", buildId }));
    expect(servedByPage(unended)?.deploy.id).toBe("d9");
    expect(servedByPage(aSite(marked({ deployId: "d9", buildId: null })))).toEqual({
      deploy: { state: "ready", id: "d9" },
      at,
    });
    expect(servedByPage(aSite(marked({ deployId: null, buildId: "by-hand" })))).toEqual({
      deploy: { state: "ready", buildId: "by-hand" },
      at,
    });
  });
});

describe("a build that a deploy shows", () => {
  const own = deploy("own", START + MINUTE);
  const build = { buildId: "b1", deploy: own, at: START };
  const shows = (served: Partial<Deploy>, asked: { buildId: string; deploy?: Deploy; at: number } = build) =>
    showsBuild({ deploy: { state: "ready", ...served }, at: START }, asked, START + HOUR);

  test("a build is shown by its own deploy, and by one that names the build", () => {
    expect(shows({ id: "own", startedAt: 0 })).toBe(true);
    expect(shows({ id: "other", buildId: "b1", startedAt: 0 })).toBe(true);
    expect(shows({ id: "other", buildId: "b0", startedAt: 0 })).toBe(false);
    expect(shows({ startedAt: 0 }, { buildId: "b1", deploy: { state: "ready" }, at: START })).toBe(false);
  });

  test("a build is shown by a deploy that began after its own, or after the time of its request", () => {
    expect(shows({ id: "other", startedAt: START + MINUTE })).toBe(true);
    expect(shows({ id: "other", startedAt: START + MINUTE - 1 })).toBe(false);
    const without = { buildId: "b1", at: START };
    expect(shows({ id: "other", startedAt: START + HOUR + CLOCK_SKEW }, without)).toBe(true);
    expect(shows({ id: "other", startedAt: START + HOUR + CLOCK_SKEW - 1 }, without)).toBe(false);
    expect(shows({ id: "other" })).toBeNull();
  });

  test("a build was first shown when the earliest published deploy that shows it ended, and that is served no more", () => {
    const before = deploy("before", START - HOUR);
    const next = deploy("next", START + 2 * MINUTE);
    const site = (...recent: (Deploy & { id: string })[]) => aSite(history("now", START + HOUR, ...recent));
    const now = [{ deploy: deploy("now", START + HOUR), at: START + HOUR }];
    const first = (owner: Site, asked: { buildId: string; deploy?: Deploy; at: number } = build, served = now) =>
      firstShownAt(owner, asked, START, served);
    expect(first(site(before, next))).toBe(START + 2 * MINUTE);
    expect(first(site(next), { buildId: "b1", deploy: { ...own, published: undefined }, at: START })).toBe(
      START + 3 * MINUTE,
    );
    expect(first(site(next), { buildId: "b1", at: START })).toBe(START + 3 * MINUTE);
    expect(first(site(before), { buildId: "b1", at: START })).toBeNull();
    expect(first(aSite(), { buildId: "b1", at: START })).toBeNull();
    const { endedAt: _at, ...endless } = next;
    expect(first(site(endless), { buildId: "b1", at: START })).toBeNull();
    for (const fields of [{ published: false }, { published: undefined }, { state: "failed" as const }]) {
      expect(first(site({ ...next, ...fields }), { buildId: "b1", at: START })).toBeNull();
    }
    const both = [...now, { deploy: next, at: START }];
    expect(first(site(next), { buildId: "b1", at: START }, both)).toBeNull();
    const unknown = deploy("unknown", START);
    const { startedAt: _started, ...unstarted } = unknown;
    expect(first(site(unstarted), { buildId: "b1", at: START })).toBeNull();
  });

  test("a deploy shows a build once the page shows it, where pages had a marker by the deploy's end", () => {
    const next = deploy("next", START + 2 * MINUTE);
    const ended = START + 3 * MINUTE;
    const first = (more: object, deployed: Deploy & { id: string } = next): number | null => {
      const marker = { deployId: "now", buildId: null, seenAt: START + HOUR, ...more };
      const look = { url, deployId: "now", tries: 1, at: START + HOUR, marker };
      const site = aSite({ publicUrl: url, look, ...history("now", START + HOUR, deployed) });
      const served = [{ deploy: deploy("now", START + HOUR), at: START + HOUR }];
      return firstShownAt(site, { buildId: "b1", at: START }, START, served);
    };
    const shown = [{ deployId: "next", at: ended + 7 }];
    expect(first({ knownAt: START, shown })).toBe(ended + 7);
    const { endedAt: _at, ...endless } = next;
    expect(first({ knownAt: START, shown }, endless)).toBeNull();
    expect(first({ knownAt: START, shown: [{ deployId: "other", at: ended }] })).toBeNull();
    expect(first({ knownAt: START })).toBeNull();
    expect([first({ knownAt: ended + 1 }), first({ knownAt: ended }), first({})]).toEqual([ended, null, ended]);
  });
});
