import type { Slot } from "../../src/core/slot/slot.ts";
import type { Sync } from "../../src/core/slot/sync.ts";

/** Every record in a slot that may have a field of a later release, each under a name that does not change. */
export const things = (slot: Slot, ended: readonly Sync[]): Map<string, Record<string, unknown>> => {
  const found = new Map<string, Record<string, unknown>>([["slot", slot]]);
  const sync = (record: Sync) => {
    found.set(`sync ${record.id}`, record);
    found.set(`trigger ${record.trigger.id}`, record.trigger);
    for (const [slug, part] of Object.entries(record.parts)) found.set(`part ${slug} of the sync ${record.id}`, part);
    // A later run of the same sync may ask for a build again, and then has another cause.
    for (const cause of record.causes ?? []) found.set(`cause ${cause.syncId} of ${record.id}`, cause);
  };
  for (const record of [...Object.values(slot.open), ...ended]) sync(record);
  for (const known of slot.recent) found.set(`remembered ${known.id}`, known);
  const { pending, running, build } = slot;
  if (pending !== null) {
    found.set(`pending ${pending.syncId}`, pending);
    found.set(`trigger ${pending.trigger.id}`, pending.trigger);
    for (const [slug, ask] of Object.entries(pending.asks)) found.set(`ask ${slug} of ${pending.syncId}`, ask);
    for (const cause of pending.causes ?? []) found.set(`cause ${cause.syncId} of ${pending.syncId}`, cause);
  }
  if (running !== null) found.set(`run ${running.startRev}`, running);
  for (const [slug, debt] of [...Object.entries(running?.parts ?? {}), ...Object.entries(slot.retry)]) {
    found.set(`debt ${slug} of ${debt.syncId}`, debt);
    found.set(`ask ${slug} of ${debt.syncId}`, debt.ask);
  }
  if (build !== null) found.set(`build ${build.id}`, build);
  for (const [month, counts] of Object.entries(slot.usage ?? {})) found.set(`usage of ${month}`, counts);
  return found;
};

/** The slot as a later release could have written it: every record has a field that this release does not know. */
export const withFutureFields = (slot: Slot): Slot => {
  const copy = structuredClone(slot);
  for (const [name, thing] of things(copy, [])) thing["future"] = name;
  return copy;
};

/** Names of the records in both slots that have lost the field of the later release. */
export const stripped = (before: Slot, after: Slot, ended: readonly Sync[]): string[] => {
  const remaining = things(after, ended);
  return [...things(before, [])].flatMap(([name, { future }]) => {
    const thing = remaining.get(name);
    return future !== undefined && thing !== undefined && thing["future"] !== future ? [name] : [];
  });
};
