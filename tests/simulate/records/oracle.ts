import { uidOf } from "../../../src/core/layer/layer.ts";
import type { Owed } from "../../../src/core/owed.ts";
import { nextDue } from "../../../src/core/slot/nextDue.ts";
import { emptySlot, own } from "../../../src/core/slot/slot.ts";
import { partsOf, type SlotOwner } from "../../../src/core/slotOwner.ts";
import type { Published as PublishAnswer } from "../../../src/core/webhook/takeDelivery.ts";
import { auditKey, buildKey, LAYERS, layerKey, SITES, syncKey } from "../../../src/store/keys.ts";
import { stripped } from "../../support/future.ts";
import { answerLaws } from "../laws/answer.ts";
import { CallLaws } from "../laws/calls.ts";
import { leavesNoRecord } from "../laws/checks.ts";
import { CrowdLaws } from "../laws/crowd.ts";
import { auditLaws, documentLaws, removalLaws } from "../laws/document.ts";
import { buildEndIsOwed, endIsOwed } from "../laws/messages.ts";
import { NewsLaws } from "../laws/news.ts";
import { CLOCK_SKEW } from "../laws/numbers.ts";
import { openCallLaws, reportLaws } from "../laws/openCalls.ts";
import { wasGone } from "../laws/rest.ts";
import { deployLaws } from "../laws/sites/deploys.ts";
import { promptLaws } from "../laws/sites/pace.ts";
import { PacingLaws } from "../laws/sites/pacing.ts";
import { newIn, type Step, slotLaws } from "../laws/slot.ts";
import { UsageLaws } from "../laws/usage.ts";
import { WebhookLaws } from "../laws/webhooks.ts";
import { shape } from "../shape.ts";
import type { Instance } from "../world/instance.ts";
import type { World } from "../world/world.ts";
import { type Document, holderOf, Ledger, type Promised } from "./ledger.ts";
import type { Commit } from "./register.ts";

export interface Violation {
  readonly law: string;
  readonly detail: string;
}

/** An answer to a delivery, with all that its laws look at. */
export interface Answered {
  readonly promised: Omit<Promised, "syncId" | "answered">;
  readonly webhookId: string | null;
  readonly body: boolean;
  readonly instance: Instance;
  /** By the clock of the process that answered. */
  readonly receivedAt: number;
  readonly result: PublishAnswer;
}

/** Watches everything that is written, answered and called, and says what breaks a promise. */
export class Oracle {
  readonly ledger = new Ledger();
  violation: Violation | null = null;
  readonly #world: World;
  readonly #claimants = new Map<string, Instance>();
  readonly #commits = new Map<Instance, number>();
  readonly #recognised = new Map<string, string>();
  readonly crowd: CrowdLaws;
  readonly calls: CallLaws;
  readonly pacing: PacingLaws;
  readonly usage = new UsageLaws();
  readonly webhooks = new WebhookLaws(this.ledger);
  readonly #news: NewsLaws;

  constructor(world: World) {
    this.#world = world;
    this.crowd = new CrowdLaws(world);
    this.calls = new CallLaws(world);
    this.pacing = new PacingLaws(world);
    this.#news = new NewsLaws(world);
  }

  /** A process opens its store. */
  touches({ name, home }: Instance): void {
    if (home.place.kind === "site" && (home.deploy.context !== "production" || !home.published)) {
      this.fail("P12: only the published deploy touches production", `${name} of ${home.deploy.name}`);
    }
  }

  readonly fail = (law: string, detail: string): void => {
    this.violation ??= { law, detail };
    this.#world.trace.say("LAW BROKEN", () => `${law}: ${detail}`);
  };

  committed(commit: Commit): void {
    const { key, before, after, writer } = commit;
    const { timeline, trace } = this.#world;
    this.#commits.set(writer.instance, (this.#commits.get(writer.instance) ?? 0) + 1);
    if (!key.startsWith(LAYERS) && !key.startsWith(SITES)) return;
    const was = this.ledger.latest(key);
    const is: Document | null = after === null ? null : JSON.parse(after);
    this.ledger.remember(commit, timeline.now, is);
    trace.say(writer.instance.name, () => `wrote ${key} at revision ${is?.rev ?? "removed"}${is ? shape(is) : ""}`);
    const fail = (law: string, detail: string): void => this.fail(law, `${key} at revision ${is?.rev}: ${detail}`);
    if (is === null) {
      if (was !== null) removalLaws(was, writer.wall, fail);
      return;
    }
    if (before === null && (this.ledger.versions.get(key)?.length ?? 0) > 1) this.#reborn(is, fail);
    if (was !== null) documentLaws(was, is, after?.length ?? 0, fail);
    const fresh = is.owed.filter(({ id }) => was?.owed.some((entry) => entry.id === id) !== true);
    auditLaws(was, is, fresh, fail);
    if (was?.kind === "layer" && is.kind === "layer") {
      this.webhooks.committed(was, is, fresh, writer.instance, writer.wall, fail);
    }
    this.#owes(commit, was, is, fresh, fail);
    const holder = holderOf(is);
    if (holder === null) this.usage.committed(key, is, null, fail);
    else this.#slot(commit, holderOf(was), holder, fresh, fail);
  }

  /** A document under an id that was used and removed: only a person may have made it, after the removal. */
  #reborn({ id }: Document, fail: (law: string, detail: string) => void): void {
    const removed = this.ledger.versions.get(layerKey(id))?.findLast(({ document }) => document === null)?.stamp ?? 0;
    const asked = this.ledger.acts.some((act) => act.kind === "add" && act.id === id && act.began > removed);
    if (!asked) fail("P10: nothing deleted comes back", `${id} stands again`);
  }

  #owes(
    { stamp }: Commit,
    was: Document | null,
    is: Document,
    fresh: readonly Owed[],
    fail: (law: string, detail: string) => void,
  ): void {
    const keyOf = (owed: Owed): string =>
      owed.kind === "audit"
        ? auditKey(owed.entry)
        : is.kind === "site" || is.kind === "site-tombstone"
          ? buildKey(is.id, owed.id)
          : syncKey(is.id, owed.id);
    for (const entry of fresh) {
      const text = JSON.stringify(entry.kind === "audit" ? entry.entry : entry.record);
      const first = this.ledger.owed.get(keyOf(entry));
      if (first === undefined) this.ledger.owed.set(keyOf(entry), { id: is.id, text, stamp });
      else fail("P9: an entry is owed once", entry.id);
    }
    const gone = is.kind === "layer-tombstone" || is.kind === "site-tombstone";
    for (const entry of was?.owed ?? []) {
      if (is.owed.some(({ id }) => id === entry.id) || (gone && entry.kind === "sync")) continue;
      if (this.#world.register.read(keyOf(entry)) === null)
        fail("P9: what is owed is appended before it is dropped", entry.id);
    }
    const [held, holds] = [holderOf(was), holderOf(is)];
    if (held === null || holds === null) return;
    for (const [id, sync] of Object.entries(held.slot.open)) {
      const recorded = own(holds.slot.open, id) !== undefined || fresh.some((entry) => entry.id === id);
      const kept = recorded || leavesNoRecord(sync, held.slot, holds.slot);
      if (!kept) fail("P7: every sync leaves a record", id);
    }
  }

  #slot(
    commit: Commit,
    was: SlotOwner | null,
    is: SlotOwner,
    fresh: readonly Owed[],
    fail: (law: string, detail: string) => void,
  ): void {
    const { key, writer, stamp } = commit;
    const before = was?.slot ?? emptySlot();
    const after = is.slot;
    const run = before.running;
    const claimant = run !== null && this.#claimants.get(`${key}#${run.fence}`) === writer.instance;
    const known = partsOf(is).known;
    const step: Step = {
      before,
      after,
      ended: fresh.flatMap((entry) => (entry.kind === "sync" ? [entry.record] : [])),
      parts: partsOf(is),
      removed: was === null ? [] : partsOf(was).known.filter((slug) => !known.includes(slug)),
      labels: was !== null && partsOf(was).known.length === 0,
      rev: is.rev,
      role: writer.instance.role,
      claimant,
      wall: writer.wall,
    };
    slotLaws(step, fail);
    if (is.kind === "layer") endIsOwed(was?.kind === "layer" ? was : null, is, fail);
    else buildEndIsOwed(was?.kind === "site" ? was : null, is, fail);
    if (writer.instance.home.deploy.release === "this") {
      const [lost] = stripped(before, after, step.ended);
      if (lost !== undefined) fail("P13: unknown fields survive", lost);
      if (was !== null && was.v > 1) fail("P13: older code never writes a document of a higher version", `v ${was.v}`);
    }
    for (const { id, syncId } of newIn(before, after)) {
      // A delivery that arrived while the layer was deleted and made anew may stand in both.
      const ask = `${key}#${is.kind === "layer" ? uidOf(is) : ""}#${id}`;
      const known = this.#recognised.get(ask) ?? syncId;
      this.#recognised.set(ask, known);
      if (known !== syncId) fail("H10: one ask is one sync", `${id} was given ${known} and ${syncId}`);
    }
    openCallLaws(step, fail);
    reportLaws(step, this.calls.reportOf(writer.instance), fail);
    this.#news.committed(is, step, fail);
    this.usage.committed(key, is, step, fail);
    if (is.kind === "site") {
      this.pacing.committed(is, step, fail);
      deployLaws(this.#world, is, step, fail);
    }
    this.crowd.committed(key, step, writer, stamp);
    if (
      this.#world.faults.sick !== null &&
      before.running === null &&
      after.running !== null &&
      !this.#world.isSick(key)
    ) {
      promptLaws(this.#world, key, Math.max(nextDue(before, step.parts), was?.at ?? 0));
    }
    if (after.running?.by != null && after.running.fence !== run?.fence) {
      this.#claimants.set(`${key}#${after.running.fence}`, writer.instance);
    }
    this.#note(step, is.id, stamp);
    if (
      run?.by != null &&
      !claimant &&
      after.running?.fence !== run.fence &&
      run.leaseUntil + CLOCK_SKEW < writer.wall
    ) {
      this.ledger.takeOvers.push({ id: is.id, stamp });
      this.#world.count("taken over");
    }
  }

  /** What the laws at rest look back on. */
  #note({ before, after, ended, role }: Step, id: string, stamp: number): void {
    const { ledger } = this;
    const syncs = [...Object.values(after.open), ...ended];
    for (const sync of syncs) {
      const old = own(before.open, sync.id);
      if (old === undefined && sync.claimRev !== null) this.#world.count("syncs");
      if (sync.cancelled === true && old?.cancelled !== true && role === "person") ledger.cancels.push({ id, stamp });
      for (const [slug, { status }] of Object.entries(sync.parts)) {
        if (own(old?.parts ?? {}, slug)?.status === status) continue;
        if (status === "failed") this.#world.count("given up");
        if (status === "failed") ledger.givenUp.push({ layerId: id, slug, stamp });
        const part = own(before.running?.parts ?? {}, slug);
        if (status !== "succeeded" || part === undefined) continue;
        const callKey = `${part.syncId}/${slug}/${part.callFence}`;
        ledger.successes.push({ layerId: id, slug, key: callKey, build: part.build, stamp });
      }
    }
  }

  answered(answered: Answered): void {
    const { timeline, register } = this.#world;
    const stamp = timeline.stamp();
    const { skew, jump } = this.#world.plan.faults.process;
    const commits = this.#commits.get(answered.instance) ?? 0;
    answerLaws(this.ledger, answered, stamp, commits, this.fail, skew === 0 && jump === 0);
    const { result, promised } = answered;
    if (result.kind !== "accepted") return;
    this.ledger.promises.push({ ...promised, syncId: result.syncId, answered: stamp });
    const document = this.ledger.latest(layerKey(promised.layerId));
    // Made anew under the same id before the answer arrived, the layer does not know the syncs of the one before.
    if (document?.kind !== "layer" || wasGone(this.#world, promised.layerId, promised.arrived)) return;
    const { slot, owed } = document;
    const found =
      slot.pending?.syncId === result.syncId ||
      own(slot.open, result.syncId) !== undefined ||
      owed.some(({ id }) => id === result.syncId) ||
      register.read(syncKey(promised.layerId, result.syncId)) !== null;
    if (!found) this.fail("P7: an answered id is found at once", result.syncId);
  }

  /** A person was promised a sync. */
  asked(promised: Answered["promised"], syncId: string): void {
    this.ledger.promises.push({ ...promised, syncId, answered: this.#world.timeline.stamp() });
  }

  /** What runs under a process: the document and its fence. */
  runsOf(instance: Instance): Map<string, number> {
    const runs = new Map<string, number>();
    for (const key of this.ledger.versions.keys()) {
      const running = holderOf(this.ledger.latest(key))?.slot.running;
      if (running?.by == null) continue;
      if (this.#claimants.get(`${key}#${running.fence}`) === instance) runs.set(key, running.fence);
    }
    return runs;
  }

  /** A process calls for a worker. */
  woken(caller: Instance): void {
    this.calls.woken(caller, this.#commits.get(caller) ?? 0);
  }
}
