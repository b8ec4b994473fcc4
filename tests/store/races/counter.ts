import { z } from "zod";
import type { Decision } from "../../../src/core/document.ts";
import { envelope, VERSION } from "../../../src/core/document.ts";
import { documentCodec } from "../../../src/store/codec.ts";
import { type Store, StoreUnavailable } from "../../../src/store/store.ts";
import { type Driver, drive, update } from "../../../src/store/update.ts";
import { START } from "../../support/builders.ts";

const schema = z.looseObject({ ...envelope, count: z.number(), ids: z.array(z.string()) });
type Counted = z.infer<typeof schema>;

export const COUNTER = "layers/counter";
export const counterCodec = documentCodec<Counted>(schema);
const nothing: Counted = { v: VERSION, rev: 0, by: "", at: 0, count: 0, ids: [] };

/** Time stands still and nobody waits: only the schedule decides. */
export const unpaused = (store: Store): Driver => ({
  store,
  now: () => START,
  elapsed: () => 0,
  sleep: () => Promise.resolve(),
  pause: () => 0,
});

/** What came of one increment. */
export interface Increment {
  readonly id: string;
  readonly outcome: "written" | "found" | "unknown";
}

/** Adds one under an id, once: an id that stands there is counted already. */
export const increment = async (store: Store, id: string, attempts: number): Promise<Increment> => {
  const decide = (document: Counted | null): Decision<Counted, null> => {
    const before = document ?? nothing;
    if (before.ids.includes(id)) return { kind: "keep", result: null };
    return {
      kind: "write",
      document: { ...before, count: before.count + 1, ids: [...before.ids, id] },
      result: null,
    };
  };
  try {
    const machine = update(COUNTER, counterCodec, decide, { by: id, budget: 1, attempts });
    const { wrote } = await drive(machine, unpaused(store));
    return { id, outcome: wrote ? "written" : "found" };
  } catch (error) {
    if (!(error instanceof StoreUnavailable)) throw error;
    return { id, outcome: "unknown" };
  }
};
