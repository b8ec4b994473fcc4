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
    "believe the clock that stood still",
    "of two clocks the larger gap counts",
    LEASE,
    "Math.max(at.now - lease.now, at.elapsed - lease.elapsed)",
    "at.elapsed - lease.elapsed",
  ),
  one(
    "count a claimed lease from its discovery",
    "a lease began when its claim was decided",
    LEASE,
    "const began = leaseUntil - LEASE;",
    "const began = leaseUntil - LEASE + (now - leaseUntil + LEASE);",
  ),
  one(
    "claim without time for a call",
    "a claim leaves time for a full call",
    TIME_LEFT,
    "left >= FULL_CALL",
    "left >= 0 * FULL_CALL",
  ),
  one(
    "stay until the platform ends the worker",
    "a worker hands its run over before its time is up",
    TIME_LEFT,
    "left <= HAND_OVER",
    "left <= -1e12 * HAND_OVER",
  ),
  one(
    "start although nothing more can be owed",
    "a claim starts nothing while the outbox has no room",
    CLAIM_WORK,
    "start: hasTime && hasRoom(holder)",
    "start: hasTime",
  ),
  one(
    "call the build hook for what a deploy shows",
    "somebody else's deploy is taken for the build that waits",
    CLAIM_WORK,
    'holder.kind === "site" && hasRoom(holder) ? coverByDeploy(holder, attempt) : null',
    "null",
  ),
  one(
    "fail for a site that nobody wants",
    "a site that was disconnected meanwhile fails nothing",
    RECORD_RUN,
    'outcome !== "missing" ||',
    "true ||",
  ),
  one(
    "go when the run is another's",
    "a worker that finds itself fenced claims once more",
    MACHINE,
    'note: { kind: "fenced", run } }], claim(worker, 0, at));',
    'note: { kind: "fenced", run } }], stop(worker));',
  ),
  one(
    "let calls go on under a lost lease",
    "open calls end when the lease is lost",
    MACHINE,
    "if (!isLost(calling.lease, at)) return go(worker",
    "if (calling.lease !== null) return go(worker",
  ),
  one(
    "hear the calls of an earlier run",
    "what an ended call still tells is not of this run",
    MACHINE,
    'if ("fence" in happened && happened.fence !== run.fence) return stay(worker);',
    "",
  ),
  one(
    "forget the outcome before the last",
    "every outcome is recorded",
    MACHINE,
    "outcomes: { ...calling.outcomes, [slug]: outcome }",
    "outcomes: { [slug]: outcome }",
  ),
  one(
    "write a job's place with the next renewal",
    "where to poll is written at once",
    MACHINE,
    '    case "polled":\n      return learn(worker, {\n        ...calling,\n        urgent: true,',
    '    case "polled":\n      return learn(worker, {\n        ...calling,',
  ),
  one(
    "write that a job reports with the next renewal",
    "that a job reports by itself is written at once",
    MACHINE,
    'progress.kind === "parked" || open.length === 0',
    "open.length === 0",
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
    "claim the next run under another name each time",
    "the claim that rides on a run's last write has one id for all attempts",
    MACHINE,
    '{ do: "record", fence: run.fence, news, nextBy }',
    '{ do: "record", fence: run.fence, news, nextBy: at.id }',
  ),
  one(
    "leave every burst to the tick",
    "a woken worker waits until a burst is gathered",
    MACHINE,
    "if (wait > PATIENCE[holder.kind]) return stop(worker);",
    "if (wait > 0 * PATIENCE[holder.kind]) return stop(worker);",
  ),
  one(
    "go while records are on their way",
    "a worker ends after its appends",
    STEPPING,
    "worker.appending > 0 ?",
    "worker.appending > 1000 ?",
  ),
  {
    name: "record before the cache is purged",
    without: "a run is over when both its sites were asked and its tags were purged",
    patches: [
      { file: ASK_SITES, from: "if (asked === null || purged === null)", to: "if (asked === null)" },
      { file: ASK_SITES, from: 'purged.kind === "left"', to: 'purged?.kind === "left"' },
      { file: ASK_SITES, from: "purge: purged.purge,", to: "purge: purged?.purge ?? null," },
    ],
  },
  one(
    "take sites that were not reached for asked",
    "every site is asked before the run is over",
    ASK_SITES,
    'if (asked === "given up" || purged.kind === "left") return stop(worker);',
    'if (asked === "given up" || purged.kind === "left") return recordAsked(worker, { ...asking, asked: [], purged: { kind: "done", purge: null } }, at);',
  ),
  one(
    "leave the sites to the tick",
    "whoever filled a site's slot works it",
    ASK_SITES,
    'asked.filter(({ outcome }) => outcome === "queued")',
    "asked.slice(asked.length)",
  ),
  one("never be nudged", "what must be recorded at once is", DRIVER, "        this.#alarm.abort();\n", ""),
  one(
    "end no calls",
    "a worker that leaves ends its calls",
    DRIVER,
    "        this.#calls.abort();\n        this.#calls = new",
    "        this.#calls = new",
  ),
  one(
    "call whatever the lease says",
    "no call begins under a lease that is not sure",
    DRIVER,
    "phase.run.fence === fence && mayCall(phase.lease, this.#moment())",
    "phase.run.fence === fence",
  ),
  one(
    "take a record that was not confirmed for one that was refused",
    "the lease decides how long the store may fail to confirm a record",
    DRIVER,
    '      return { kind: "recorded" };',
    '      return { kind: "recorded", written: null };',
  ),
  one(
    "drop what may not have been appended",
    "an entry leaves its document once it stands in the archive",
    DRIVER,
    "flushed.push(...(await appendOwed(this.#deps, this.#target, missing)));",
    "await appendOwed(this.#deps, this.#target, missing); flushed.push(...missing.map(({ id }) => id));",
  ),
];
