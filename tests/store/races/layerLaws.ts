import { CLOCK_SKEW } from "../../../src/core/durations.ts";
import type { Owed } from "../../../src/core/owed.ts";
import { own } from "../../../src/core/slot/slot.ts";
import type { Sync } from "../../../src/core/slot/sync.ts";
import { auditKey, layerKey, syncKey } from "../../../src/store/keys.ts";
import { must } from "../../support/builders.ts";
import { slotFault } from "../../support/slotFault.ts";
import { LAYER, type LayerRace } from "./layerRace.ts";
import { commitsOf } from "./portLaws.ts";

/** A document's versions follow one another: one revision each, and a fence that never falls. */
export const versionsFollow = (on: LayerRace): void => {
  let fence = 0;
  for (const [index, { rev, slot }] of on.versions().entries()) {
    if (rev !== index + 1) throw new Error(`version ${index + 1} calls itself ${rev}`);
    if (slot.fence < fence) throw new Error(`the fence fell to ${slot.fence}`);
    const fault = slotFault(slot);
    if (fault !== null) throw new Error(fault);
    fence = slot.fence;
  }
};

/**
 * Every answer names a sync that stood pending at the revision it was decided on, which is no older than the request;
 * that sync is pending still, or was claimed by a later revision.
 */
export const deliveriesAreKept = (on: LayerRace): void => {
  const versions = on.versions();
  for (const { by, since, accepted } of on.answered) {
    const { syncId, revision } = accepted;
    if (revision < since) throw new Error(`${by} was answered from revision ${revision}, though ${since} stood`);
    const at = versions[revision - 1];
    if (at?.slot.pending?.syncId !== syncId)
      throw new Error(`${by} was promised ${syncId}, not pending at ${revision}`);
    const left = versions.slice(revision).find(({ slot }) => slot.pending?.syncId !== syncId);
    if (left === undefined) continue;
    const record: Sync | undefined =
      own(left.slot.open, syncId) ?? left.owed.flatMap((owed) => (owed.kind === "sync" ? [owed.record] : []))[0];
    if (record?.id !== syncId || record.claimRev !== left.rev)
      throw new Error(`${syncId} left the slot of ${by} unclaimed`);
  }
};

/** A fence stands in the store and has one claimant: there, among the workers, and among the calls that jobs get. */
export const fencesAreHeldAlone = (on: LayerRace): void => {
  const holders = new Map<string, string>();
  const hold = (what: string, by: string) => {
    const holder = holders.get(what) ?? by;
    if (holder !== by) throw new Error(`${what} is held by ${holder} and by ${by}`);
    holders.set(what, by);
  };
  for (const { slot } of on.versions()) {
    const { running } = slot;
    if (running !== null && running.by !== null) hold(`fence ${running.fence} in the document`, running.by);
  }
  const known = new Set(on.versions().map(({ slot }) => slot.running?.fence));
  for (const { by, fact } of on.facts) {
    if (fact.kind !== "run.claimed") continue;
    if (!known.has(fact.fence)) throw new Error(`${by} works under fence ${fact.fence}, which the store never had`);
    hold(`fence ${fact.fence}`, by);
  }
  for (const { by, key } of on.jobs) hold(`the call ${key}`, by);
};

/** Until its lease is over a run is renewed, told news and ended by its own claimant, and by nobody else. */
export const runsBelongToTheirClaimant = (on: LayerRace): void => {
  const claimants = new Map(
    on.facts.flatMap(({ by, fact }) => (fact.kind === "run.claimed" ? [[fact.fence, by]] : [])),
  );
  const writes = commitsOf(on.race.evidence).filter(({ key }) => key === layerKey(LAYER));
  const versions = on.versions();
  for (const [index, { at, slot }] of versions.entries()) {
    const run = versions[index - 1]?.slot.running ?? null;
    if (run === null || JSON.stringify(slot.running) === JSON.stringify(run)) continue;
    const writer = on.race.calls.find(({ id }) => id === writes[index]?.call)?.by;
    const over = run.leaseUntil + CLOCK_SKEW < at;
    if (!over && claimants.get(run.fence) !== writer)
      throw new Error(`${writer} changed the run of fence ${run.fence}`);
  }
};

/** A record is appended once and never written over; nothing owed is dropped before it stands in the archive. */
export const recordsStay = (on: LayerRace): void => {
  const commits = commitsOf(on.race.evidence);
  const keyOf = (owed: Owed) => (owed.kind === "audit" ? auditKey(owed.entry) : syncKey(LAYER, owed.id));
  const appended = commits.filter(({ key }) => key !== layerKey(LAYER));
  const keys = appended.map(({ key }) => key);
  if (new Set(keys).size !== keys.length) throw new Error(`a record was written over: ${keys.join(", ")}`);
  for (const { key, expected } of appended) if (expected !== "nothing") throw new Error(`${key} was not only created`);
  const versions = on.versions();
  const writes = commits.filter(({ key }) => key === layerKey(LAYER));
  for (const [index, { owed }] of versions.entries()) {
    const next = versions[index + 1];
    for (const entry of owed) {
      if (next === undefined || next.owed.some(({ id }) => id === entry.id)) continue;
      const before = commits.slice(0, commits.indexOf(must(writes[index + 1])));
      const key = keyOf(entry);
      const record = before.find((commit) => commit.key === key);
      const value = entry.kind === "audit" ? entry.entry : entry.record;
      if (record?.text !== JSON.stringify(value)) throw new Error(`${key} was dropped before it stood in the archive`);
    }
  }
};
