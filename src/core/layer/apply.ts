import { lastEndedAfter } from "../lastEnded.ts";
import type { Owed } from "../owed.ts";
import { untoldAfter } from "../site/buildEvents.ts";
import type { Site } from "../site/site.ts";
import type { Change } from "../slot/slot.ts";
import { judgeBudget } from "../watch/budgetRisk.ts";
import type { Layer } from "./layer.ts";
import { owedMessages } from "./messages.ts";

/** The document after a command on its slot. It owes the records and the notifications of the syncs that ended. */
export const apply = <D extends Layer | Site>(document: D, { slot, ended }: Change): D => {
  const budget = document.kind === "site" ? judgeBudget(document, slot) : { slot, events: [] };
  return {
    ...document,
    slot: budget.slot,
    owed: [...document.owed, ...ended.map((record): Owed => ({ kind: "sync", id: record.id, record }))],
    ...lastEndedAfter(document, slot, ended),
    ...(document.kind === "layer" ? owedMessages(document, ended) : untoldAfter(document, slot, ended, budget.events)),
  };
};
