import { useState } from "preact/hooks";
import { defined } from "../../../core/defined.ts";
import { ask } from "../../api/request.ts";
import { syncAt } from "../../api/resources.ts";
import type { Layer, Tested } from "../../api/types.ts";
import { useChange } from "../../api/useChange.ts";
import { useLive } from "../../api/useLive.ts";
import { lengthText } from "../../text/times.ts";
import { plural, shortId } from "../../text/words.ts";
import { RoleButton } from "../Button.tsx";
import { Send } from "../icons.tsx";
import { Length } from "../Moment.tsx";
import { Notice, ProblemNotice } from "../Notice.tsx";
import { Status } from "../Status.tsx";

const Followed = ({ layer, syncId }: { readonly layer: Layer; readonly syncId: string }) => {
  const { data } = useLive(syncAt(layer.id, syncId), ({ status }) => status === "pending" || status === "running");
  return (
    <p class="row" role="status">
      <a href={`/layers/${layer.id}/syncs/${syncId}`}>Sync …{shortId(syncId)}</a>
      {data === undefined ? null : (
        <>
          <Status of={data.stage} />
          {data.startedAt === null ? (
            <span class="muted">waits for its turn</span>
          ) : (
            <span class="muted">
              <Length from={data.startedAt} to={data.finishedAt} />
            </span>
          )}
          {data.finishedAt === null ? null : (
            <span class="muted">
              {data.sites.length === 0 ? `This sync started no build.` : "Build requested: "}
              {data.sites.map(({ siteId, name }) => (
                <a key={siteId} href={`/sites/${siteId}`}>
                  {name}{" "}
                </a>
              ))}
            </span>
          )}
        </>
      )}
    </p>
  );
};

/**
 * Sends a test delivery to a webhook through the site's public URL, shows the answer and follows the sync it causes.
 */
export const TestWebhook = ({
  layer,
  webhook,
  cms,
  source,
}: {
  readonly layer: Layer;
  /** The webhook's ref, or `default`. */
  readonly webhook: string;
  readonly cms?: string | undefined;
  readonly source?: string | undefined;
}) => {
  const change = useChange();
  const [tested, setTested] = useState<Tested>();
  const test = (): Promise<boolean> =>
    change.run(async () => {
      setTested(undefined);
      const body = defined({ cms, source });
      setTested(await ask<Tested>("POST", `/data-layers/${layer.id}/webhooks/${webhook}/test`, { body }));
    });
  return (
    <div class="stack">
      <div class="row">
        <RoleButton needs="writer" onClick={() => void test()} disabled={change.running}>
          <Send class="icon" />
          {change.running ? "Sending…" : "Send a test publish"}
        </RoleButton>
        <span class="small muted">This is a real publish: it starts a sync and can start builds.</span>
      </div>
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
          {tested.syncId === null ? null : <Followed layer={layer} syncId={tested.syncId} />}
        </>
      )}
    </div>
  );
};
