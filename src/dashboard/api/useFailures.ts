import { useEffect, useState } from "preact/hooks";
import { ask, problemFrom } from "./request.ts";
import { type DeliveryFilter, deliveriesAt } from "./resources.ts";
import type { Delivery, DeliveryPage, OverviewLayer, Problem } from "./types.ts";

/** How many layers are asked at the same time. */
const AT_ONCE = 4;

export interface Failure {
  readonly layer: OverviewLayer;
  readonly delivery: Delivery;
}

export interface Failures {
  /** Newest first. */
  readonly found: readonly Failure[];
  /** How many layers have answered. */
  readonly asked: number;
  /** The layers of which only the newest failures are here. */
  readonly cut: readonly OverviewLayer[];
  readonly problem: Problem | undefined;
}

const NOTHING: Failures = { found: [], asked: 0, cut: [], problem: undefined };

/** The failed and the refused publishes of one layer in a period. Throws `Refused` or `Unreachable`. */
const failuresOf = async (layer: OverviewLayer, period: Pick<DeliveryFilter, "from" | "until">) => {
  const wanted: Partial<DeliveryFilter>[] = [{ stage: "failed" }, { outcome: "refused" }];
  const pages = await Promise.all(
    wanted.map((filter) => ask<DeliveryPage>("GET", deliveriesAt(layer.id, { ...period, ...filter }).path)),
  );
  const found = pages.flatMap(({ items }) => items.map((delivery) => ({ layer, delivery })));
  return { found, isCut: pages.some(({ nextCursor }) => nextCursor !== null) };
};

const newestFirst = (one: Failure, other: Failure): number =>
  one.delivery.receivedAt < other.delivery.receivedAt ? 1 : -1;

/** Asks each layer for what failed in a period, a few layers at a time. What is found is shown while others are asked. */
export const useFailures = (
  layers: readonly OverviewLayer[] | undefined,
  { from, until }: Pick<DeliveryFilter, "from" | "until">,
): Failures => {
  const [state, setState] = useState(NOTHING);
  const ids = layers?.map(({ id }) => id).join(" ");
  useEffect(() => {
    let isOver = false;
    setState(NOTHING);
    const left = [...(layers ?? [])];
    const work = async (): Promise<void> => {
      for (let layer = left.shift(); layer !== undefined && !isOver; layer = left.shift()) {
        const asked = layer;
        try {
          const { found, isCut } = await failuresOf(asked, { from, until });
          if (isOver) return;
          setState((before) => ({
            ...before,
            asked: before.asked + 1,
            found: [...before.found, ...found].sort(newestFirst),
            cut: isCut ? [...before.cut, asked] : before.cut,
          }));
        } catch (error) {
          if (isOver) return;
          setState((before) => ({ ...before, asked: before.asked + 1, problem: problemFrom(error) }));
        }
      }
    };
    for (let worker = 0; worker < AT_ONCE; worker += 1) void work();
    return () => {
      isOver = true;
    };
  }, [ids, from, until]);
  return state;
};
