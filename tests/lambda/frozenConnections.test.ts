import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { type LabWorld, PUBLISH, startLabWorld } from "./lab/labWorld.ts";
import type { Death } from "./lab/wire.ts";

const LAYER = "frozen-layer";
/**
 * A connection dies that was idle for so long at a thaw (ms), and the instances are frozen so long before each round (ms).
 * One that swallows what is sent is not noticed within the three seconds for which it is used again.
 */
const SCHEDULE: Readonly<Record<Death, { readonly idleMs: number; readonly pauses: readonly number[] }>> = {
  reset: { idleMs: 300, pauses: [500, 1500, 3500] },
  "half-close": { idleMs: 300, pauses: [500, 1500, 3500] },
  stall: { idleMs: 3000, pauses: [3500, 3500] },
};

/** What instances do that were frozen: reads, publishes with their wakes, a tick. */
const round = async ({ lab }: LabWorld) => {
  const lines = lab.logs.length;
  const read = () => lab.call(`/api/v1/data-layers/${LAYER}`).then(({ status }) => status);
  const publish = () => lab.call(`${PUBLISH}/${LAYER}`, { method: "POST" }).then(({ status }) => status);
  const lists = () => lab.call("/api/v1/overview").then(({ status }) => status);
  const [reads, publishes] = await Promise.all([
    Promise.all([read(), read(), read(), lists(), lists()]),
    Promise.all([publish(), publish(), publish()]),
    lab.tick(),
  ]);
  // The worker is woken after the answer; its instances go back to sleep with the others.
  await sleep(300);
  const facts = lab.logs.slice(lines).map(({ fact }) => fact);
  return {
    reads,
    publishes,
    ticks: facts.filter((fact) => fact?.["kind"] === "drain.ticked"),
    troubles: facts.filter((fact) => fact?.["kind"] === "trouble"),
  };
};

describe("kept connections that die while instances are frozen", () => {
  test.each<Death>(["reset", "half-close", "stall"])(
    "fail no read, lose no wake and empty no tick: %s",
    async (death) => {
      const { idleMs, pauses } = SCHEDULE[death];
      const world = await startLabWorld({ storeDelay: 5, connections: { death, idleMs } });
      try {
        world.takes = 0;
        for (let index = 0; index < 6; index += 1)
          await world.layer(`${LAYER}${index === 0 ? "" : `-${index}`}`, ["articles"]);
        await round(world);
        for (const pause of pauses) {
          await sleep(pause);
          const { reads, publishes, ticks, troubles } = await round(world);
          expect({ pause, reads, publishes, troubles }).toEqual({
            pause,
            reads: [200, 200, 200, 200, 200],
            publishes: [200, 200, 200],
            troubles: [],
          });
          expect(ticks).toMatchObject([{ listed: 12, failed: 0 }]);
        }
        expect(world.lab.connections().died).toBeGreaterThan(0);
      } finally {
        await world.lab.stop();
      }
    },
  );
});
