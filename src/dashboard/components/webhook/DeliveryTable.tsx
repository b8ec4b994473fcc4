import type { Delivery, Layer } from "../../api/types.ts";
import { fixFor, warningWords } from "../../text/refusalTexts.ts";
import { subjectText } from "../../text/subjectText.ts";
import { outcomeWords, plural, requestTime, webhookWords } from "../../text/words.ts";
import { Moment } from "../Moment.tsx";
import { RowTable } from "../table/RowTable.tsx";
import { DeliveryStatus } from "./DeliveryStatus.tsx";

const isTurnedAway = (outcome: Delivery["outcome"]): boolean => outcome === "refused" || outcome === "ignored";

const Published = ({ layer, delivery }: { readonly layer: Layer; readonly delivery: Delivery }) => {
  const { id, outcome, code, cause, hint, handshake, warnings, unlogged, subject, dataSource } = delivery;
  return (
    <>
      <a href={`/layers/${layer.id}/deliveries/${id}`}>{subjectText(delivery) || "Publish without a name"}</a>
      {dataSource === null || subjectText({ subject, dataSource: null }) === "" ? null : (
        <p class="small muted">Source: {dataSource}</p>
      )}
      {cause === null ? null : (
        <p class="small">
          {cause} {code === null ? null : <code>{code}</code>}
        </p>
      )}
      {hint === null ? null : <p class="small">{hint}</p>}
      {handshake === null ? null : (
        <p class="small">
          Token: <code>{handshake.token}</code>
        </p>
      )}
      {isTurnedAway(outcome) ? <p class="small muted">{fixFor(code)}</p> : null}
      {warnings.map((warning) => (
        <p class="small" key={warning}>
          <strong>Warning.</strong> {warningWords(warning)}
        </p>
      ))}
      {unlogged > 0 ? (
        <p class="small muted">
          {plural(unlogged, "similar refusal", "similar refusals")} not logged, because they came too fast.
        </p>
      ) : null}
    </>
  );
};

/** A table of deliveries with their outcomes. A refused delivery has the reason and what to do. */
export const DeliveryTable = ({
  layer,
  deliveries,
}: {
  readonly layer: Layer;
  readonly deliveries: readonly Delivery[];
}) => (
  <RowTable
    caption="Deliveries, newest first"
    rows={deliveries}
    keyOf={({ id }) => id}
    columns={[
      ["Arrived", ({ receivedAt }) => <Moment at={receivedAt} />],
      [
        "Status",
        (delivery) => (
          <>
            <DeliveryStatus of={delivery} />
            {isTurnedAway(delivery.outcome) ? null : <p class="small muted">{outcomeWords[delivery.outcome]}</p>}
          </>
        ),
      ],
      ["Published", (delivery) => <Published layer={layer} delivery={delivery} />],
      [
        "By",
        ({ webhook, userAgent, otherHost, bytes }) => (
          <>
            {webhookWords(webhook)}
            <p class="small muted">
              {[userAgent, otherHost === null ? null : `called at ${otherHost}`, plural(bytes, "byte")]
                .filter(Boolean)
                .join(", ")}
            </p>
          </>
        ),
      ],
      [
        "Sync",
        ({ syncId }) =>
          syncId === null ? (
            <span class="muted">–</span>
          ) : (
            <a href={`/layers/${layer.id}/syncs/${syncId}`}>Sync of {requestTime(syncId)}</a>
          ),
        "nowrap",
      ],
    ]}
  />
);
