import { RECENT } from "../limits.ts";
import type { Slot } from "./slot.ts";

/** A slot that recognises one more decision by its id; the oldest is forgotten. */
export const remember = (slot: Slot, decision: Slot["recent"][number]): Slot => ({
  ...slot,
  recent: [...slot.recent, decision].slice(-RECENT),
});
