import type { Outcome } from "../../src/core/slot/slot.ts";
import { must } from "../support/builders.ts";
import type { Rules } from "./rules.ts";
import type { Job, Jobs, Task } from "./state.ts";

export const jobName = (document: number, slug: string): string => `${document}/${slug}`;

/** Every source's job as the world begins. */
export const newJobs = ({ layers }: Rules): Jobs => {
  const fresh: Job = { content: 0, synced: 0, shown: 0, token: 0, heard: 0, hidden: false };
  const names = layers.flatMap((slugs, index) => slugs.map((slug) => jobName(index, slug)));
  return { jobs: Object.fromEntries(names.map((name) => [name, fresh])), tasks: [] };
};

const withJob = (jobs: Jobs, name: string, change: (job: Job) => Job): Jobs => ({
  ...jobs,
  jobs: { ...jobs.jobs, [name]: change(must(jobs.jobs[name])) },
});

/** The content of these sources changes in the CMS. */
export const contentChanges = (jobs: Jobs, names: readonly string[]): Jobs =>
  names.reduce((after, name) => withJob(after, name, (job) => ({ ...job, content: job.content + 1 })), jobs);

const said = (job: Job, rules: Rules): Outcome =>
  rules.says === "version"
    ? { kind: "ok", version: `v${job.content}`, durationMs: 1 }
    : { kind: "ok", changed: job.synced !== job.content, durationMs: 1 };

/** A call arrives at a job and has its effect; the answer is what the job says. */
export const callArrives = (
  jobs: Jobs,
  name: string,
  fence: number,
  rules: Rules,
): { readonly jobs: Jobs; readonly outcome: Outcome } => {
  const job = must(jobs.jobs[name]);
  if (rules.tokens && fence < job.token) {
    const outcome: Outcome = { kind: "failed", error: "taken over", unanswered: false, durationMs: 1 };
    return { jobs, outcome };
  }
  const unseen = fence < job.heard && job.synced !== job.content;
  const after = withJob(jobs, name, () => ({
    ...job,
    synced: job.content,
    token: rules.tokens ? Math.max(job.token, fence) : 0,
    hidden: job.hidden || unseen,
  }));
  return { jobs: after, outcome: said(job, rules) };
};

/** Somebody heard the answer of a call with this token. */
export const answerHeard = (jobs: Jobs, name: string, fence: number): Jobs =>
  withJob(jobs, name, (job) => ({ ...job, heard: Math.max(job.heard, fence) }));

/** The sites are built: they show what the jobs of these documents have synced. */
export const sitesBuilt = (jobs: Jobs, documents: readonly number[]): Jobs => ({
  ...jobs,
  jobs: Object.fromEntries(
    Object.entries(jobs.jobs).map(([name, job]) => [
      name,
      documents.some((index) => name.startsWith(`${index}/`)) ? { ...job, shown: job.synced, hidden: false } : job,
    ]),
  ),
});

export const withTask = (jobs: Jobs, task: Task): Jobs => ({ ...jobs, tasks: [...jobs.tasks, task] });

const withoutTask = (jobs: Jobs, task: Task): Jobs => ({
  ...jobs,
  tasks: jobs.tasks.filter((other) => other !== task),
});

/** A task has its effect and waits to be asked or to report; one that nobody follows is over. */
export const taskEnds = (jobs: Jobs, task: Task, rules: Rules): Jobs => {
  const rest = withoutTask(jobs, task);
  const { jobs: after, outcome } = callArrives(rest, task.job, task.fence, rules);
  return task.way === "late" ? after : withTask(after, { ...task, outcome });
};

/** A task ends with an error, without effect. */
export const taskFails = (jobs: Jobs, task: Task): Jobs =>
  withTask(withoutTask(jobs, task), {
    ...task,
    outcome: { kind: "failed", error: "the job said so", unanswered: false, durationMs: 1 },
  });
