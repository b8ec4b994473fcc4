import type { OutgoingAnswer, OutgoingRequest } from "../../../src/app/deps.ts";
import { MINUTE, SECOND } from "../../../src/core/durations.ts";
import type { JobPlan } from "../plan.ts";
import type { Instance } from "../world/instance.ts";
import type { World } from "../world/world.ts";

/** One call of a job, and what became of it. */
export interface Call {
  readonly job: Job;
  readonly key: string;
  readonly syncId: string;
  readonly fence: number;
  readonly full: boolean;
  readonly caller: Instance;
  readonly began: number;
  /** What the CMS served when the call came in. */
  readonly seen: ReadonlyMap<string, number>;
  /** When it had its effect, and which edition it made (null: it changed nothing). */
  effect: { readonly stamp: number; readonly edition: number | null } | null;
  /** When its good end was told to somebody. */
  answered: number | null;
  /** It told of a failure after its effect: an answer, and so no reason to doubt what the next one says. */
  failedOpenly: boolean;
}

export type Answer = (answer: OutgoingAnswer) => void;

export const reply = (
  status: number,
  text = "",
  location: string | null = null,
  retryAfter: string | null = null,
): OutgoingAnswer => ({
  kind: "answer",
  status,
  location,
  retryAfter,
  text,
});
const BROKEN: OutgoingAnswer = { kind: "silence", error: "the connection closed before the answer" };

interface Asked {
  readonly syncId: string;
  readonly full: boolean;
  readonly fencingToken: number;
  readonly callbackUrl: string;
  readonly trigger: { readonly type: string };
  readonly webhookBody: { readonly item?: string };
}

/**
 * A team's sync job, with a state of its own: it knows what it has synced, so that a change it makes unseen is a change
 * it will not report again.
 */
export class Job {
  readonly layer: number;
  readonly name: string;
  readonly plan: JobPlan;
  /** The number of changes so far. */
  edition = 0;
  readonly calls: Call[] = [];
  readonly #world: World;
  readonly #synced = new Map<string, { revision: number; edition: number }[]>();
  readonly #stored = new Map<string, { body: string; answer: OutgoingAnswer | null }>();
  readonly #runs = new Map<string, { call: Call; answer: OutgoingAnswer | null }>();
  #highest = 0;

  constructor(world: World, layer: number, name: string, plan: JobPlan) {
    this.#world = world;
    this.layer = layer;
    this.name = name;
    this.plan = plan;
  }

  /** The edition that first held this revision of an item; null: none does. */
  editionOf(item: string, revision: number): number | null {
    return this.#synced.get(item)?.find((held) => held.revision >= revision)?.edition ?? null;
  }

  receive(request: OutgoingRequest, caller: Instance, answer: Answer): void {
    if (request.method === "GET") this.#poll(request.url, answer);
    else this.#called(request, caller, answer);
  }

  #called(request: OutgoingRequest, caller: Instance, answer: Answer): void {
    const { oracle, trace, cms, timeline, chance, faults, count } = this.#world;
    const key = request.headers["idempotency-key"] ?? "";
    const body = request.body ?? "";
    const asked: Asked = JSON.parse(body);
    const item = asked.full ? null : (asked.webhookBody.item ?? null);
    const stored = this.#stored.get(key);
    oracle.calls.keyed(key, body);
    if (asked.trigger.type !== "retry") oracle.calls.settled(this, asked.syncId);
    trace.say(this.name, () => `called by ${caller.name} as ${key}${asked.full ? ", in full" : ` for ${item ?? "?"}`}`);
    if (this.plan.strict && stored !== undefined) {
      if (stored.body !== body) {
        answer(reply(422));
        return;
      }
      answer(stored.answer ?? reply(409));
      return;
    }
    if (this.plan.guarded && asked.fencingToken < this.#highest) {
      oracle.calls.refusedToken(this, asked.fencingToken);
      answer(reply(409));
      return;
    }
    this.#highest = Math.max(this.#highest, asked.fencingToken);
    const call: Call = {
      job: this,
      key,
      syncId: asked.syncId,
      fence: asked.fencingToken,
      full: asked.full,
      caller,
      began: timeline.stamp(),
      seen: cms.read(this.layer, this.plan.slug, item),
      effect: null,
      answered: null,
      failedOpenly: false,
    };
    this.calls.push(call);
    if (this.plan.poison) {
      caller.kill();
      return;
    }
    const entry: { body: string; answer: OutgoingAnswer | null } = { body, answer: null };
    this.#stored.set(key, entry);
    const end = (result: OutgoingAnswer): void => {
      entry.answer = result;
      answer(result);
    };
    if (chance.chance(faults.job.silent)) {
      count("job silent");
      if (chance.chance(0.5)) timeline.after(chance.int(1, 20 * MINUTE), () => this.#take(call));
      return;
    }
    if (this.plan.broken || chance.chance(faults.job.fails)) {
      count("job failed");
      timeline.after(chance.int(1, this.plan.work), () => end(chance.chance(0.3) ? BROKEN : reply(500)));
      return;
    }
    const slow = chance.chance(faults.job.slow);
    if (slow) count("job slow");
    const work = chance.int(1, slow ? chance.pick([20 * SECOND, MINUTE, 3 * MINUTE, 20 * MINUTE]) : this.plan.work);
    if (this.plan.style === "direct") timeline.after(work, () => this.#endDirectly(call, end));
    else this.#endLater(call, asked.callbackUrl, work, end);
  }

  #endDirectly(call: Call, end: Answer): void {
    const { chance, faults, count } = this.#world;
    const told = this.#take(call);
    if (chance.chance(faults.job.failsAfter)) {
      count("job failed after its effect");
      call.failedOpenly = chance.chance(0.5);
      end(call.failedOpenly ? reply(500) : BROKEN);
      return;
    }
    this.#told(call);
    end(reply(200, told));
  }

  #endLater(call: Call, callbackUrl: string, work: number, end: Answer): void {
    const { timeline, chance, faults, count } = this.#world;
    const run = { call, answer: null as OutgoingAnswer | null };
    const location = `/runs/${this.name}/${this.#runs.size}`;
    this.#runs.set(location, run);
    timeline.after(work, () => {
      const told = this.#take(call);
      const failed = chance.chance(faults.job.failsAfter);
      if (failed) count("job failed after its effect");
      call.failedOpenly = failed;
      run.answer = failed ? reply(400) : reply(200, told);
      if (this.plan.style === "parked") this.#report(call, callbackUrl, failed ? '{"error":"it broke"}' : told);
    });
    timeline.after(chance.int(1, 200), () => {
      if (chance.chance(faults.job.failsAfter / 2)) {
        end(BROKEN);
        return;
      }
      end(reply(202, "", this.plan.style === "polled" ? location : null));
    });
  }

  #poll(url: string, answer: Answer): void {
    const { chance, faults } = this.#world;
    const run = this.#runs.get(new URL(url).pathname);
    if (run === undefined) {
      answer(reply(404));
      return;
    }
    if (chance.chance(faults.job.fails / 2)) {
      answer(chance.pick([BROKEN, reply(503), reply(429)]));
      return;
    }
    if (run.answer === null) {
      answer(reply(chance.pick([202, 204])));
      return;
    }
    if (run.answer.kind === "answer" && run.answer.status === 200) this.#told(run.call);
    answer(run.answer);
  }

  /** Reports to the callback, again until it is taken; some jobs forget to, some do it twice. */
  #report(call: Call, url: string, text: string): void {
    const { chance, faults, timeline, platform, count } = this.#world;
    if (chance.chance(faults.job.forgets)) {
      count("callback forgotten");
      return;
    }
    const post = (triesLeft: number): void => {
      if (!text.includes("error")) this.#told(call);
      platform.callBack(url, text, (taken) => {
        if (!taken && triesLeft > 0) timeline.after(chance.int(SECOND, 30 * SECOND), () => post(triesLeft - 1));
      });
    };
    post(8);
    if (chance.chance(faults.job.twice)) {
      count("callback twice");
      timeline.after(chance.int(1, MINUTE), () => post(0));
    }
  }

  #told(call: Call): void {
    call.answered ??= this.#world.timeline.stamp();
  }

  /** Takes over what the call saw, and says so in its own way. */
  #take(call: Call): string {
    let fresh = false;
    for (const [item, revision] of call.seen) {
      const held = this.#synced.get(item) ?? [];
      this.#synced.set(item, held);
      if ((held.at(-1)?.revision ?? 0) >= revision) continue;
      if (!fresh) this.edition += 1;
      fresh = true;
      held.push({ revision, edition: this.edition });
    }
    const { timeline, trace } = this.#world;
    call.effect = { stamp: timeline.stamp(), edition: fresh ? this.edition : null };
    trace.say(this.name, () => `effect of ${call.key}: ${fresh ? `edition ${this.edition}` : "nothing new"}`);
    if (this.plan.tells === "version") return JSON.stringify({ version: `${this.name} ${this.edition}` });
    return this.plan.tells === "changed" ? JSON.stringify({ changed: fresh }) : "";
  }
}
