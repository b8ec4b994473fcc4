import { storeFaultDetail } from "../app/storeFault.ts";
import type { StoreFault, StoreMisconfigured } from "../store/store.ts";
import { problem } from "./problem.ts";

const faults = new WeakMap<Response, StoreFault>();

/** The store's fault in an answer, for the log; null: there is none. */
export const faultOf = (response: Response): StoreFault | null => faults.get(response) ?? null;

/** Returns the 503 for a store that cannot be used as it is set up. Every later request ends the same until that changes. */
export const storeMisconfigured = ({ fault }: StoreMisconfigured): Response => {
  const response = problem(
    {
      status: 503,
      code: "STORE_MISCONFIGURED",
      title: "The store cannot be used",
      detail: storeFaultDetail(fault),
      fault,
    },
    { "retry-after": "60" },
  );
  faults.set(response, fault);
  return response;
};
