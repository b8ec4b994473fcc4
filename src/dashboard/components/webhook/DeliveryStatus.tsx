import { NOT_ON_PAGE } from "../../../core/stage/onPages.ts";
import type { Delivery } from "../../api/types.ts";
import { CircleAlert } from "../icons.tsx";
import { Status } from "../Status.tsx";

/** The status of a delivery. A publish that is live but not on its page has a badge of its own. */
export const DeliveryStatus = ({ of: { stage, reason } }: { readonly of: Pick<Delivery, "stage" | "reason"> }) =>
  stage === "live" && reason === NOT_ON_PAGE ? (
    <span class="badge warn" title={reason}>
      <CircleAlert class="icon" />
      Not on the page
    </span>
  ) : (
    <Status of={stage} />
  );
