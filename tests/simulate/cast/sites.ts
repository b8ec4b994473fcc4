import { MINUTE, SECOND } from "../../../src/core/durations.ts";
import { eventOf, NetlifySite, type ShownDeploy } from "../../support/netlifySite.ts";
import type { Closure, DeployTelling } from "../plan.ts";
import type { Instance } from "../world/instance.ts";
import { Prng } from "../world/prng.ts";
import type { World } from "../world/world.ts";
import { type Answer, type Job, reply } from "./job.ts";

/** A build shows every job's state as it was when the build began. */
export interface Build {
  readonly stamp: number;
  readonly at: number;
  /** It was told of as a refusal. */
  refused: boolean;
  /** Netlify did not build, and not by a person's or the site's own decision: the build is still owed. */
  owed: boolean;
  /** Nobody asked for it here. */
  readonly foreign: boolean;
  readonly shown: ReadonlyMap<Job, number>;
  readonly deploy: ShownDeploy;
}

/** What becomes of a deploy. */
interface Fate {
  readonly fails: boolean;
  /** Netlify tells of its begin, and not of its end. */
  readonly mute: boolean;
}

/** What Netlify says where it does not build. */
const SAYS = {
  credits: {
    answer: '{"error":"Account credit usage exceeded - new deploys are blocked until credits are added"}',
    deploy: "Skipped due to account credit usage exceeded",
  },
  "builds-stopped": { answer: '{"error":"Builds are stopped for this site"}', deploy: "Builds are stopped" },
} as const;

/** The host of Netlify's API, and how a site is named there. */
export const API = "https://api.test";
export const netlifyId = (number: number): string => `netlify-site-${number}`;

/**
 * A site at Netlify, its build hook and its deploys. Neither hook nor API has any idempotency: each call that arrives
 * builds. What a site tells of its deploys may be lost, late, doubled and out of order.
 */
export class HookedSite {
  readonly number: number;
  readonly id: string;
  readonly builds: Build[] = [];
  readonly #world: World;
  readonly #tells: DeployTelling;
  readonly #netlify: NetlifySite;
  /** A stream of its own: worlds in which nobody pushes stay as they were. */
  readonly #fates: Prng;

  constructor(world: World, number: number, id: string, tells: DeployTelling) {
    this.#world = world;
    this.number = number;
    this.id = id;
    this.#tells = tells;
    this.#netlify = new NetlifySite(() => world.timeline.now, number);
    this.#fates = new Prng(world.plan.seed ^ (number + 1));
  }

  receive(url: URL, caller: Instance, answer: Answer): void {
    const { chance, faults, timeline, count, oracle } = this.#world;
    oracle.calls.hooked(this.id, caller);
    if (chance.chance(faults.job.hook / 2)) {
      count("hook failed");
      const status = chance.pick([500, 429]);
      answer(reply(status, "", null, this.#world.plan.skips && status === 429 ? "600" : null));
      return;
    }
    const title = url.searchParams.get("trigger_title");
    const closed = this.#closedFor();
    if (closed === "hook deleted") {
      count("hook deleted");
      answer(reply(404, "Not Found"));
      return;
    }
    if (closed !== null) {
      count(`held: ${closed}`);
      // Where nobody tells of deploys, only the hook's own answer can tell of a build that is not made.
      if (this.#tells === "nothing" || this.#fates.chance(0.5)) {
        answer(reply(403, SAYS[closed].answer));
        return;
      }
      this.#skip(title, SAYS[closed].deploy);
      answer(reply(200));
      return;
    }
    if (this.#skipsNow()) {
      count("skipped in Netlify's queue");
      this.#skip(title, null);
      this.#begin(null, { fails: this.#fates.chance(0.3), mute: false });
      answer(reply(200));
      return;
    }
    const build = this.#begin(title);
    if (!chance.chance(faults.job.hook)) {
      answer(reply(201));
      return;
    }
    count("hook failed after building");
    const silent = chance.chance(0.3);
    build.refused = !silent;
    timeline.after(silent ? MINUTE : 1, () => answer(reply(502)));
  }

  /** Netlify's API, for whoever has a token: begins a build, lists deploys. */
  ask(url: URL, method: string, caller: Instance, answer: Answer): void {
    const { chance, faults, timeline, count, oracle } = this.#world;
    if (method === "GET") {
      answer(chance.chance(faults.job.hook / 2) ? reply(429) : reply(200, JSON.stringify(this.#netlify.deploys)));
      return;
    }
    if (chance.chance(faults.job.hook / 4)) {
      count("token not taken");
      answer(reply(chance.pick([401, 404])));
      return;
    }
    oracle.calls.hooked(this.id, caller);
    const closure = this.#closedFor();
    const closed = closure === "hook deleted" ? null : closure;
    if (closed !== null && this.#fates.chance(0.5)) {
      count(`held: ${closed}`);
      answer(reply(403, SAYS[closed].answer));
      return;
    }
    const build =
      closed === null
        ? this.#begin(url.searchParams.get("title"))
        : this.#skip(url.searchParams.get("title"), SAYS[closed].deploy);
    const text = JSON.stringify({ id: "build", deploy_id: build.deploy.id });
    if (!chance.chance(faults.job.hook / 2)) answer(reply(200, text));
    else timeline.after(MINUTE, () => answer(reply(200, text)));
  }

  /** A deploy, by its id; undefined if it is not of this site. */
  deploy(id: string): ShownDeploy | undefined {
    return this.#netlify.find(id);
  }

  /** Somebody pushes to Git. */
  push(): void {
    if (this.#tells === "nothing") return;
    this.#world.count("deploys begun elsewhere");
    this.#begin(null, { fails: this.#fates.chance(0.3), mute: this.#fates.chance(0.3) });
  }

  /** A person keeps visitors on one deploy, or lets them go on. */
  lock(locked: boolean): void {
    const [latest] = this.#netlify.deploys;
    if (this.#tells === "nothing" || latest === undefined) return;
    this.#netlify.locked = locked;
    this.#tell(locked ? "deploy_locked" : "deploy_unlocked", latest);
  }

  /** Why Netlify builds nothing for this site at present; null: it builds. */
  #closedFor(): Closure["why"] | null {
    const { plan, timeline, began } = this.#world;
    const since = timeline.now - began;
    const closure = plan.closures.find(
      ({ site, begins, lasts }) => site === this.number && since >= begins && since < begins + lasts,
    );
    return closure?.why ?? null;
  }

  #skipsNow(): boolean {
    const { plan, faults } = this.#world;
    return plan.skips && this.#tells !== "nothing" && faults.job.hook > 0 && this.#fates.chance(0.25);
  }

  #shown(): ReadonlyMap<Job, number> {
    return new Map([...this.#world.jobs.values()].map((job) => [job, job.edition]));
  }

  /** Netlify takes the request and does not build. */
  #skip(title: string | null, message: string | null): Build {
    const { timeline, trace } = this.#world;
    const deploy = this.#netlify.begin(title);
    this.#netlify.skip(deploy, message);
    const build: Build = {
      stamp: timeline.stamp(),
      at: timeline.now,
      refused: true,
      owed: true,
      foreign: title === null,
      shown: this.#shown(),
      deploy,
    };
    this.builds.push(build);
    trace.say(`site ${this.number}`, () => `does not build: ${message ?? "skipped"}`);
    if (this.#tells !== "nothing") this.#tell("deploy_failed", deploy);
    return build;
  }

  #begin(title: string | null, fate: Fate = { fails: false, mute: false }): Build {
    const { chance, faults, timeline, trace, jobs, count } = this.#world;
    count("builds");
    const deploy = this.#netlify.begin(title);
    const build: Build = {
      stamp: timeline.stamp(),
      at: timeline.now,
      refused: false,
      owed: false,
      foreign: title === null,
      shown: this.#shown(),
      deploy,
    };
    this.builds.push(build);
    trace.say(`site ${this.number}`, () => `builds ${[...jobs.values()].map((j) => `${j.name}@${j.edition}`)}`);
    if (this.#tells === "nothing") {
      this.#netlify.succeed(deploy);
      return build;
    }
    this.#tell("deploy_building", deploy);
    const fails = chance.chance(faults.job.hook / 2) || fate.fails;
    timeline.after(chance.int(2 * SECOND, chance.pick([10 * SECOND, 4 * MINUTE])), () => {
      const ignored = this.#world.plan.skips && this.#fates.chance(0.1) && "Canceled build due to no content change";
      if (fails && ignored !== false) build.refused = true;
      if (fails) this.#netlify.fail(deploy, ignored || (chance.chance(0.2) ? "Canceled build" : "exit code 2"));
      else this.#netlify.succeed(deploy);
      count(fails ? "deploys failed" : "deploys published");
      trace.say(`site ${this.number}`, () => `deploy ${deploy.id} is ${deploy.state}`);
      if (!fate.mute) this.#tell(fails ? "deploy_failed" : "deploy_created", deploy);
    });
    return build;
  }

  #tell(name: string, deploy: ShownDeploy): void {
    const { chance, faults, timeline, platform, count } = this.#world;
    if (this.#tells === "token") return;
    if (chance.chance(faults.wake.lost / 2)) {
      count("deploy not told of");
      return;
    }
    const event = eventOf(name, deploy);
    const times = chance.chance(faults.wake.doubled) ? 2 : 1;
    for (let i = 0; i < times; i += 1) {
      const delay = chance.chance(faults.wake.late) ? chance.int(SECOND, 2 * MINUTE) : chance.int(20, 2 * SECOND);
      timeline.after(delay, () => platform.tell(this.id, event));
    }
  }
}
