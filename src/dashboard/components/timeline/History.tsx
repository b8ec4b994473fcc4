import type { Activity } from "../../api/types.ts";
import { useFilters } from "../../api/useFilters.ts";
import { summarize } from "../../text/summarize.ts";
import { useNow } from "../../text/useNow.ts";
import { isBuildLayer, plural } from "../../text/words.ts";
import { HistoryTable } from "./HistoryTable.tsx";
import type { Range } from "./ranges.ts";
import { Timeline } from "./Timeline.tsx";

/** A layer's last hours as a timeline or a table, with a sentence about what came of the deliveries. */
export const History = ({ activity, range }: { readonly activity: Activity; readonly range: Range }) => {
  const { values, change } = useFilters({ as: "" });
  const asTable = values.as === "table";
  const now = useNow();
  const from = now - range.ms;
  const { deliveries, syncs, builds } = summarize(activity, from);
  return (
    <>
      <div class="row between">
        <p class="sum">
          <strong>{plural(deliveries, "delivery", "deliveries")}</strong> → <strong>{plural(syncs, "sync")}</strong>
          {activity.sites.length === 0 ? null : (
            <>
              {" "}
              → <strong>{plural(builds, isBuildLayer(activity.layer) ? "site build" : "build")}</strong>
            </>
          )}
        </p>
        <div class="segments">
          <button type="button" aria-pressed={!asTable} onClick={() => change({ as: "" })}>
            Chart
          </button>
          <button type="button" aria-pressed={asTable} onClick={() => change({ as: "table" })}>
            Table
          </button>
        </div>
      </div>
      {asTable ? (
        <HistoryTable activity={activity} from={from} />
      ) : (
        <Timeline activity={activity} period={{ from, to: now }} range={range} />
      )}
      {activity.cut ? (
        <p class="small muted">This view leaves out the oldest events. The lists show all of them.</p>
      ) : null}
    </>
  );
};
