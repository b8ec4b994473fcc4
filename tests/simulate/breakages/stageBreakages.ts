import { type Breakage, one, tested } from "./breakage.ts";

const TOLD = "tests/api/records/stages.test.ts";
const STAGES = "tests/core/stage/buildStage.test.ts";

/** Defences of what is said of a publish: where it stands. */
export const stageBreakages: readonly Breakage[] = [
  one(
    "take any deploy for one that shows a publish",
    "a live publish is shown by a deploy that began after it",
    "src/core/stage/served.ts",
    "beganAfter(startedAt, { askedAt: after, deploy })",
    "startedAt >= 0",
  ),
  one(
    "take a deploy of a locked site for a served one",
    "a deploy that was not published is served to nobody",
    "src/core/stage/served.ts",
    'state === "ready" && published !== false',
    'state === "ready"',
  ),
  one(
    "say that a person cancelled where a source was removed",
    "a failed publish has a true reason",
    "src/core/stage/syncStage.ts",
    "reason: sync.cancelled === true ? CANCELLED : REMOVED",
    "reason: CANCELLED",
  ),
  one(
    "call a build that is served unconfirmed",
    "a publish is live when visitors are served its build",
    "src/core/stage/buildStage.ts",
    "if (first === undefined || !served.every((one) => showsBuild(one, build, after) === true)) return null;",
    "if (first === undefined || after >= 0) return null;",
  ),
  tested(
    STAGES,
    "call a build held that waits for its budget",
    "a build that its budget delays for longer than Netlify waits for the budget",
    "src/core/stage/buildStage.ts",
    'held !== undefined && (waitingFor === "credits" || waitingFor === "builds-stopped")',
    'held !== undefined && (waitingFor === "credits" || waitingFor !== "quiet")',
  ),
  tested(
    TOLD,
    "leave a delivery with its superseded sync",
    "a delivery follows its sync to the one that took over",
    "src/app/show/stages.ts",
    "const next = syncedInstead(found);",
    "const next = hops < 0 ? syncedInstead(found) : null;",
  ),
  tested(
    TOLD,
    "call a layer idle whose site failed",
    "a layer's status follows the worst of its sites",
    "src/core/stage/shownStatus.ts",
    "(troubleOf(stage) ?? status)",
    "(troubleOf(stage) === null ? status : status)",
  ),
  tested(
    TOLD,
    "say that a sync succeeded whose site failed",
    "no list says succeeded while a site fails, is held or is tried again",
    "src/core/stage/shownStatus.ts",
    'status === "succeeded" ? troubleOf(stage) : null',
    'status === "failed" ? troubleOf(stage) : null',
  ),
  tested(
    TOLD,
    "count only the deliveries that were written",
    "a single sync counts its deliveries in the log",
    "src/edge/api/views/syncView.ts",
    "deliveries: Math.max(written, counted.count),",
    "deliveries: written,",
  ),
];
