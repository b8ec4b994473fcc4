import { z } from "zod";
import { SECOND } from "../../../src/core/durations.ts";
import { type Check, failed, nothing, passed } from "../check.ts";
import { listOf, until } from "../liveSite.ts";

const WITHIN = 20 * SECOND;
const deliverySchema = z.object({ id: z.string() });

/** A delivery's log entry is written after its answer. */
export const logEntry: Check = {
  name: "log-entry",
  title: "what is left to do after an answer is done",
  proves: "`waitUntil` keeps the invocation alive",
  lacks: nothing,
  async run({ outside, site }) {
    const layer = await site.create("/data-layers", { name: "Verify: log entry", paused: true });
    const { deliveryId } = await site.publish(layer);
    const began = outside.now();
    const found = await until(outside, { withinMs: WITHIN, everyMs: SECOND }, async () => {
      const { items } = await site.read(`/data-layers/${layer}/deliveries`, listOf(deliverySchema));
      return items.some(({ id }) => id === deliveryId) ? true : null;
    });
    if (found === null) return failed(`a delivery was not in the log ${WITHIN / SECOND} s after its answer`);
    const ms = Math.round(outside.now() - began);
    return passed(`the delivery was in the log ${ms} ms after its answer`, { ms });
  },
};
