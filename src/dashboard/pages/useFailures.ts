import { useEffect, useState } from "preact/hooks";
import { ask, problemFrom } from "../api/request.ts";
import { type DeliveryFilter, deliveriesAt } from "../api/resources.ts";
import type { Delivery, DeliveryPage, OverviewLayer, Problem } from "../api/types.ts";

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
  /** The layers whose older publishes of the period were not looked at. */
  readonly cut: readonly OverviewLayer[];
  /** Why a layer could not be looked at. */
  readonly problem: Problem | undefined;
}

const NOTHING: Failures = { found: [], asked: 0, cut: [], problem: undefined };

interface Page<T> {
  readonly items: readonly T[];
  readonly nextCursor: string | null;
}

/** How many pages a search may take. A page of the deliveries looks at up to 200 of them. */
const MOST_PAGES = 25;

/**
 * Reads a filtered list up to its first page that has items, because a page may be empty although an older item matches.
 * `isCut`: what is behind the last page was not looked at. Throws what `read` throws.
 */
export const firstMatches = async <T>(
  read: (cursor: string | null) => Promise<Page<T>>,
): Promise<{ readonly items: readonly T[]; readonly isCut: boolean }> => {
  let cursor: string | null = null;
  for (let pages = 0; pages < MOST_PAGES; pages += 1) {
    const { items, nextCursor }: Page<T> = await read(cursor);
    if (items.length > 0 || nextCursor === null) return { items, isCut: nextCursor !== null };
    cursor = nextCursor;
  }
  return { items: [], isCut: true };
};

/** The failed and the refused publishes of one layer in a period. Throws `Refused` or `Unreachable`. */
const failuresOf = async (
  layer: OverviewLayer,
  period: Pick<DeliveryFilter, "from" | "until">,
  signal: AbortSignal,
) => {
  const wanted: Partial<DeliveryFilter>[] = [{ stage: "failed" }, { outcome: "refused" }];
  const pages = await Promise.all(
    wanted.map((filter) =>
      firstMatches((cursor) =>
        ask<DeliveryPage>("GET", deliveriesAt(layer.id, { ...period, ...filter }, cursor).path, { signal }),
      ),
    ),
  );
  const found = pages.flatMap(({ items }) => items.map((delivery) => ({ layer, delivery })));
  return { found, isCut: pages.some(({ isCut }) => isCut) };
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
    const ending = new AbortController();
    const { signal } = ending;
    setState(NOTHING);
    const left = [...(layers ?? [])];
    const work = async (): Promise<void> => {
      for (let layer = left.shift(); layer !== undefined && !signal.aborted; layer = left.shift()) {
        const asked = layer;
        try {
          const { found, isCut } = await failuresOf(asked, { from, until }, signal);
          if (signal.aborted) return;
          setState((before) => ({
            ...before,
            asked: before.asked + 1,
            found: [...before.found, ...found].sort(newestFirst),
            cut: isCut ? [...before.cut, asked] : before.cut,
          }));
        } catch (error) {
          if (signal.aborted) return;
          setState((before) => ({ ...before, asked: before.asked + 1, problem: problemFrom(error) }));
        }
      }
    };
    for (let worker = 0; worker < AT_ONCE; worker += 1) void work();
    return () => ending.abort();
  }, [ids, from, until]);
  return state;
};
