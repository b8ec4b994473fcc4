import { useEffect, useState } from "preact/hooks";
import { ask } from "../../api/request.ts";
import type { ProbeTested } from "../../api/types.ts";
import { useChange } from "../../api/useChange.ts";
import { lengthText } from "../../text/times.ts";
import { titled } from "../../text/words.ts";
import { Button } from "../Button.tsx";
import { Notice, ProblemNotice } from "../Notice.tsx";

const Tried = ({ tested, onPick }: { readonly tested: ProbeTested; readonly onPick: (pointer: string) => void }) => {
  const { status, compared, isCut, reason, places, durationMs } = tested;
  return (
    <Notice tone={reason === null ? "good" : "warn"}>
      <p role="status">
        {reason === null
          ? `The URL answered ${status} in ${lengthText(durationMs)}. Layerhook would compare:`
          : `${titled(reason)}.`}
      </p>
      {compared === null ? null : (
        <pre class="answer">
          {compared}
          {isCut ? " …" : ""}
        </pre>
      )}
      {places.length === 0 ? null : (
        <details open={reason !== null}>
          <summary>Values in the answer</summary>
          <div class="chips try">
            {places.map((place) => (
              <Button key={place} small onClick={() => onPick(place)} label={`Compare ${place}`}>
                {place}
              </Button>
            ))}
          </div>
        </details>
      )}
    </Notice>
  );
};

/** A button that requests a probe's URL once, as the form has it, and shows what would be compared. Saves nothing. */
export const TryProbe = ({
  layerId,
  probe,
  onPick,
}: {
  readonly layerId: string;
  /** The probe as the API takes it. */
  readonly probe: object;
  readonly onPick: (pointer: string) => void;
}) => {
  const [tested, setTested] = useState<ProbeTested>();
  const change = useChange();
  const input = JSON.stringify(probe);
  useEffect(() => setTested(undefined), [input]);
  const test = (): Promise<boolean> =>
    change.run(async () => {
      setTested(await ask<ProbeTested>("POST", `/data-layers/${layerId}/data-sources/test`, { body: probe }));
    });
  return (
    <div class="stack">
      <div class="row">
        <Button small onClick={() => void test()} disabled={change.running}>
          {change.running ? "Requesting…" : "Try it"}
        </Button>
        <span class="small muted">Requests the URL once. Saves nothing and starts nothing.</span>
      </div>
      <ProblemNotice problem={change.problem} />
      {tested === undefined ? null : <Tried tested={tested} onPick={onPick} />}
    </div>
  );
};
