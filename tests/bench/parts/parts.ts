import type { Found } from "../report/figures.ts";

/** A part of the bench. */
export interface BenchPart {
  readonly id: string;
  readonly title: string;
  /** Measures; with `quick` in fewer rounds. */
  readonly run: (quick: boolean) => Promise<Found>;
}

/** Each is loaded when it runs, because a question for help needs none of them. */
export const PARTS: readonly BenchPart[] = [
  {
    id: "operations",
    title: "The operations budget",
    run: async () => (await import("./operations.ts")).operations(),
  },
  {
    id: "processor",
    title: "Processor time of an answer",
    run: async (quick) => (await import("./processor.ts")).processor(quick),
  },
  {
    id: "round-trips",
    title: "Time to the answer, in round trips",
    run: async (quick) => (await import("./roundTrips.ts")).roundTrips(quick),
  },
  {
    id: "connections",
    title: "Connections and layers",
    run: async (quick) => (await import("./connections.ts")).connections(quick),
  },
  {
    id: "peers",
    title: "Beside the peers",
    run: async (quick) => (await import("./peers.ts")).peers(quick),
  },
  {
    id: "cold-start",
    title: "Cold starts",
    run: async (quick) => (await import("./coldStart.ts")).coldStart(quick),
  },
  {
    id: "scale",
    title: "Ticks and lists over many layers",
    run: async (quick) => (await import("./scale.ts")).scale(quick),
  },
  {
    id: "dashboard",
    title: "The dashboard",
    run: async (quick) => (await import("./dashboard.ts")).dashboard(quick),
  },
];
