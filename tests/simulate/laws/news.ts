import { own } from "../../../src/core/slot/slot.ts";
import type { SlotOwner } from "../../../src/core/slotOwner.ts";
import type { Job } from "../cast/job.ts";
import { NO_FAULTS } from "../world/faults.ts";
import type { World } from "../world/world.ts";
import { type Fail, newIn, type Step } from "./slot.ts";

/** What sites are asked for: what a layer owes, and, where nothing goes wrong, nothing that they show already. */
export class NewsLaws {
  readonly #world: World;
  readonly #debts = new Set<string>();
  /** Editions that sites were asked to show. */
  readonly #shown = new Map<Job, number>();

  constructor(world: World) {
    this.#world = world;
  }

  committed(is: SlotOwner, step: Step, fail: Fail): void {
    const { before, after } = step;
    if (is.kind === "site") {
      const builds = this.#world.sites.find(({ id }) => id === is.id)?.builds ?? [];
      const owed = new Set(builds.filter((build) => build.owed).map(({ deploy }) => `again.${deploy.id}`));
      const asked = newIn(before, after).find(({ id }) => !this.#debts.has(id) && !owed.has(id));
      if (asked !== undefined && step.role !== "person") fail("H10: a site is asked for what is owed alone", asked.id);
      return;
    }
    if (after.build === null || after.build.id === before.build?.id) return;
    this.#debts.add(after.build.id);
    const { plan, counts } = this.#world;
    if (plan.faults !== NO_FAULTS || plan.acts > 0 || counts.has("killed in good times")) return;
    const jobs = after.build.changed.flatMap((slug) => {
      const source = is.sources.find((known) => known.slug === slug);
      const job = source === undefined ? undefined : this.#world.jobAt(source.url);
      return job === undefined ? [] : [{ slug, job }];
    });
    const told = jobs.filter(({ slug, job }) => job.plan.tells !== "nothing" && own(before.doubt, slug) === undefined);
    for (const { slug, job } of told) {
      if (job.edition <= (this.#shown.get(job) ?? -1)) fail("P4: what has not changed is not built", slug);
    }
    for (const { job } of jobs) this.#shown.set(job, job.edition);
  }
}
