import { ask } from "../../api/request.ts";
import { deliveryAt } from "../../api/resources.ts";
import type { DeliveryDetail, Layer } from "../../api/types.ts";
import { useChange } from "../../api/useChange.ts";
import { useLive } from "../../api/useLive.ts";
import { lengthText } from "../../text/times.ts";
import { useNow } from "../../text/useNow.ts";
import { RoleButton } from "../Button.tsx";
import { Circle, CircleCheck, CircleX, LoaderCircle } from "../icons.tsx";
import { ProblemNotice } from "../Notice.tsx";
import { isOver, type PublishStep, publishSteps } from "./publishSteps.ts";

const EVERY = 2_000;

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

/** Starts the build of a site that still waits, which the person is told the price of. */
const BuildNow = ({
  delivery,
  onDone,
}: {
  readonly delivery: DeliveryDetail;
  readonly onDone: () => Promise<void>;
}) => {
  const change = useChange();
  const waiting = delivery.sites.find(({ build }) => build?.buildNow != null);
  if (waiting?.build?.buildNow == null) return null;
  const start = (): Promise<boolean> =>
    change.run(async () => {
      await ask("POST", `/sites/${waiting.siteId}/builds`, { body: {} });
      await onDone();
    });
  return (
    <div class="row">
      <RoleButton needs="system" small disabled={change.running} onClick={() => void start()}>
        Build now · {waiting.build.buildNow.credits} credits
      </RoleButton>
      <span class="small muted">{waiting.build.buildNow.text}</span>
      <ProblemNotice problem={change.problem} />
    </div>
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
  const { data, refresh } = useLive(
    deliveryAt(layer.id, deliveryId),
    (delivery) => (isOver(publishSteps(delivery)) ? false : 0),
    EVERY,
  );
  // The log line of a delivery is written after the answer.
  if (data === undefined) return <p role="status">Waiting for the delivery in the log…</p>;
  return (
    <div class="stack">
      <Steps layer={layer} delivery={data} now={now} />
      <BuildNow delivery={data} onDone={refresh} />
    </div>
  );
};
