import { accept } from "../../../src/core/slot/accept.ts";
import { nextDue } from "../../../src/core/slot/nextDue.ts";
import { built, handOver, noNews, report, settle } from "../../../src/core/slot/settle.ts";
import type { Outcome, Parts, Slot } from "../../../src/core/slot/slot.ts";
import { partsOf } from "../../../src/core/slotOwner.ts";
import { aRequest, ok } from "../../support/builders.ts";
import { slotFault } from "../../support/slotFault.ts";
import type { Document } from "../documents.ts";
import { holds, LawBroken } from "../lawBroken.ts";

/** Everybody who does not attend the run tries to write; nobody may. */
const checkStrangers = (slot: Slot, parts: Parts, now: number): void => {
  const law = "a stale fence changes nothing";
  const { running } = slot;
  const live = running !== null && running.by !== null ? running.fence : null;
  const outcomes = Object.fromEntries(Object.keys(running?.parts ?? {}).map((slug) => [slug, ok()] as const));
  const next = { by: "a stranger", now, rev: 1000, start: true };
  for (let fence = 0; fence <= slot.fence + 1; fence += 1) {
    for (const slug of [...parts.known, ...Object.keys(slot.retry)]) {
      const part = running?.parts[slug];
      const open = part !== undefined && part.callFence === fence && part.outcome === undefined;
      const outcome: Outcome = ok();
      const { kind } = report(slot, fence, slug, outcome, now, parts);
      holds((kind === "recorded") === open, law, () => `a report of ${slug} under ${fence} is ${kind}`);
    }
    if (fence === live) continue;
    for (const claimant of [null, next]) {
      const settled = settle(slot, fence, { ...noNews, outcomes }, claimant, now, parts).kind;
      holds(settled === "fenced", law, () => `settling under ${fence} is ${settled}; ${live} lives`);
      const asked = built(slot, fence, [], claimant, now, parts).kind;
      holds(asked === "fenced", law, () => `recording builds under ${fence} is ${asked}; ${live} lives`);
    }
    holds(handOver(slot, fence) === null, law, () => `handing over under ${fence}; ${live} lives`);
  }
};

/** What must hold of a document whenever it stands. */
export const documentLaws = (document: Document): void => {
  const ids = document.owed.map(({ id }) => id);
  holds(new Set(ids).size === ids.length, "nothing is owed twice", () => ids.join());
  if (document.kind !== "layer" && document.kind !== "site") return;
  const { slot } = document;
  const fault = slotFault(slot);
  if (fault !== null) throw new LawBroken("the registers of a slot agree", fault);
  const ended = ids.find((id) => slot.open[id] !== undefined || slot.pending?.syncId === id);
  holds(ended === undefined, "a sync ends once", () => `${ended} is owed as ended and is still open`);
  checkStrangers(slot, partsOf(document), document.at);
  for (const { id, syncId } of slot.recent) {
    if (syncId === "") continue;
    const attempt = { now: document.at, rev: document.rev + 1, firstRev: document.rev };
    const again = accept(slot, aRequest({ id, written: true }), attempt, "another");
    const known = again.slot === null && again.syncId === syncId;
    holds(known, "deciding twice about one id is deciding once", () => `${id} got ${again.syncId} after ${syncId}`);
  }
  const works = slot.pending !== null || Object.keys(slot.open).length > 0;
  const due = Number.isFinite(nextDue(slot, partsOf(document))) || slot.paused;
  holds(due || !works, "what is open is due at some time", () => "nobody will ever come for it");
};
