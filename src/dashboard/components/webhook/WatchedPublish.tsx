import { useEffect, useState } from "preact/hooks";
import { deliveryAt } from "../../api/resources.ts";
import type { DeliveryDetail, Layer } from "../../api/types.ts";
import { useLive } from "../../api/useLive.ts";
import { lengthText } from "../../text/times.ts";
import { useNow } from "../../text/useNow.ts";
import { nextChange } from "../chain/nextChange.ts";
import { Circle, CircleCheck, CircleX, LoaderCircle } from "../icons.tsx";
import { ProblemNotice } from "../Notice.tsx";
import { BuildSooner } from "../site/BuildSooner.tsx";
import { type PublishStep, publishSteps } from "./publishSteps.ts";

/** How often the log is asked for a delivery that it does not have yet, and from when that takes too long (ms). */
const EVERY = 2_000;
const LATE = 60_000;

const icons = { done: CircleCheck, active: LoaderCircle, open: Circle, bad: CircleX };
const words = { done: "Done", active: "Under way", open: "Not yet", bad: "Stopped" };

const StepItem = ({ step, from, now }: { readonly step: PublishStep; readonly from: number; readonly now: number }) => {
  const { name, state, at, text } = step;
  const Icon = icons[state];
  const after = at !== null ? Date.parse(at) - from : state === "active" ? now - from : null;
  return (
    <li class={state}>
      <Icon class={state === "active" ? "icon spin" : "icon"} />
      <div>
        <strong>{name}</strong> <span class="hidden-text">{words[state]}.</span>
        {text === null ? null : <p class="muted small">{text}</p>}
      </div>
      <span class="elapsed">{after === null ? "" : lengthText(Math.max(after, 0))}</span>
    </li>
  );
};

const Steps = ({
  layer,
  delivery,
  now,
}: {
  readonly layer: Layer;
  readonly delivery: DeliveryDetail;
  readonly now: number;
}) => {
  const steps = publishSteps(delivery);
  const from = Date.parse(delivery.receivedAt);
  const last = steps.at(-1);
  const isLive = delivery.stage === "live";
  return (
    <>
      <ol class="checklist watched" aria-label="From this publish to live">
        {steps.map((step) => (
          <StepItem key={step.name} step={step} from={from} now={now} />
        ))}
      </ol>
      <p role="status">
        {isLive && last?.at ? `Live ${lengthText(Date.parse(last.at) - from)} after the publish. ` : ""}
        <a href={`/layers/${layer.id}/deliveries/${delivery.id}`}>The delivery</a>
      </p>
    </>
  );
};

/**
 * Follows a publish to the live site, step by step, with the time since it arrived. The delivery's own page shows the
 * same, so a person may leave.
 */
export const WatchedPublish = ({ layer, deliveryId }: { readonly layer: Layer; readonly deliveryId: string }) => {
  const now = useNow();
  const [openedAt] = useState(now);
  const [isAwaited, setAwaited] = useState(true);
  const { data, problem, refresh } = useLive(
    deliveryAt(layer.id, deliveryId),
    nextChange,
    isAwaited ? EVERY : undefined,
  );
  const isLate = now - openedAt > LATE;
  useEffect(() => setAwaited(data === undefined && !isLate), [data === undefined, isLate]);
  // The log line of a delivery is written after the answer.
  if (data === undefined) {
    if (problem !== undefined && problem.status !== 404) return <ProblemNotice problem={problem} />;
    return (
      <p role="status">
        {isLate
          ? "The log has no such delivery. Check the deliveries of the layer, or send the test again."
          : "Waiting for the delivery in the log…"}
      </p>
    );
  }
  const waiting = data.sites.find(({ build }) => build?.buildNow != null);
  const buildNow = waiting?.build?.buildNow;
  return (
    <div class="stack">
      <Steps layer={layer} delivery={data} now={now} />
      {waiting === undefined || buildNow == null ? null : (
        <div class="row">
          <BuildSooner siteId={waiting.siteId} name={waiting.name} credits={buildNow.credits} onDone={refresh} />
          <span class="small muted">{buildNow.text}</span>
        </div>
      )}
    </div>
  );
};
