import type { Delivery, Layer } from "../../api/types.ts";
import { fixFor, warningWords } from "../../text/refusalTexts.ts";
import { subjectText } from "../../text/subjectText.ts";
import { outcomeWords, plural, shortId, webhookWords } from "../../text/words.ts";
import { Moment } from "../Moment.tsx";
import { Status } from "../Status.tsx";

const Verdict = ({ delivery: { stage, outcome } }: { readonly delivery: Delivery }) => (
  <div>
    <Status of={stage} />
    {outcome === "refused" || outcome === "ignored" ? null : <p class="small muted">{outcomeWords[outcome]}</p>}
  </div>
);

/** A table of deliveries with their outcomes. A refused delivery has the reason and what to do. */
export const DeliveryTable = ({
  layer,
  deliveries,
}: {
  readonly layer: Layer;
  readonly deliveries: readonly Delivery[];
}) => (
  <table class="table cards">
    <caption class="hidden-text">Deliveries, newest first</caption>
    <thead>
      <tr>
        <th scope="col">Arrived</th>
        <th scope="col">Status</th>
        <th scope="col">Published</th>
        <th scope="col">By</th>
        <th scope="col">Sync</th>
      </tr>
    </thead>
    <tbody>
      {deliveries.map((delivery) => {
        const {
          id,
          receivedAt,
          outcome,
          code,
          cause,
          hint,
          handshake,
          warnings,
          syncId,
          webhook,
          userAgent,
          otherHost,
          bytes,
          unlogged,
          subject,
          dataSource,
        } = delivery;
        return (
          <tr key={id}>
            <td data-label="Arrived">
              <Moment at={receivedAt} />
            </td>
            <td data-label="Status">
              <Verdict delivery={delivery} />
            </td>
            <td data-label="Published">
              <div>
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
                {outcome === "refused" || outcome === "ignored" ? <p class="small muted">{fixFor(code)}</p> : null}
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
              </div>
            </td>
            <td data-label="Triggered by">
              <div>
                {webhookWords(webhook)}
                <p class="small muted">
                  {[userAgent, otherHost === null ? null : `called at ${otherHost}`, plural(bytes, "byte")]
                    .filter(Boolean)
                    .join(", ")}
                </p>
              </div>
            </td>
            <td data-label="Sync" class="nowrap">
              {syncId === null ? (
                <span class="muted">–</span>
              ) : (
                <a href={`/layers/${layer.id}/syncs/${syncId}`}>Sync …{shortId(syncId)}</a>
              )}
            </td>
          </tr>
        );
      })}
    </tbody>
  </table>
);
