import type { Site } from "../../../../src/core/site/site.ts";
import type { Pending } from "../../../../src/core/slot/slot.ts";
import type { World } from "../../world/world.ts";
import { SECOND } from "../numbers.ts";
import type { Fail, Step } from "../slot.ts";

/** The contract's numbers once more, in seconds: how a site is paced for which nobody has chosen. */
const STANDARD = {
  quietSeconds: 140,
  maxWaitSeconds: 600,
  minIntervalSeconds: 0,
  dailyBuilds: null,
  monthlyBuilds: null,
  adapts: true,
};
/** The builds of a month on a Free plan, where none were shared out. */
const FREE_BUILDS = 18;
/** So many of a month's builds are never held back to spread them: a quarter of what is for its first four fifths. */
const atOnce = (builds: number): number => Math.ceil((builds - Math.floor(builds / 5)) / 4);
/** The shortest quiet time that a site may learn (s). */
const LEARNED = 45;
const DAY = 24 * 3600 * SECOND;

interface Start {
  readonly at: number;
  /** What the day really was: a clock that is an hour off counts a start on another one. */
  readonly really: number;
  readonly released: boolean;
  /** The hook answered that it did not build: the budget gets it back. */
  refused: boolean;
}

/** When sites may be built. Each start costs credits, and a start too late costs an editor's patience. */
export class PacingLaws {
  readonly #world: World;
  readonly #starts = new Map<string, Start[]>();

  constructor(world: World) {
    this.#world = world;
  }

  #of(id: string): Start[] {
    const starts = this.#starts.get(id) ?? [];
    this.#starts.set(id, starts);
    return starts;
  }

  /** A try that was answered with a failure counts as none. */
  #refused(is: Site, { before, after, ended }: Step): void {
    const part = before.running?.parts["build"];
    if (part === undefined || after.doubt["build"] !== before.doubt["build"]) return;
    const retry = after.retry["build"];
    const tried = retry?.tries === part.tries + 1 || (retry?.uncounted ?? 0) > (part.uncounted ?? 0);
    const sync = after.open[part.syncId] ?? ended.find(({ id }) => id === part.syncId);
    const last = this.#of(is.id).at(-1);
    // A deploy that failed was a build, and is paid for, unless Netlify did not build at all. One that Git began was no start.
    const deployId = sync?.parts["build"]?.deploy?.id;
    const builds = this.#world.sites.find(({ id }) => id === is.id)?.builds ?? [];
    const build = builds.find(({ deploy }) => deploy.id === deployId);
    if (deployId !== undefined && (build?.refused !== true || build.foreign)) return;
    if (last !== undefined && (tried || sync?.parts["build"]?.status === "failed")) last.refused = true;
  }

  committed(is: Site, step: Step, fail: Fail): void {
    this.#refused(is, step);
    const { before, after, wall, ended } = step;
    const run = after.running;
    const began = run !== null && run.fence !== before.running?.fence && run.startRev !== before.running?.startRev;
    if (!began || run.by === null) return;
    // Looking after a deploy that was begun already begins nothing.
    if (Object.values(run.parts).every(({ location }) => location !== undefined)) return;
    const { pending } = before;
    const taken = pending !== null && after.pending?.syncId !== pending.syncId ? pending : null;
    const dropped = ended.some(({ id, claimRev }) => id === taken?.syncId && claimRev === null);
    const released = taken?.released === true;
    if (taken !== null && !dropped && !released) this.#quiet(is, taken, wall, fail);
    const { held } = before;
    if (held !== undefined && held.until > wall && taken?.released !== true) {
      fail("a held build is tried no sooner than said", `${held.until - wall} ms before its time`);
    }
    const starts = this.#of(is.id);
    const last = starts.at(-1);
    const { minIntervalSeconds } = is.pacing ?? STANDARD;
    if (!released && last !== undefined && wall - last.at < minIntervalSeconds * SECOND) {
      fail("a site is built no sooner than its interval", `${wall - last.at} ms after the build before`);
    }
    starts.push({ at: wall, really: this.#world.timeline.now, released, refused: false });
  }

  #quiet(is: Site, pending: Pending, wall: number, fail: Fail): void {
    const { quietSeconds: longest, maxWaitSeconds, adapts } = is.pacing ?? STANDARD;
    const quietSeconds = adapts === true ? Math.min(longest, LEARNED) : longest;
    const quiet = wall - pending.at >= quietSeconds * SECOND;
    const waited = wall - pending.filledAt >= maxWaitSeconds * SECOND;
    if (!quiet && !waited) {
      fail("a site waits until its editors are done", `${wall - pending.at} ms after the last of them asked`);
    }
  }

  /** Whether a site's budget may hold something back now: as many starts as it allows were made today. */
  mayHold(is: Site): boolean {
    const { dailyBuilds, adapts } = is.pacing ?? STANDARD;
    const today = Math.floor(this.#world.timeline.now / DAY);
    const starts = this.#of(is.id).filter(({ refused }) => !refused);
    if (adapts === true && starts.length >= atOnce(is.allowance?.builds ?? FREE_BUILDS)) return true;
    return dailyBuilds !== null && starts.filter(({ at }) => Math.floor(at / DAY) === today).length >= dailyBuilds;
  }

  /** At rest: no day has had more builds than its budget, but for those that a person let go and hooks that lied. */
  budgets(is: Site): void {
    const { dailyBuilds } = is.pacing ?? STANDARD;
    const site = this.#world.sites.find(({ id }) => id === is.id);
    if (dailyBuilds === null || site === undefined || is.settingsRev > 1) return;
    const days = new Map<number, number>();
    for (const { at, refused, foreign } of site.builds) {
      if (!refused && !foreign) days.set(Math.floor(at / DAY), (days.get(Math.floor(at / DAY)) ?? 0) + 1);
    }
    for (const [day, builds] of days) {
      const beside = this.#of(is.id).filter(({ at, really, released }) => {
        const misdated = Math.floor(at / DAY) !== Math.floor(really / DAY);
        return (released || misdated) && [at, really].some((time) => Math.floor(time / DAY) === day);
      }).length;
      if (builds - beside > dailyBuilds) {
        this.#world.oracle.fail(
          "a site is not built beyond its budget",
          `${builds} builds of ${dailyBuilds} on day ${day}`,
        );
      }
    }
  }
}
