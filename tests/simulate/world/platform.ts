import type { CallbackClaims, Deps, OutgoingAnswer, OutgoingRequest, Target } from "../../../src/app/deps.ts";
import { recordDeployEvent } from "../../../src/app/receive/recordDeployEvent.ts";
import { reportBack } from "../../../src/app/receive/reportBack.ts";
import { drain } from "../../../src/app/repair/drain.ts";
import { settleOwed } from "../../../src/app/stored/settleOwed.ts";
import { work } from "../../../src/app/worker/work.ts";
import { MINUTE, SECOND } from "../../../src/core/durations.ts";
import { RETENTION } from "../../../src/core/retention.ts";
import type { DeployEvent } from "../../../src/core/site/deployEvent.ts";
import { digest } from "../../../src/edge/secrets.ts";
import { NewerDocument, StoreUnavailable } from "../../../src/store/store.ts";
import type { Deploy } from "../cast/deploys.ts";
import { API } from "../cast/sites.ts";
import { type Fate, type Home, Instance, type Role, SOUND } from "./instance.ts";
import { makeKeys } from "./keys.ts";
import type { World } from "./world.ts";

/** A background function is killed after this, a scheduled one after that (ms). */
const BACKGROUND_LIMIT = 15 * MINUTE;
const SCHEDULED_LIMIT = 30 * SECOND;
/** A background call that is run again so long after its process died (ms). */
interface RunAgain {
  readonly target: Target;
  readonly wait: number;
  readonly again: () => void;
}

/** A background call whose process died is run again so long after (ms), if the platform does that at all. */
const RUN_AGAIN_AFTER = [MINUTE, 2 * MINUTE];

/** The platform: starts processes, some of which do not live long, delivers wakes as it likes, and ticks. */
export class Platform {
  /** Workers that were started, for whoever wants to know which are dead. */
  readonly workers: Instance[] = [];
  /** What happens if a worker that is still at work dies. */
  /** Background calls that are run again if their process dies, so long after it (ms). */
  readonly #ifKilled = new Map<Instance, RunAgain>();
  /** The time between two ticks (ms). */
  tickEvery: number;
  /** Nobody ticks: the team is paused, say. */
  silent = false;
  readonly #world: World;
  #started = 0;
  #ids = 0;

  constructor(world: World) {
    this.#world = world;
    this.tickEvery = world.plan.tick;
  }

  #fate(role: Role): Fate {
    const { chance, faults } = this.#world;
    const { crash, freeze, frozenFor, skew, jump } = faults.process;
    const mortal = role === "worker" ? crash : crash / 4;
    const passes = role === "worker" ? 60 : 12;
    return {
      killedAt: chance.chance(mortal) ? chance.int(1, passes) : null,
      frozenAt: chance.chance(role === "worker" ? freeze : freeze / 4) ? chance.int(1, passes) : null,
      frozenFor: chance.int(1, Math.max(frozenFor, 1)),
      steadyStops: chance.chance(0.5),
      skew: skew === 0 ? 0 : chance.int(-skew, skew),
      jumpsAt: chance.chance(jump) ? chance.int(1, passes) : null,
      jump: chance.int(-60 * MINUTE, 60 * MINUTE),
    };
  }

  /** What the platform tells a process of this deploy that begins now; null: it is refused at once. */
  homeOf(deploy: Deploy, role: Role): Home | null {
    const { deploys } = this.#world;
    const place = deploys.placeOf(deploy, role === "drain");
    return place === null ? null : { deploy, published: deploys.isPublished(deploy), place };
  }

  /** A new process of the published deploy, unless another home is given; `sound` ones come to no harm. */
  start(role: Role, sound = false, home: Home | null = null): Instance {
    const { timeline, trace, count, deploys } = this.#world;
    this.#started += 1;
    const fate = sound ? SOUND : this.#fate(role);
    const lives = home ?? this.homeOf(deploys.live, role);
    if (lives === null) throw new RangeError("the published deploy has no place");
    return new Instance(role, `${role} ${this.#started}`, lives, timeline, fate, (what, instance) => {
      count(`process ${what}`);
      trace.say(instance.name, () => `** ${what}`);
      if (what !== "killed") return;
      const call = this.#ifKilled.get(instance);
      if (call !== undefined) this.#world.timeline.after(call.wait, call.again);
      this.#ifKilled.delete(instance);
    });
  }

  /** The call that the platform would run again if this worker died; null: it would run none again. */
  runsAgain(worker: Instance): RunAgain | null {
    return this.#ifKilled.get(worker) ?? null;
  }

  /** What a process sees of the world. */
  deps(instance: Instance): Deps {
    const { chance, oracle, trace } = this.#world;
    const store = this.#world.storeOf(instance);
    const keys = makeKeys(instance.home.deploy.secrets);
    const id = (): string => {
      this.#ids += 1;
      const at = Math.max(instance.wall(), 0).toString(16).padStart(12, "0");
      return `${at.slice(0, 8)}-${at.slice(8)}-7000-8000-${this.#ids.toString(16).padStart(12, "0")}`;
    };
    const deps: Deps = {
      store,
      archive: store,
      clock: instance.clock,
      ids: {
        timeOrdered: id,
        secret: () => `secret-${id()}`,
        ref: () => `wh_${chance.int(0, 9_999_999)}`,
        signingSecret: () => `whsec_${id()}`,
      },
      random: () => chance.next(),
      retention: RETENTION,
      outgoing: { send: (request) => this.#send(instance, request) },
      purge: (request) => this.#world.purges.take(instance, request),
      sealer: keys.sealer,
      signer: keys.signer,
      digest,
      wake: (target) => this.#wake(instance, target),
      report: (fact) => {
        oracle.calls.told(instance, fact);
        trace.say(instance.name, () => JSON.stringify(fact));
      },
      publicUrl: "https://here.test",
      release: "deploy-1",
      netlify: { url: API, token: "a token of the team's" },
    };
    return deps;
  }

  /**
   * Runs a use case in a process. Null if the store did not confirm; a process that dies never answers. Any other error is
   * a defect.
   */
  async run<T>(instance: Instance, use: (deps: Deps) => Promise<T>): Promise<T | null> {
    try {
      return await use(this.deps(instance));
    } catch (error) {
      if (error instanceof StoreUnavailable) return null;
      // What a later release wrote is not for this one to read: the request is answered 503, the tick goes on.
      if (error instanceof NewerDocument && instance.home.deploy.release !== "raises the version") return null;
      this.#world.oracle.fail("a use case throws nothing but StoreUnavailable", String(error));
      return null;
    }
  }

  /** Runs a background call, which has failed `failures` times. */
  #work(target: Target, home: Home, failures = 0): void {
    const instance = this.start("worker", false, home);
    const { timeline, plan, count } = this.#world;
    this.workers.push(instance);
    count("workers");
    timeline.after(BACKGROUND_LIMIT, () => instance.kill());
    const wait = plan.runsAgain ? RUN_AGAIN_AFTER[failures] : undefined;
    if (wait !== undefined) {
      this.#ifKilled.set(instance, { target, wait, again: () => this.#runAgain(target, home, failures + 1) });
    }
    void this.run(instance, (deps) => work(deps, target, plan.shift, failures > 0)).then(() =>
      this.#ifKilled.delete(instance),
    );
  }

  /** The same code gets the same call, and is refused like any other if its deploy is no longer the published one. */
  #runAgain(target: Target, { deploy }: Home, failures: number): void {
    const home = this.homeOf(deploy, "worker");
    this.#world.count(home === null ? "run again refused" : "run again");
    if (home !== null) this.#work(target, home, failures);
  }

  /** A background call is taken at once and delivered once, twice, late or never. */
  async #wake(caller: Instance, target: Target): Promise<void> {
    await caller.pass();
    const { chance, faults, timeline, oracle, count, deploys } = this.#world;
    const { lost, doubled, late } = faults.wake;
    const { deploy, place } = caller.home;
    const [signedWith = ""] = deploy.secrets;
    oracle.woken(caller);
    if (chance.chance(lost) || (faults.sick !== null && caller.role === "publish")) count("wake lost");
    else {
      const times = chance.chance(doubled) ? chance.int(2, 3) : 1;
      for (let i = 0; i < times; i += 1) {
        const delay = chance.chance(late) ? chance.int(SECOND, 2 * MINUTE) : chance.int(20, 400);
        timeline.after(delay, () => {
          const woken = deploys.wokenBy(deploy, place);
          const home = this.homeOf(woken, "worker");
          if (home !== null && woken.secrets.includes(signedWith)) this.#work(target, home);
          else count("wake refused");
        });
      }
    }
    await timeline.pass(chance.int(5, 60));
    await caller.pass();
  }

  /** Ticks for ever, some of them late, so that two may overlap, some not at all. */
  tick(): void {
    const { chance, faults, timeline, count } = this.#world;
    timeline.after(this.tickEvery, () => this.tick());
    if (this.silent) return;
    if (chance.chance(faults.wake.tickMissed)) {
      count("tick missed");
      return;
    }
    const delay = chance.chance(faults.wake.tickLate) ? chance.int(SECOND, 90 * SECOND) : 0;
    timeline.after(delay, () => {
      const instance = this.start("drain");
      timeline.after(SCHEDULED_LIMIT, () => instance.kill());
      void this.run(instance, drain);
    });
  }

  async #send(caller: Instance, request: OutgoingRequest): Promise<OutgoingAnswer> {
    const { chance, timeline, network } = this.#world;
    await caller.pass();
    const answer = await new Promise<OutgoingAnswer>((resolve) => {
      const end = (result: OutgoingAnswer): void => {
        over();
        request.signal.removeEventListener("abort", aborted);
        resolve(result);
      };
      const over = timeline.after(request.deadline, () => end({ kind: "silence", error: "timed out" }));
      const aborted = (): void => end({ kind: "silence", error: "aborted" });
      if (request.signal.aborted) {
        aborted();
        return;
      }
      request.signal.addEventListener("abort", aborted);
      timeline.after(chance.int(1, 40), () =>
        network(request, caller, (result) => timeline.after(chance.int(1, 40), () => end(result))),
      );
    });
    await caller.pass();
    return answer;
  }

  /** Netlify tells of a deploy. */
  tell(siteId: string, event: DeployEvent): void {
    const instance = this.start("deploy");
    void this.run(instance, async (deps) => {
      const heard = await recordDeployEvent(deps, siteId, event);
      this.#world.trace.say(instance.name, () => `heard ${event.kind} of ${event.deploy.id}`);
      if (heard.kind !== "recorded") return;
      const target: Target = { kind: "site", id: siteId };
      if (heard.wake) await this.#wake(instance, target);
      else await settleOwed(deps, target);
    });
  }

  /** A job reports to its callback; `told` hears whether the job may forget about it. */
  callBack(url: string, text: string, told: (taken: boolean) => void): void {
    const [layerId = "", syncId = "", slug = "", fence = ""] = new URL(url).pathname.slice(1).split("/");
    const claims: CallbackClaims = { layerId, syncId, slug, fence: Number(fence) };
    const { timeline, oracle, chance, count } = this.#world;
    const token = new URL(url).searchParams.get("token") ?? "";
    const instance = this.start("callback");
    let answered = false;
    const tell = (taken: boolean): void => {
      if (answered) return;
      answered = true;
      told(taken);
    };
    timeline.after(10 * SECOND, () => tell(false));
    timeline.after(chance.int(1, 40), async () => {
      oracle.calls.reports(instance, claims);
      const result = await this.run(instance, async (deps) =>
        deps.signer.isCallback(claims, token) ? reportBack(deps, claims, text) : ({ kind: "refused" } as const),
      );
      if (result !== null) count(`callback ${result.kind}`);
      tell(result !== null);
      if (result?.kind !== "recorded") return;
      const target: Target = { kind: "layer", id: layerId };
      if (result.wake) await this.#wake(instance, target);
      else await this.run(instance, (deps) => settleOwed(deps, target));
    });
  }
}
