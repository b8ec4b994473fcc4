import type { ComponentChildren } from "preact";
import { ask } from "../../api/request.ts";
import type { Activity, Delivery, Layer, Sync } from "../../api/types.ts";
import { useChange } from "../../api/useChange.ts";
import { clockText } from "../../text/times.ts";
import { useNow } from "../../text/useNow.ts";
import { deliveryWords, plural, requestTime, scopeWords, triggerWords, webhookWords } from "../../text/words.ts";
import { RoleButton } from "../Button.tsx";
import { ArrowRight, CircleDashed, RotateCw } from "../icons.tsx";
import { Length, Moment } from "../Moment.tsx";
import { ProblemNotice } from "../Notice.tsx";
import { Panel } from "../Page.tsx";
import { Status } from "../Status.tsx";
import { useToast } from "../shell/Toasts.tsx";

/** A worker that does not start within this time (ms) was lost, and the next tick starts the sync. */
const WORKER_COMES_WITHIN = 20_000;

/** Says why the pending sync does not run yet. */
const waitReason = (layer: Layer, pending: Sync, now: number): string => {
  if (layer.paused) return "The layer is paused. Publishes are kept and wait.";
  if (layer.sync.running !== null) return "Starts when the running sync has ended.";
  if (now - Date.parse(pending.queuedAt) < WORKER_COMES_WITHIN)
    return "Starts a second after the first delivery, so that a burst leads to one sync.";
  return "Delayed. Starts within 5 minutes.";
};

const Delivered = ({ deliveries, count }: { readonly deliveries: readonly Delivery[]; readonly count: number }) => (
  <div class="chips">
    {deliveries.slice(0, 6).map(({ id, receivedAt, webhook, subject }) => (
      <span class="chip" key={id}>
        {clockText(Date.parse(receivedAt))} {subject?.type ?? webhookWords(webhook)}
      </span>
    ))}
    {count > Math.min(deliveries.length, 6) ? (
      <span class="chip">{plural(count - Math.min(deliveries.length, 6), "more delivery", "more deliveries")}</span>
    ) : null}
  </div>
);

const SyncHead = ({ layer, sync }: { readonly layer: Layer; readonly sync: Sync }) => (
  <div class="slot-lines">
    <span>
      <a href={`/layers/${layer.id}/syncs/${sync.id}`}>Sync of {requestTime(sync.id)}</a>
    </span>
    <span>{triggerWords(sync.trigger)}</span>
    {layer.dataSources.length === 0 ? null : <span class="muted">Covers {scopeWords(sync.scope)}</span>}
  </div>
);

const Slot = ({
  name,
  kind,
  beside,
  children,
}: {
  readonly name: string;
  readonly kind: "arrived" | "pending" | "running" | "vacant";
  readonly beside?: ComponentChildren;
  readonly children: ComponentChildren;
}) => (
  <section class={`slot ${kind}`} aria-label={name}>
    <div class="slot-head">
      <h3>{name}</h3>
      {beside}
    </div>
    <div class="slot-body">{children}</div>
  </section>
);

const Vacant = ({ text }: { readonly text: string }) => (
  <p class="muted small with-icon">
    <CircleDashed class="icon" />
    {text}
  </p>
);

const Arrow = () => (
  <span class="flow-arrow" aria-hidden="true">
    <ArrowRight class="icon" />
  </span>
);

const CancelButton = ({
  layer,
  sync,
  refresh,
}: {
  readonly layer: Layer;
  readonly sync: Sync;
  readonly refresh: () => Promise<void>;
}) => {
  const change = useChange();
  const say = useToast();
  const cancel = async (): Promise<void> => {
    if (await change.run(() => ask("POST", `/data-layers/${layer.id}/syncs/${sync.id}/cancel`))) {
      say("Cancelled. Calls that were already sent are not undone.");
      await refresh();
    }
  };
  return (
    <div>
      <RoleButton needs="writer" small disabled={change.running} onClick={() => void cancel()}>
        Cancel
      </RoleButton>
      <ProblemNotice problem={change.problem} />
    </div>
  );
};

const Retries = ({ layer, refresh }: { readonly layer: Layer; readonly refresh: () => Promise<void> }) => {
  const change = useChange();
  const say = useToast();
  const { retrying } = layer.sync;
  if (retrying.length === 0) return null;
  const retry = async (syncId: string): Promise<void> => {
    if (await change.run(() => ask("POST", `/data-layers/${layer.id}/syncs/${syncId}/retry`))) {
      say("Retry started.");
      await refresh();
    }
  };
  return (
    <Panel title="Waiting for a retry">
      <ul class="retry-list">
        {retrying.map(({ slug, syncId, attempts, due, error }) => (
          <li key={slug} class="row between">
            <div>
              <RotateCw class="icon" /> <strong>{slug}</strong> failed {plural(attempts, "time")}, next attempt{" "}
              <Moment at={due} />
              <p class="small muted">{error}</p>
            </div>
            <RoleButton needs="writer" small disabled={change.running} onClick={() => void retry(syncId)}>
              Retry now
            </RoleButton>
          </li>
        ))}
      </ul>
      <p class="small muted">
        A failed source gets up to 5 attempts, after 1, 2, 4 and 8 minutes. The other sources continue, and a newer sync
        of the source replaces the retry.
      </p>
      <ProblemNotice problem={change.problem} />
    </Panel>
  );
};

/** A layer's deliveries and its two slots. Deliveries merge into the pending sync, which follows the running sync. */
export const Slots = ({
  activity,
  refresh,
}: {
  readonly activity: Activity;
  readonly refresh: () => Promise<void>;
}) => {
  const now = useNow();
  const { layer, deliveries, arrived } = activity;
  const { pending, running } = layer.sync;
  const of = (sync: Sync): readonly Delivery[] => deliveries.filter(({ syncId }) => syncId === sync.id);
  const counted = (sync: Sync): { readonly count: number; readonly words: string } => {
    const count = Math.max(sync.deliveries, of(sync).length);
    // The page has the newest deliveries only. It has all of this sync's if it has all, or if the oldest is another's.
    const isAll = arrived.length <= deliveries.length || deliveries.at(-1)?.syncId !== sync.id;
    return { count, words: deliveryWords({ deliveries: count, deliveriesAtLeast: !isAll }) };
  };
  const lately = arrived.filter(({ at }) => now - Date.parse(at) < 60_000).length;
  return (
    <>
      <Panel title="Running and pending">
        <div class="flow">
          <Slot name="Deliveries" kind={lately > 0 ? "arrived" : "vacant"}>
            {lately > 0 ? (
              <p>
                <strong>{lately}</strong> in the last minute
              </p>
            ) : (
              <Vacant text="None in the last minute." />
            )}
            <p class="small muted">
              {arrived[0] === undefined ? (
                "None in the time that the timeline shows."
              ) : (
                <>
                  The last one <Moment at={arrived[0].at} />
                </>
              )}
            </p>
          </Slot>
          <Arrow />
          <Slot
            name="Pending"
            kind={pending === null ? "vacant" : "pending"}
            {...(pending === null ? {} : { beside: <Status of={layer.paused ? "paused" : "pending"} /> })}
          >
            {pending === null ? (
              <Vacant text="Idle. The next delivery starts a sync, and later deliveries merge into it." />
            ) : (
              <>
                <SyncHead layer={layer} sync={pending} />
                <p class="small">
                  {counted(pending).words} merged, waiting for <Length from={pending.queuedAt} to={null} />
                </p>
                <p class="small">{waitReason(layer, pending, now)}</p>
                <Delivered deliveries={of(pending)} count={counted(pending).count} />
                <CancelButton layer={layer} sync={pending} refresh={refresh} />
              </>
            )}
          </Slot>
          <Arrow />
          <Slot
            name="Running"
            kind={running === null ? "vacant" : "running"}
            {...(running === null ? {} : { beside: <Status of="running" /> })}
          >
            {running === null ? (
              <Vacant text="Idle. Only one sync runs at a time." />
            ) : (
              <>
                <SyncHead layer={layer} sync={running} />
                <p class="small">
                  {counted(running).words}, running for{" "}
                  <Length from={running.startedAt ?? running.queuedAt} to={null} />
                </p>
                <ul class="slot-parts">
                  {running.dataSources.map(({ slug, status, attempts, message, error }) => (
                    <li key={slug}>
                      <span class="row">
                        <code>{slug}</code> <Status of={status} />
                        {attempts > 1 ? <span class="small muted">attempt {attempts}</span> : null}
                      </span>
                      {(error ?? message) ? <span class="small muted">{error ?? message}</span> : null}
                    </li>
                  ))}
                </ul>
                <Delivered deliveries={of(running)} count={counted(running).count} />
                <CancelButton layer={layer} sync={running} refresh={refresh} />
              </>
            )}
          </Slot>
        </div>
      </Panel>
      <Retries layer={layer} refresh={refresh} />
    </>
  );
};
