import { own } from "../../../src/core/slot/slot.ts";
import type { Counts, Usage } from "../../../src/core/usage/usage.ts";
import type { Document } from "../records/ledger.ts";
import type { World } from "../world/world.ts";
import type { Fail, Step } from "./slot.ts";

const counted = ["asked", "deliveries", "coalesced", "started", "unchanged", "builds"] as const;
type Totals = Record<(typeof counted)[number], number>;

const NOTHING: Totals = { asked: 0, deliveries: 0, coalesced: 0, started: 0, unchanged: 0, builds: 0 };

const usageOf = (document: Document): Usage =>
  (document.kind === "layer" || document.kind === "site" ? document.slot.usage : document.usage) ?? {};

const totalsOf = (document: Document): Totals => {
  const months = Object.values<Counts>(usageOf(document));
  const total = (name: (typeof counted)[number]) => months.reduce((sum, counts) => sum + (counts[name] ?? 0), 0);
  return {
    asked: total("asked"),
    deliveries: total("deliveries"),
    coalesced: total("coalesced"),
    started: total("started"),
    unchanged: total("unchanged"),
    builds: total("builds"),
  };
};

/** The builds that each month saved. */
const savedIn = (document: Document): Map<string, number> =>
  new Map(Object.entries(usageOf(document)).map(([month, { saved = 0 }]) => [month, saved]));

/** What this write did, by what it wrote. */
const doneIn = ({ before, after, ended, role }: Step): Totals => {
  const merged = after.pending !== null && after.pending.syncId === before.pending?.syncId;
  const asks = (after.pending?.deliveries ?? 0) - (merged ? (before.pending?.deliveries ?? 0) : 0);
  const claimed = [...Object.values(after.open), ...ended].filter(
    ({ id, claimRev }) => claimRev !== null && own(before.open, id) === undefined,
  );
  const unchanged = ended.filter(({ parts }) => {
    const all = Object.values(parts);
    return all.length > 0 && all.every((part) => part.status === "succeeded" && part.changed === false);
  });
  const [was, is] = [before.spent, after.spent];
  return {
    asked: asks,
    deliveries: role === "publish" ? asks : 0,
    coalesced: merged ? asks : 0,
    started: claimed.length,
    unchanged: unchanged.length,
    builds: (is?.thisMonth ?? 0) - (was?.month === is?.month ? (was?.thisMonth ?? 0) : 0),
  };
};

/** Counts are told to people as what was done: they must be just what was written, whatever was lost on the way. */
export class UsageLaws {
  readonly #totals = new Map<string, Totals>();
  readonly #saved = new Map<string, Map<string, number>>();

  /** `step`: null for a document without a slot. */
  committed(key: string, is: Document, step: Step | null, fail: Fail): void {
    const expected = { ...(this.#totals.get(key) ?? NOTHING) };
    const done = step === null ? NOTHING : doneIn(step);
    for (const name of counted) expected[name] += done[name];
    this.#totals.set(key, expected);
    const saved = savedIn(is);
    for (const [month, before] of this.#saved.get(key) ?? []) {
      const now = saved.get(month) ?? 0;
      if (now < before) fail("saved builds never fall", `${before} builds were saved in ${month}, and now ${now}`);
    }
    this.#saved.set(key, saved);
    const found = totalsOf(is);
    for (const name of counted) {
      if (found[name] !== expected[name]) {
        fail("usage counts what was written", `${found[name]} ${name}, but there were ${expected[name]}`);
      }
    }
  }

  /** At rest: no build that a hook owned up to is missing. */
  ended({ sites, oracle }: World): void {
    const layers = [...this.#totals].filter(([key]) => key.startsWith("layers/"));
    const asked = layers.reduce((sum, [, totals]) => sum + totals.asked, 0);
    for (const { id, number, builds } of sites) {
      const counted = this.#totals.get(`sites/${id}`)?.builds ?? 0;
      const made = builds.filter(({ refused, foreign }) => !refused && !foreign).length;
      if (counted < made) oracle.fail("every build is counted", `${counted} of ${made} of site ${number}`);
      const saved = [...(this.#saved.get(`sites/${id}`)?.values() ?? [])].reduce((sum, one) => sum + one, 0);
      if (saved > asked) oracle.fail("no build is saved that nobody asked for", `${saved} of site ${number}`);
    }
  }
}
