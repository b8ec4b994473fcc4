import { CHECKS } from "./checks.ts";
import type { Outcome } from "./runChecks.ts";

/** What a run was, beside its outcomes. */
export interface Run {
  readonly startedAt: string;
  readonly endedAt: string;
  /** What was looked at: a site that was made for it, or one at a URL. */
  readonly target: string;
  /** This release, and its commit if it is known. */
  readonly version: string;
  readonly commit: string | null;
  readonly node: string;
  /** What deployed it; null: nothing did. */
  readonly cli: string | null;
  /** Why the run ended before its end; null: it did not. */
  readonly broken: string | null;
  /** What is left of it and must be deleted by hand. */
  readonly left: readonly string[];
}

export interface Report extends Run {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly checks: readonly Outcome[];
}

/** A run and its outcomes, in the order of the checks. A check that never ran counts as skipped, with the reason. */
export const reportOf = (run: Run, outcomes: readonly Outcome[]): Report => {
  const checks = CHECKS.map(({ name, title, proves }): Outcome => {
    const says = `the run ended before it: ${run.broken ?? "unknown"}`;
    const outcome = outcomes.find((one) => one.name === name);
    return outcome ?? { name, title, proves, result: "skipped", says, figures: {}, seconds: 0 };
  });
  const count = (result: Outcome["result"]): number => checks.filter((check) => check.result === result).length;
  return { ...run, passed: count("passed"), failed: count("failed"), skipped: count("skipped"), checks };
};

/** The counts of a report, in words. */
export const summaryOf = ({ passed, failed, skipped }: Report): string =>
  `${passed} passed, ${failed} failed, ${skipped} skipped`;

const cell = (text: string): string => text.replaceAll("|", "\\|").replaceAll(/\s*\n\s*/g, " ");

const figuresOf = ({ figures }: Outcome): string =>
  Object.entries(figures)
    .map(([name, value]) => `${name} ${value}`)
    .join(", ");

/** A report to be read. */
export const markdownOf = (report: Report): string => {
  const { startedAt, endedAt, target, version, commit, node, cli, broken, left, checks } = report;
  const facts = [
    `- Looked at: ${target}`,
    `- Layerhook ${version}${commit === null ? "" : ` at ${commit}`}, Node ${node}${cli === null ? "" : `, ${cli}`}`,
    `- From ${startedAt} to ${endedAt}`,
    `- ${summaryOf(report)}`,
    ...(broken === null ? [] : [`- The run was broken off: ${cell(broken)}`]),
    ...left.map((what) => `- Not deleted: ${cell(what)}`),
  ];
  const rows = checks.map((check) => {
    const cells = [check.result, check.title, cell(check.says), figuresOf(check), check.proves];
    return `| ${cells.join(" | ")} |`;
  });
  const head = ["| result | law | seen | figures | proves |", "|---|---|---|---|---|"];
  return [`# Live check of ${startedAt.slice(0, 10)}`, "", ...facts, "", ...head, ...rows, ""].join("\n");
};
