import { useState } from "preact/hooks";
import { defined } from "../../../core/defined.ts";
import { ask } from "../../api/request.ts";
import { recipesAt } from "../../api/resources.ts";
import type { Layer, Tested } from "../../api/types.ts";
import { useChange } from "../../api/useChange.ts";
import { useLive } from "../../api/useLive.ts";
import { lengthText } from "../../text/times.ts";
import { plural } from "../../text/words.ts";
import { RoleButton } from "../Button.tsx";
import { Select } from "../Field.tsx";
import { Send } from "../icons.tsx";
import { Notice, ProblemNotice } from "../Notice.tsx";
import { WatchedPublish } from "./WatchedPublish.tsx";

/** The delivery that an answer names. Null: the publish was refused. */
const deliveryIdIn = ({ body }: Tested["answer"]): string | null =>
  typeof body === "object" && body !== null && "deliveryId" in body && typeof body.deliveryId === "string"
    ? body.deliveryId
    : null;

/** What a test delivery looks like. Empty: as the sender that the webhook verifies, about every source. */
interface Sample {
  readonly cms: string;
  readonly source: string;
}

const SampleFields = ({
  layer,
  sample,
  onChange,
}: {
  readonly layer: Layer;
  readonly sample: Sample;
  readonly onChange: (sample: Sample) => void;
}) => {
  const recipes = useLive(recipesAt, () => false, 10 * 60_000);
  return (
    <div class="form-row">
      <Select
        label="Send it as"
        value={sample.cms}
        onChange={(cms) => onChange({ ...sample, cms })}
        options={[
          ["", "The sender that this webhook verifies"],
          ...(recipes.data?.items ?? []).map(({ cms, name }) => [cms, name] as const),
        ]}
      />
      {layer.dataSources.length === 0 ? null : (
        <Select
          label="About"
          value={sample.source}
          onChange={(source) => onChange({ ...sample, source })}
          options={[["", "All sources"], ...layer.dataSources.map(({ slug, name }) => [slug, name] as const)]}
        />
      )}
    </div>
  );
};

/**
 * Sends a test delivery to a webhook through the site's public URL, shows the answer and follows the publish to the live site.
 */
export const TestWebhook = ({
  layer,
  webhook,
  given,
}: {
  readonly layer: Layer;
  /** The webhook's ref, or `default`. */
  readonly webhook: string;
  /** What is sent; absent: the person chooses it here. */
  readonly given?: Sample | undefined;
}) => {
  const change = useChange();
  const [chosen, setChosen] = useState<Sample>({ cms: "", source: "" });
  const [isChoosing, setChoosing] = useState(false);
  const { cms, source } = given ?? chosen;
  const [tested, setTested] = useState<Tested>();
  const test = (): Promise<boolean> =>
    change.run(async () => {
      setTested(undefined);
      const body = defined({ cms: cms || undefined, source: source || undefined });
      setTested(await ask<Tested>("POST", `/data-layers/${layer.id}/webhooks/${webhook}/test`, { body }));
    });
  const deliveryId = tested === undefined ? null : deliveryIdIn(tested.answer);
  return (
    <div class="stack">
      <div class="row">
        <RoleButton needs="writer" onClick={() => void test()} disabled={change.running}>
          <Send class="icon" />
          {change.running ? "Sending…" : "Send a test publish"}
        </RoleButton>
        <span class="small muted">This is a real publish: it starts a sync and can start builds.</span>
      </div>
      {given !== undefined ? null : (
        // The list of senders is loaded when a person opens it.
        <details onToggle={(event) => setChoosing(event.currentTarget.open)}>
          <summary>Choose what is sent</summary>
          {isChoosing ? (
            <div class="try">
              <SampleFields layer={layer} sample={chosen} onChange={setChosen} />
            </div>
          ) : null}
        </details>
      )}
      <ProblemNotice problem={change.problem} />
      {tested === undefined ? null : (
        <>
          <Notice tone={tested.answer.status === 200 ? "good" : "bad"}>
            Answered <strong>{tested.answer.status}</strong> in {lengthText(tested.took)}.
            <details>
              <summary>Request and answer</summary>
              <pre class="answer">
                {`${tested.request.method} ${tested.request.path}\n${tested.request.headers.join(", ")}\n${plural(tested.request.bodyBytes, "byte")}\n\n${JSON.stringify(tested.answer.body, null, 2)}`}
              </pre>
            </details>
          </Notice>
          {deliveryId === null ? null : <WatchedPublish key={deliveryId} layer={layer} deliveryId={deliveryId} />}
        </>
      )}
    </div>
  );
};
