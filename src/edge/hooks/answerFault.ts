import type { Deps } from "../../app/deps.ts";
import { StoreMisconfigured, StoreUnavailable } from "../../store/store.ts";
import { problem } from "../problem.ts";
import { storeMisconfigured } from "../storeMisconfigured.ts";
import { unreadable } from "../unreadable.ts";

/** Answers a delivery that the store did not accept, or did not confirm in time. */
export const answerFault = (deps: Deps, layerId: string, error: unknown): Response => {
  if (error instanceof StoreMisconfigured) return storeMisconfigured(error);
  const unread = unreadable(error, "Nothing was accepted.");
  const isKnown = error instanceof StoreUnavailable || unread !== null;
  const name = error instanceof Error ? error.name : "unknown";
  const message = isKnown && error instanceof Error ? error.message : name;
  deps.report({ kind: "trouble", where: `delivery to layer ${layerId}`, error: message });
  const detail =
    "The store did not confirm the delivery in time. The delivery may have been accepted. You can safely send the delivery again.";
  const headers = { "retry-after": "5" };
  return (
    unread ??
    problem({ status: 503, code: "STORE_UNAVAILABLE", title: "The store did not confirm in time", detail }, headers)
  );
};
