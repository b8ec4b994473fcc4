import { storeFaultDetail } from "../app/storeFault.ts";
import type { StoreMisconfigured } from "../store/store.ts";
import { problem } from "./problem.ts";

/** Returns the 503 for a store that cannot be used as it is set up. Every later request ends the same until that changes. */
export const storeMisconfigured = ({ fault }: StoreMisconfigured): Response =>
  problem(
    {
      status: 503,
      code: "STORE_MISCONFIGURED",
      title: "The store cannot be used",
      detail: storeFaultDetail(fault),
      fault,
    },
    { "retry-after": "60" },
  );
