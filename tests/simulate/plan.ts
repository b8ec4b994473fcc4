import { HOUR, MINUTE, SECOND } from "../../src/core/durations.ts";
import type { PacingGiven } from "../../src/core/site/pacing.ts";
import type { Rollout } from "./cast/deploys.ts";
import type { FeedPlan } from "./cast/feed.ts";
import { type Faults, faultsOf, NO_FAULTS } from "./world/faults.ts";
import { Prng } from "./world/prng.ts";

export type Style = "direct" | "polled" | "parked";
export interface JobPlan {
  readonly slug: string;
  readonly style: Style;
  /** How it says what changed: an edge, a level, or not at all. */
  readonly tells: "changed" | "version" | "nothing";
  /** Replays its stored answer for a key, whatever it was, and refuses other bytes under it. */
  readonly strict: boolean;
  /** Refuses tokens lower than the highest it has seen. */
  readonly guarded: boolean;
  /** Kills every worker that calls it. */
  readonly poison: boolean;
  /** Fails for ever: it is given up while the others go on. */
  readonly broken: boolean;
  readonly timeoutSeconds: number;
  /** The longest it usually works (ms). */
  readonly work: number;
  /** A call waits so long after what it stands for. */
  readonly settleSeconds: number;
}

export interface LayerPlan {
  readonly jobs: readonly JobPlan[];
  /** Which of the world's sites it connects. */
  readonly sites: readonly number[];
  readonly webhooks: number;
  readonly keptId: boolean;
  /** Whether a change purges a cache tag. */
  readonly purges: boolean;
  /** Whether somebody is told how its syncs end. */
  readonly told: boolean;
  /** Beside its jobs it looks at a feed; null: at none. */
  readonly feed: FeedPlan | null;
}

/** What Netlify lets us know of a site's deploys: nothing, notifications, what a token may ask, or both. */
export type DeployTelling = "nothing" | "notifications" | "token" | "both";

/** For some time Netlify builds nothing for a site. */
export interface Closure {
  readonly site: number;
  readonly why: "credits" | "builds-stopped" | "hook deleted";
  /** When it begins, and for how long (ms). */
  readonly begins: number;
  readonly lasts: number;
}

export interface Plan {
  readonly seed: number;
  /** Through the real client of the real store, or at its port. */
  readonly client: boolean;
  readonly faults: Faults;
  readonly chaos: number;
  readonly tick: number;
  readonly shift: number;
  readonly sites: number;
  /** How the sites are paced, one after the other. */
  readonly pacings: readonly PacingGiven[];
  readonly layers: readonly LayerPlan[];
  readonly deliveries: number;
  readonly acts: number;
  /** A neighbouring release's fields stand in every document. */
  readonly future: boolean;
  /** After rest, a day passes: tombstones go. */
  readonly tail: boolean;
  /** Kills one worker once the faults are over. */
  readonly lastCrash: boolean;
  /** Whether the platform runs a background call again whose process died. */
  readonly runsAgain: boolean;
  /** What is published while everything goes on. */
  readonly rollout: Rollout;
  /** A preview lives beside production, with a layer of the same id. */
  readonly preview: boolean;
  /** So many publishers arrive in every round trip while a worker is to renew its lease. */
  readonly crowd: number;
  /** What each site tells of its deploys. */
  readonly telling: readonly DeployTelling[];
  /** Pushes to Git, and locks, while everything goes on. */
  readonly pushes: number;
  /** When Netlify builds nothing. */
  readonly closures: readonly Closure[];
  /** Netlify skips builds in its queue, and sites cancel builds by their own rule. */
  readonly skips: boolean;
}

const jobOf = (chance: Prng, slug: string): JobPlan => ({
  slug,
  style: chance.weighted<Style>([
    [5, "direct"],
    [2, "polled"],
    [2, "parked"],
  ]),
  tells: chance.weighted<JobPlan["tells"]>([
    [5, "changed"],
    [3, "version"],
    [1, "nothing"],
  ]),
  strict: chance.chance(0.3),
  guarded: chance.chance(0.3),
  poison: chance.chance(0.01),
  broken: false,
  timeoutSeconds: chance.pick([20, 40, 60, 900]),
  work: chance.weighted([
    [4, 300],
    [3, 5 * SECOND],
    [1, 40 * SECOND],
  ]),
  settleSeconds: 0,
});

const pacingOf = (chance: Prng): PacingGiven =>
  chance.weighted<PacingGiven>([
    [5, { preset: "instant" }],
    [2, { preset: "balanced" }],
    [2, { quietSeconds: 5, maxWaitSeconds: 30 }],
    [1, { quietSeconds: 90, maxWaitSeconds: 300 }],
    [1, { preset: "instant", minIntervalSeconds: chance.pick([30, 240]) }],
    [2, { preset: "instant", dailyBuilds: chance.int(1, 3) }],
  ]);

const ordinary = (seed: number, chance: Prng): Plan => {
  const sites = chance.weighted([
    [3, 1],
    [1, 2],
  ] as const);
  const layers = Array.from(
    {
      length: chance.weighted([
        [8, 1],
        [2, 2],
        [1, 3],
      ] as const),
    },
    (): LayerPlan => {
      const sources = chance.weighted([
        [1, 0],
        [4, 1],
        [4, 2],
        [2, 3],
        [1, 4],
      ] as const);
      return {
        jobs: ["a", "b", "c", "constructor"].slice(0, sources).map((slug) => jobOf(chance, slug)),
        sites: Array.from({ length: sites }, (_, index) => index).filter(() => chance.chance(0.8)),
        webhooks: chance.weighted([
          [3, 0],
          [4, 1],
          [2, 2],
          [1, 3],
        ] as const),
        keptId: chance.chance(0.3),
        purges: false,
        told: false,
        feed: null,
      };
    },
  );
  const faults = faultsOf(chance);
  return {
    seed,
    client: chance.chance(0.08),
    faults,
    chaos: chance.pick([20 * SECOND, MINUTE, 3 * MINUTE, 8 * MINUTE]),
    tick: chance.pick([MINUTE, MINUTE, 5 * MINUTE]),
    shift: chance.pick([8 * MINUTE, 14 * MINUTE]),
    sites,
    layers,
    deliveries: chance.weighted([
      [5, chance.int(1, 4)],
      [3, chance.int(5, 9)],
      [1, chance.int(10, 16)],
    ] as const),
    acts: chance.weighted([
      [4, 0],
      [4, chance.int(1, 3)],
      [2, chance.int(4, 10)],
    ] as const),
    future: chance.chance(0.15),
    tail: chance.chance(0.02),
    lastCrash: chance.chance(0.2),
    rollout: chance.weighted<Rollout>([
      [14, "none"],
      [1, "deploy"],
      [2, "neighbour"],
      [1, "neighbour and back"],
      [1, "higher version"],
      [1, "rotation"],
    ]),
    preview: chance.chance(0.15),
    // By the seed as well: in every seventh world nobody has chosen a pacing for the first site.
    pacings: Array.from({ length: sites }, () => pacingOf(chance)).map((pacing, site) =>
      site === 0 && seed % 7 === 4 ? {} : pacing,
    ),
    crowd: 0,
    // By the seed, not by chance, so that other worlds stay as they were, those of `regressions.ts` among them.
    runsAgain: [2, 5, 6, 8, 10].includes(seed % 19),
    telling: Array.from({ length: sites }, () => "nothing" as const),
    pushes: 0,
    closures: [],
    skips: false,
  };
};

/** One document that never answers, and several layers that must not wait for it. */
const sickened = (plan: Plan, sick: "layer" | "site"): Plan => ({
  ...plan,
  faults: { ...NO_FAULTS, sick },
  layers: [...plan.layers, ...plan.layers, ...plan.layers].slice(0, 4).map((layer) => ({ ...layer, keptId: false })),
  chaos: 8 * MINUTE,
  tick: MINUTE,
  deliveries: 12,
  acts: 0,
  lastCrash: false,
  rollout: "none",
});

/** Hundreds of publishers on one layer whose worker must renew its lease among them. */
export const crowded = (plan: Plan, crowd: number): Plan => ({
  ...plan,
  client: false,
  faults: NO_FAULTS,
  layers: plan.layers.slice(0, 1).map((layer) => ({
    ...layer,
    jobs: layer.jobs.map((job) => ({ ...job, style: "direct", poison: false, timeoutSeconds: 120, work: 40 * SECOND })),
  })),
  chaos: MINUTE,
  deliveries: 2,
  acts: 0,
  crowd,
  lastCrash: false,
  rollout: "none",
});

const feedOf = (chance: Prng): FeedPlan => ({
  checkEvery: chance.weighted<FeedPlan["checkEvery"]>([
    [2, "15m"],
    [1, "1h"],
    [1, undefined],
  ]),
  late: chance.weighted([
    [2, 0],
    [3, 20 * SECOND],
    [1, 3 * MINUTE],
  ]),
});

/** Some layers look at a feed, some jobs wait until what they are called for has settled. Drawn apart from all else. */
const probing = (plan: Plan, chance: Prng): Plan => ({
  ...plan,
  layers: plan.layers.map((layer) => ({
    ...layer,
    jobs: layer.jobs.map((job) => ({
      ...job,
      settleSeconds: chance.weighted([
        [4, 0],
        [3, 3],
        [1, 20],
      ]),
    })),
    feed: plan.crowd === 0 && chance.chance(0.3) ? feedOf(chance) : null,
  })),
});

const withKind = (seed: number, chance: Prng): Plan => {
  const { layers: made, ...rest } = ordinary(seed, chance);
  // By the seed, not by chance: worlds that purge nothing and tell nobody stay as they were.
  const plan: Plan = {
    ...rest,
    layers: made.map((layer, index) => ({
      ...layer,
      purges: (seed + index) % 4 === 0,
      told: (seed + index) % 5 === 1,
    })),
  };
  const kind = chance.weighted([
    [400, "ordinary"],
    [10, "sick"],
    [0.5, "crowded"],
    [12, "broken"],
  ] as const);
  if (kind === "sick") return sickened(plan, chance.pick(["layer", "layer", "site"]));
  if (kind === "crowded") return crowded(plan, chance.pick([1, 8, 60, 250]));
  if (kind === "ordinary") return plan;
  const layers = plan.layers.map((layer) => ({
    ...layer,
    jobs: layer.jobs.map((job, index) => (index === 0 ? { ...job, broken: true } : job)),
  }));
  return { ...plan, layers };
};

/** In every third world Netlify does not build all that it is asked to. Drawn apart from all else. */
const skipping = (plan: Plan, chance: Prng): Plan => {
  if (!chance.chance(0.35) || plan.crowd > 0 || plan.faults.sick !== null) return plan;
  const closures = Array.from({ length: chance.int(0, 2) }, (): Closure => {
    const begins = chance.int(0, plan.chaos);
    const why = chance.weighted<Closure["why"]>([
      [5, "credits"],
      [3, "builds-stopped"],
      [1, "hook deleted"],
    ]);
    return {
      site: chance.int(0, plan.sites - 1),
      why,
      begins,
      lasts: chance.pick([MINUTE, 10 * MINUTE, HOUR, 5 * HOUR]),
    };
  });
  return { ...plan, closures, skips: chance.chance(0.6) };
};

/** What kind of world a seed makes. */
export const planOf = (seed: number, chance: Prng): Plan => {
  const plan = probing(withKind(seed, chance), new Prng(~seed));
  const telling = plan.telling.map(() =>
    chance.weighted<DeployTelling>([
      [4, "nothing"],
      [3, "notifications"],
      [1.5, "token"],
      [1, "both"],
    ]),
  );
  // Whether a deploy began after a publish is told by clocks: where ours are an hour off, nobody can tell.
  const told = plan.faults.process.jump === 0 && chance.chance(0.6);
  return skipping({ ...plan, telling, pushes: told ? chance.int(1, 4) : 0 }, new Prng(seed ^ 0x5eed));
};
