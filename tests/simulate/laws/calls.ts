import type { CallbackClaims, Fact } from "../../../src/app/deps.ts";
import { own } from "../../../src/core/slot/slot.ts";
import { layerKey } from "../../../src/store/keys.ts";
import type { Job } from "../cast/job.ts";
import type { Instance } from "../world/instance.ts";
import type { World } from "../world/world.ts";
import { SECOND } from "./numbers.ts";

/** What must hold of every call that leaves the system: to jobs, to build hooks, to its own workers. */
export class CallLaws {
  readonly #world: World;
  readonly #keys = new Map<string, string>();
  readonly #hooked = new Set<string>();
  readonly #attends = new Map<Instance, Map<string, number>>();
  readonly #wakes = new Map<Instance, number>();
  readonly #reports = new Map<Instance, CallbackClaims>();

  constructor(world: World) {
    this.#world = world;
  }

  /** A job was called under this key with these bytes. */
  keyed(key: string, body: string): void {
    const known = this.#keys.get(key);
    this.#keys.set(key, known ?? body);
    if (known === undefined) return;
    const { oracle } = this.#world;
    if (known === body) oracle.fail("rule 7: each claim calls under a key of its own", key);
    else oracle.fail("P5: one key, one sequence of bytes", `${key}: ${known} and ${body}`);
  }

  /** A job is called for a sync, which is no retry: what the sync stands for arrived long enough ago. */
  settled({ name, plan }: Job, syncId: string): void {
    const { oracle, timeline, plan: world } = this.#world;
    if (world.faults.process.skew > 0 || world.faults.process.jump > 0) return;
    const settles = plan.settleSeconds * SECOND;
    const early = oracle.ledger.promises.find(
      ({ syncId: of, byHand, named, arrivedAt, arrived, layerId }) =>
        of === syncId &&
        !byHand &&
        (named === null || (named.includes(plan.slug) && !this.#removed(layerId, plan.slug, arrived))) &&
        timeline.now - arrivedAt < settles,
    );
    if (early === undefined) return;
    oracle.fail(
      "a call waits until its deliveries have settled",
      `${name}, ${timeline.now - early.arrivedAt} ms after one`,
    );
  }

  /** Whether a source was taken away since: one of its name that was added later is another one. */
  #removed(layerId: string, slug: string, since: number): boolean {
    const states = this.#world.oracle.ledger.during(layerKey(layerId), since, Number.POSITIVE_INFINITY);
    return states.some((state) => state?.kind === "layer" && !state.sources.some((source) => source.slug === slug));
  }

  /** A job refused a token; the one that runs must never be refused. */
  refusedToken({ name, plan }: Job, token: number): void {
    const { oracle, layers } = this.#world;
    const document = oracle.ledger.latest(layerKey(layers[Number(name.split("/")[0])]?.id ?? ""));
    if (document?.kind !== "layer") return;
    const part = own(document.slot.running?.parts ?? {}, plan.slug);
    if (part?.callFence === token && part.outcome === undefined) {
      oracle.fail("P6: a job that refuses old tokens is served", `${name} refused ${token}, which runs`);
    }
  }

  /** A build hook was called: a worker calls it once for each of its claims, or a build would cost twice. */
  hooked(siteId: string, caller: Instance): void {
    const fence = this.#attends.get(caller)?.get(siteId);
    const call = `${siteId}#${fence}`;
    if (fence === undefined || this.#hooked.has(call)) {
      this.#world.oracle.fail("H10: one build for each claim", `${caller.name} ${call}`);
    }
    this.#hooked.add(call);
  }

  /** A process calls for a worker; `commits` are its own writes so far. */
  woken(caller: Instance, commits: number): void {
    const wakes = (this.#wakes.get(caller) ?? 0) + 1;
    this.#wakes.set(caller, wakes);
    if (caller.role === "publish" && wakes > commits) {
      this.#world.oracle.fail("P19: no more wakes than writes", `${caller.name} woke ${wakes} times`);
    }
  }

  /** A process takes the report of a call. */
  reports(instance: Instance, claims: CallbackClaims): void {
    this.#reports.set(instance, claims);
  }

  /** The call whose report a process takes. */
  reportOf(instance: Instance): CallbackClaims | undefined {
    return this.#reports.get(instance);
  }

  told(instance: Instance, fact: Fact): void {
    const { oracle } = this.#world;
    if (fact.kind === "run.claimed") {
      const fences = this.#attends.get(instance) ?? new Map<string, number>();
      this.#attends.set(instance, fences.set(fact.target.id, fact.fence));
    }
    const { secrets } = instance.home.deploy;
    if (fact.kind === "part.decided" && fact.error?.includes("LAYERHOOK_SECRET") && !secrets.includes("one")) {
      oracle.fail("P24: a rotation comes to its end by itself", `${fact.part}: ${fact.error}`);
    }
    if (fact.kind === "trouble" && fact.where.startsWith("call of")) {
      oracle.fail("a call is made without a defect", fact.error);
    }
  }
}
