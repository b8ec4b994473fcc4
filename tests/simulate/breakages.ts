/** A deliberate breakage: the defence it removes, and the texts that do it. */
export interface Breakage {
  readonly name: string;
  /** The defence that is gone. */
  readonly without: string;
  readonly patches: readonly { readonly file: string; readonly from: string; readonly to: string }[];
}

const one = (name: string, without: string, file: string, from: string, to: string): Breakage => ({
  name,
  without,
  patches: [{ file, from, to }],
});

/** Every one of these must be caught; one that is not shows a law that is missing. */
export const breakages: readonly Breakage[] = [
  one(
    "skip the fence check",
    "a stale worker can record nothing",
    "src/core/settle.ts",
    "slot.running.fence === fence && slot.running.by",
    "slot.running.by",
  ),
  one(
    "trust a write without an answer",
    "an unknown outcome is read again",
    "src/store/update.ts",
    'if (put.kind === "written") return',
    'if (put.kind === "written" || put.kind === "unavailable") return',
  ),
  one(
    "forget one's own deliveries",
    "a delivery is recognised by its id after a lost reply",
    "src/core/accept.ts",
    "slot.recent.find(({ id }) => id === request.id)",
    "slot.recent.find(() => false)",
  ),
  one(
    "drop the retry when another sync is pending",
    "a failed source waits in a register of its own",
    "src/core/judge.ts",
    "if (tries >= RETRY_TRIES",
    "if (doubted.pending !== null || tries >= RETRY_TRIES",
  ),
  one(
    "leave due retries behind",
    "a claim takes every retry that is due",
    "src/core/claim.ts",
    "may ? takeRetries(",
    "may && pending === null ? takeRetries(",
  ),
  one(
    "delete at once",
    "a tombstone stays for a day",
    "src/app/drain.ts",
    "const TOMBSTONE_KEPT = DAY;",
    "const TOMBSTONE_KEPT = 0 * DAY;",
  ),
  {
    name: "read the clock once a loop",
    without: "each attempt has its own time",
    patches: [
      {
        file: "src/store/update.ts",
        from: "let firstRev: number | null = null;",
        to: "let firstRev: number | null = null; let firstNow: number | null = null;",
      },
      { file: "src/store/update.ts", from: "{ now: seen.now, rev", to: "{ now: (firstNow ??= seen.now), rev" },
    ],
  },
  one(
    "take the window as a distance",
    "a clock that is behind is within the window",
    "src/core/accept.ts",
    "attempt.now - standing.at <= TRIGGER_WINDOW",
    "Math.abs(attempt.now - standing.at) <= TRIGGER_WINDOW",
  ),
  one(
    "read eventually",
    "reads are linearizable",
    "tests/simulate/channel.ts",
    "this.#world.register.read(key))",
    "this.#world.register.readAsOf(key, this.#world.timeline.now - this.#world.chance.int(0, 1500)))",
  ),
  {
    name: "share a read in flight",
    without: "a read serves one request",
    patches: [
      {
        file: "src/store/update.ts",
        from: "export const drive = async",
        to: "const shared = new Map();\nexport const drive = async",
      },
      {
        file: "src/store/update.ts",
        from: "const found = await driver.store.read(step.key);",
        to: "const going = shared.get(step.key) ?? driver.store.read(step.key).finally(() => shared.delete(step.key)); shared.set(step.key, going); const found = await going;",
      },
    ],
  },
  one(
    "never renew the lease",
    "a living worker keeps its run",
    "src/core/durations.ts",
    "LEASE_RENEW = 8 * SECOND",
    "LEASE_RENEW = 800 * SECOND",
  ),
  one(
    "lose what is pending when a source fails",
    "pending leaves by a claim",
    "src/core/judge.ts",
    "const record = { attempts: tries",
    "doubted.pending = null; const record = { attempts: tries",
  ),
  {
    name: "answer before the write stands",
    without: "an answer waits for the store",
    patches: [
      { file: "src/app/publish.ts", from: "const newSyncId = deps", to: "let last; const newSyncId = deps" },
      {
        file: "src/app/publish.ts",
        from: "const wake = needsWake(accepted.slot, attempting.now, accepted.queued);",
        to: "const wake = false; last = answer(delivery, deliveryId, accepted, attempting.rev, warnings, wake);",
      },
      {
        file: "src/app/publish.ts",
        from: "    PUBLISH,\n  );",
        to: "    PUBLISH,\n  ).catch((error) => { if (last === undefined) throw error; return { result: last, wrote: true }; });",
      },
    ],
  },
  one(
    "forget the deadline of a job that reports",
    "no state is stuck for ever",
    "src/core/claim.ts",
    "deadline ?? 0);",
    "deadline === undefined ? 0 : deadline * 10);",
  ),
  one(
    "make keys without the token",
    "one key is one sequence of bytes",
    "src/app/callSource.ts",
    "{part.callFence}`;",
    "{0}`;",
  ),
  one(
    "believe that nothing changed",
    "an answer after an unseen effect counts as changed",
    "src/core/judge.ts",
    "outcome.changed !== false || own(slot.doubt, slug) !== undefined",
    "outcome.changed !== false",
  ),
  one(
    "drop what is owed unconfirmed",
    "an entry leaves its document once it stands in the archive",
    "src/app/settleOwed.ts",
    'error: "not appended" });\n        return [];',
    'error: "not appended" });\n        return [entry.id];',
  ),
  one(
    "narrow a merged ask",
    "two asks of a source are one in full",
    "src/core/accept.ts",
    "    full: true,\n    ...(body",
    "    full: newer.full,\n    ...(body",
  ),
  one(
    "give up after five tries",
    "an outage shorter than a quarter of an hour costs nothing",
    "src/core/judge.ts",
    "tries >= RETRY_TRIES && now >= part.since + RETRY_AT_LEAST",
    "tries >= RETRY_TRIES",
  ),
  one(
    "try again at once",
    "a failing source is left in peace",
    "src/core/judge.ts",
    "Math.min(RETRY_FIRST * 2 ** (tries - 1), RETRY_LAST)",
    "0 * RETRY_FIRST * RETRY_LAST * tries",
  ),
  one(
    "claim what is paused",
    "a paused layer starts nothing",
    "src/core/claim.ts",
    "const may = claimant.start && !slot.paused;",
    "const may = claimant.start;",
  ),
  one(
    "take over early",
    "clocks differ by seconds",
    "src/core/durations.ts",
    "CLOCK_SKEW = 5 * SECOND",
    "CLOCK_SKEW = 0 * SECOND",
  ),
  one(
    "begin the fence anew",
    "tokens rise over a tombstone",
    "src/core/layer.ts",
    "over === null ? 0 : over.fence + 1",
    "0",
  ),
  one(
    "count every lost worker as the first",
    "a source that kills its workers is given up",
    "src/core/judge.ts",
    "const lost = part.lost + 1;",
    "const lost = 1;",
  ),
  one(
    "wake from a read",
    "no more wakes than writes",
    "src/app/publish.ts",
    "warnings, false) };",
    "warnings, true) };",
  ),
  one(
    "strip what is not known",
    "fields of a later release survive",
    "src/core/layer.ts",
    "export const sourceSchema = z.looseObject(",
    "export const sourceSchema = z.object(",
  ),
  one("write without a condition", "every write is conditional", "src/store/blobs.ts", "{ onlyIfNew: true }", "{}"),
  one(
    "forget the build of a run that crashed",
    "a change is built at least once",
    "src/core/claim.ts",
    "slot: oweBuild(judged, builds,",
    "slot: oweBuild({ ...judged, changed: [] }, builds,",
  ),
];
