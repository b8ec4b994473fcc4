import { Send } from "lucide-preact";
import { useState } from "preact/hooks";
import { Unreachable } from "../api/request.ts";
import { syncAt } from "../api/resources.ts";
import type { Layer } from "../api/types.ts";
import { useChange } from "../api/useChange.ts";
import { useLive } from "../api/useLive.ts";
import { lengthText } from "../text/times.ts";
import { shortId, wordsOf } from "../text/words.ts";
import { RoleButton } from "./Button.tsx";
import { Length } from "./Moment.tsx";
import { Notice, ProblemNotice } from "./Notice.tsx";
import { Status } from "./Status.tsx";

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly took: number;
  readonly syncId: string | null;
}

const DEADLINE = 15_000;

const send = async (url: string): Promise<Answer> => {
  const { pathname } = new URL(url);
  const begun = performance.now();
  let response: Response;
  let body: string;
  try {
    // By the path alone: a preview or a permalink of this site is tried at its own address.
    response = await fetch(pathname, { method: "POST", credentials: "omit", signal: AbortSignal.timeout(DEADLINE) });
    body = await response.text();
  } catch (cause) {
    throw new Unreachable("no answer", { cause });
  }
  const took = performance.now() - begun;
  let syncId: string | null = null;
  try {
    const parsed: { syncId?: string } = JSON.parse(body);
    syncId = parsed.syncId ?? null;
    body = JSON.stringify(parsed, null, 2);
  } catch {
    // Shown as it came.
  }
  return { status: response.status, body, took, syncId };
};

const Followed = ({ layer, syncId }: { readonly layer: Layer; readonly syncId: string }) => {
  const { data } = useLive(syncAt(layer.id, syncId), ({ status }) => status === "pending" || status === "running");
  const { One, one } = wordsOf(layer);
  return (
    <p class="row" role="status">
      <a href={`/layers/${layer.id}/syncs/${syncId}`}>
        {One} …{shortId(syncId)}
      </a>
      {data === undefined ? null : (
        <>
          <Status of={data.status} />
          {data.startedAt === null ? (
            <span class="muted">waits for its turn</span>
          ) : (
            <span class="muted">
              <Length from={data.startedAt} to={data.finishedAt} />
            </span>
          )}
          {data.finishedAt === null ? null : (
            <span class="muted">
              {data.sites.length === 0 ? `This ${one} asked no site for a build.` : "Asked for a build: "}
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

/** Publishes by the webhook as a CMS would, shows the answer, and follows what it caused. */
export const TestWebhook = ({ layer, url }: { readonly layer: Layer; readonly url: string }) => {
  const change = useChange();
  const [answer, setAnswer] = useState<Answer>();
  const test = (): Promise<boolean> => change.run(async () => setAnswer(await send(url)));
  return (
    <div class="stack">
      <div class="row">
        <RoleButton needs="writer" onClick={() => void test()} disabled={change.running}>
          <Send class="icon" aria-hidden="true" />
          {change.running ? "Sending…" : "Send a test publish"}
        </RoleButton>
        <span class="small muted">It counts: it causes a {wordsOf(layer).one}, and builds what that builds.</span>
      </div>
      <ProblemNotice problem={change.problem} />
      {answer === undefined ? null : (
        <>
          <Notice tone={answer.status === 200 ? "good" : "bad"}>
            Answered <strong>{answer.status}</strong> in {lengthText(answer.took)}.
            <details>
              <summary>The whole answer</summary>
              <pre class="answer">{answer.body}</pre>
            </details>
          </Notice>
          {answer.syncId === null ? null : <Followed layer={layer} syncId={answer.syncId} />}
        </>
      )}
    </div>
  );
};
