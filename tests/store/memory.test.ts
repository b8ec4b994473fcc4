import { describe } from "vitest";
import { MemoryStore } from "../../src/store/memory.ts";
import { repetitions } from "../support/repetitions.ts";
import { storeLaws } from "./contract.ts";

describe("the store in memory", () => {
  storeLaws({ open: async () => new MemoryStore(), numRuns: repetitions(200) });
});
