import type { Live } from "../../src/edge/live.ts";

/** What the functions find as their outside: the world whose turn it is. */
export const current: { live: Live | null } = { live: null };
