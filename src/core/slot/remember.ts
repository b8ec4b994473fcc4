import { RECENT } from "../limits.ts";
import type { Slot } from "./slot.ts";

/** Adds a decision to those that the slot recognises by id, and drops the oldest. */
export const remember = (slot: Slot, decision: Slot["recent"][number]): Slot => ({
  ...slot,
  recent: [...slot.recent, decision].slice(-RECENT),
});
