import { type Breakage, one } from "./breakage.ts";

const LEASE = "src/core/worker/lease.ts";
const TIME_LEFT = "src/core/worker/timeLeft.ts";
const CLAIM_WORK = "src/core/worker/claimWork.ts";
const RECORD_RUN = "src/core/worker/recordRun.ts";
const MACHINE = "src/core/worker/worker.ts";
const STEPPING = "src/core/worker/stepping.ts";
const ASK_SITES = "src/core/worker/askSites.ts";
const DRIVER = "src/app/worker/driveWorker.ts";

/** Defences in the worker's machine and in its driver. */
export const workerBreakages: readonly Breakage[] = [
  one(
    "call under a lease that is not sure",
    "no call begins twenty seconds after the last renewal",
    LEASE,
    "leaseAge(lease, at) < LEASE_NO_NEW_CALL",
    "leaseAge(lease, at) < 100 * LEASE_NO_NEW_CALL",
  ),
  one(
    "stay until the platform ends the worker",
    "a worker hands its run over before its time is up",
    TIME_LEFT,
    "left <= HAND_OVER",
    "left <= -1e12 * HAND_OVER",
  ),
  {
    ...one(
      "forget the sites of a call that is run again",
      "a worker that was lost at a site is taken over when the platform runs its call again",
      "src/app/worker/work.ts",
      "isRunAgain ? await sitesOf(deps, target) : []",
      "[] as string[]",
    ),
    seed: 808,
  },
  one(
    "write no take-over that starts nothing",
    "a claim that finds nothing to start writes what it ended on the way",
    CLAIM_WORK,
    '(result.kind === "idle" && result.slot !== owner.slot)',
    "false",
  ),
  one(
    "hand nothing over",
    "a run that is handed over is free at once",
    RECORD_RUN,
    "change: slot === null ? null : { slot, ended: [] }, result",
    "change: null, result",
  ),
  one(
    "let calls go on under a lost lease",
    "open calls end when the lease is lost",
    MACHINE,
    "if (!isLost(calling.lease, at)) return go(worker",
    "if (calling.lease !== null) return go(worker",
  ),
  one(
    "forget the outcome before the last",
    "every outcome is recorded",
    MACHINE,
    "outcomes: { ...calling.outcomes, [slug]: outcome }",
    "outcomes: { [slug]: outcome }",
  ),
  {
    name: "keep a run that nobody calls",
    without: "a worker whose calls were ended hands its run over",
    patches: [
      { file: MACHINE, from: "const leaving = ended || (", to: "const leaving = !ended && (" },
      { file: MACHINE, from: "if (!record.leaving && !calling.ended) return", to: "if (!record.leaving) return" },
    ],
  },
  one(
    "leave every burst to the tick",
    "a woken worker waits until a burst is gathered",
    MACHINE,
    "if (wait > PATIENCE[owner.kind]) return stop(worker);",
    "if (wait > 0 * PATIENCE[owner.kind]) return stop(worker);",
  ),
  one(
    "claim under one name for all",
    "each claim has an id of its own",
    STEPPING,
    '{ do: "claim", by: id }',
    '{ do: "claim", by: "one" }',
  ),
  one(
    "take sites that were not reached for asked",
    "every site is asked before the run is over",
    ASK_SITES,
    'if (asked === "given up" || purged.kind === "left") return stop(worker);',
    'if (asked === "given up" || purged.kind === "left") return recordAsked(worker, { ...asking, asked: [], purged: { kind: "done", purge: null } }, at);',
  ),
  one(
    "take a record that stands for one that was not confirmed",
    "a confirmed record renews the lease",
    DRIVER,
    '      return { kind: "recorded", written };',
    '      void written; return { kind: "recorded" };',
  ),
  one(
    "drop what may not have been appended",
    "an entry leaves its document once it stands in the archive",
    DRIVER,
    "flushed.push(...(await appendOwed(this.#deps, this.#target, missing)));",
    "await appendOwed(this.#deps, this.#target, missing); flushed.push(...missing.map(({ id }) => id));",
  ),
];
