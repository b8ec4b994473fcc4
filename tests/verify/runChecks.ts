import { CommandError } from "../../src/cli/cli.ts";
import { type Check, failed, type Verdict, type Visit } from "./check.ts";
import { STAGES } from "./checks.ts";
import { Unexpected } from "./liveSite.ts";

/** A check and what came of it. */
export interface Outcome extends Verdict {
  readonly name: string;
  readonly title: string;
  readonly proves: string;
  readonly seconds: number;
}

/** Runs one check. Throws `Interrupted` after Ctrl-C; everything else that goes wrong is a verdict. */
export const runCheck = async (check: Check, visit: Visit): Promise<Outcome> => {
  const { outside } = visit;
  const { name, title, proves } = check;
  const began = outside.now();
  const lacks = check.lacks(visit);
  const skipped: Verdict | null = lacks === null ? null : { result: "skipped", says: lacks, figures: {} };
  const verdict =
    skipped ??
    (await check.run(visit).catch((error: unknown) => {
      if (error instanceof Unexpected || error instanceof CommandError) return failed(error.message);
      throw error;
    }));
  const seconds = Math.round((outside.now() - began) / 1000);
  const mark = { passed: "ok ", failed: "!! ", skipped: "-- " }[verdict.result];
  outside.say(`${mark} ${title}`);
  outside.say(`     ${verdict.result === "passed" ? "" : `${verdict.result}: `}${verdict.says}`);
  return { ...verdict, name, title, proves, seconds };
};

/** Runs all checks, and hands over each outcome as it comes. Throws `Interrupted` after Ctrl-C. */
export const runChecks = async (
  visit: Visit,
  done: (outcome: Outcome) => void,
  stages: typeof STAGES = STAGES,
): Promise<void> => {
  for (const stage of stages) {
    const lanes = stage.map(async (lane) => {
      for (const check of lane) done(await runCheck(check, visit));
    });
    const ended = await Promise.allSettled(lanes);
    for (const lane of ended) if (lane.status === "rejected") throw lane.reason;
  }
};
