import { START } from "../support/builders.ts";
import { type Document, slotOf } from "./documents.ts";
import type { Phase, State, Working } from "./state.ts";
import type { World } from "./world.ts";

const tellDocument = (document: Document): string => {
  const slot = slotOf(document);
  if (slot === null) return `revision ${document.rev}: deleted`;
  const { fence, running, pending, retry, build } = slot;
  const scope = pending === null ? "" : pending.all ? "all" : Object.keys(pending.asks).join("+");
  return [
    `revision ${document.rev}: fence ${fence}`,
    running === null
      ? "nothing runs"
      : `${running.phase === "sites" ? "asking sites" : `running ${Object.keys(running.parts).join("+")}`} under ${running.fence} by ${running.by}`,
    ...(pending === null ? [] : [`pending ${pending.syncId} (${scope})`]),
    ...Object.entries(retry).map(([slug, { due }]) => `${slug} waits until +${due - START} ms`),
    ...(build === null ? [] : [`build ${build.id} owed`]),
    ...(slot.paused ? ["paused"] : []),
    ...Object.keys(slot.doubt).map((slug) => `${slug} in doubt`),
  ].join(", ");
};

const tellWorking = ({ worker, doing, sent }: Working): string => {
  const { phase } = worker;
  const does = doing.length === 0 ? "" : `, to ${doing.map((effect) => effect.do).join(", then ")}`;
  if (phase.at !== "calling") return `is ${phase.at}${does}`;
  const outcomes = Object.entries(phase.outcomes).map(([slug, { kind }]) => `${slug} ${kind}`);
  const call = sent === null ? "" : ` and is about to call ${sent}`;
  return `has fence ${phase.run.fence}${call}${does}; heard: ${outcomes.join() || "nothing"}`;
};

const tellPhase = (phase: Phase): string => {
  switch (phase.at) {
    case "over":
      return phase.answer === null ? "is done" : `is told ${phase.answer.syncId} at ${phase.answer.revision}`;
    case "working":
      return tellWorking(phase);
    case "report":
      return `reports ${phase.slug} under ${phase.fence}`;
    default:
      return `comes to "${phase.at}"`;
  }
};

const tellMove = (before: State, after: State): string => {
  const place = after.locals.findIndex((local, index) => local !== before.locals[index]);
  const moved = after.locals[place];
  const from = before.locals[place];
  if (moved === undefined || from === undefined) {
    if (after.late !== before.late) {
      return after.documents === before.documents ? "a late write is lost" : "a late write lands";
    }
    return after.now === before.now ? "a job goes on" : `time passes to +${after.now - START} ms`;
  }
  const heard = moved.heard.at(-1) ?? null;
  if (moved.phase.at === from.phase.at && heard !== null && moved.heard.length > from.heard.length) {
    const doing = moved.phase.at === "working" ? (moved.phase.doing[0]?.do ?? "nothing") : moved.phase.at;
    return `${moved.who.name} at "${doing}" ${heard.kind === "found" ? "reads" : `is told ${moved.heard.at(-2)?.kind}`}`;
  }
  return `${moved.who.name} ${tellPhase(moved.phase)}`;
};

/** One step of a world in words: who did what, to which revision, and what went wrong. */
export const narrate = (world: World, before: State, after: State): string => {
  const spent = Object.entries(after.left.value).flatMap(([what, left]) =>
    Object.entries(before.left.value).some(([was, had]) => was === what && had !== left) ? [what] : [],
  );
  const wrote = after.documents.flatMap((stored, index) =>
    stored === before.documents[index]
      ? []
      : [`${world.documents.key(index)} ${tellDocument(world.documents.read(stored))}`],
  );
  const jobs = Object.entries(after.jobs.value.jobs).flatMap(([name, job]) =>
    JSON.stringify(job) === JSON.stringify(before.jobs.value.jobs[name])
      ? []
      : [`${name} has edition ${job.content}, synced ${job.synced}, shows ${job.shown}`],
  );
  return [
    tellMove(before, after),
    ...(spent.length === 0 ? [] : [`(${spent.join()})`]),
    ...wrote.map((text) => `| ${text}`),
    ...jobs.map((text) => `| ${text}`),
  ].join(" ");
};
