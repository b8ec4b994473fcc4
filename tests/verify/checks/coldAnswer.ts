import { MINUTE, SECOND } from "../../../src/core/durations.ts";
import { type Check, type Figures, failed, passed } from "../check.ts";
import { wait } from "../outside.ts";

/** A function that nobody called for so long is not kept warm (ms). */
const IDLE = 30 * MINUTE;
/** How long senders wait; the most impatient first (ms). */
const PATIENCE = [
  ["Drupal", SECOND],
  ["Ghost", 2 * SECOND],
  ["Hygraph", 3 * SECOND],
  ["WordPress and Shopify", 5 * SECOND],
  ["Strapi", 10 * SECOND],
] as const;
/** What a cold start may take: Ghost's patience. Drupal's second is the goal, and depends on the network in between. */
const AT_MOST = 2 * SECOND;

const satisfied = (ms: number): string => {
  const lost = PATIENCE.filter(([, patience]) => patience < ms).map(([sender]) => sender);
  return lost.length === 0 ? "every sender waits that long" : `too long for ${lost.join(", ")}`;
};

/** The first publish after a deploy, and, for the patient, after half an hour in which nobody called. */
export const coldAnswer: Check = {
  name: "cold-answer",
  title: "a publish that starts the function cold is answered within two seconds",
  proves: "how long a cold start takes",
  lacks: ({ isFresh, isPatient }) =>
    isFresh || isPatient ? null : "nobody knows whether the function is cold; --patient waits until it is",
  async run({ outside, site, isFresh, isPatient }) {
    const layer = await site.create("/data-layers", { name: "Verify: cold answer", paused: true });
    const figures: Record<string, number> = {};
    if (isFresh) figures["afterDeployMs"] = Math.round((await site.publish(layer)).ms);
    if (isPatient) {
      await wait(outside, IDLE);
      figures["afterHalfAnHourMs"] = Math.round((await site.publish(layer)).ms);
    }
    const slowest = Math.max(...Object.values(figures));
    const says = `the slowest first answer took ${slowest} ms: ${satisfied(slowest)}`;
    const measured: Figures = figures;
    return slowest > AT_MOST ? failed(says, measured) : passed(says, measured);
  },
};
