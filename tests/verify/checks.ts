import type { Check } from "./check.ts";
import { background } from "./checks/background.ts";
import { coldAnswer } from "./checks/coldAnswer.ts";
import { notifiedByNetlify, signature } from "./checks/deployNotifications.ts";
import { logEntry } from "./checks/logEntry.ts";
import { draft, permalink } from "./checks/otherDeploys.ts";
import { ownCalls } from "./checks/ownCalls.ts";
import { race } from "./checks/race.ts";
import { rateLimit } from "./checks/rateLimit.ts";
import { reachable } from "./checks/reachable.ts";
import { retry, ticks } from "./checks/ticks.ts";

/**
 * The checks, in stages. The lanes of a stage go on together, because most of what they do is waiting; the checks of a lane go
 * one after the other. The first publish of all must be the one that finds its function cold; the rate limit, once it is met,
 * would stop the others.
 */
export const STAGES: readonly (readonly (readonly Check[])[])[] = [
  [[coldAnswer]],
  [[reachable, race, logEntry, ownCalls, signature]],
  [[background], [ticks], [retry], [notifiedByNetlify, permalink, draft]],
  [[rateLimit]],
];

/** Every check, in the order of the reports. */
export const CHECKS: readonly Check[] = STAGES.flat(2);
