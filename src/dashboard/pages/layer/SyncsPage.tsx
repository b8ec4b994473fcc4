import { syncsAt } from "../../api/resources.ts";
import type { Layer, Sync } from "../../api/types.ts";
import { useMore } from "../../api/useMore.ts";
import { Await } from "../../components/Await.tsx";
import { nextChange } from "../../components/chain/nextChange.ts";
import { ListChecks } from "../../components/icons.tsx";
import { LayerPage } from "../../components/layer/LayerPage.tsx";
import { Length, Moment } from "../../components/Moment.tsx";
import { Empty } from "../../components/Page.tsx";
import { Status } from "../../components/Status.tsx";
import { LoadMore } from "../../components/table/LoadMore.tsx";
import { RowTable } from "../../components/table/RowTable.tsx";
import { requestTime, scopeWords, syncWord, triggerWords } from "../../text/words.ts";

export const SyncsPage = ({ layer }: { readonly layer: Layer }) => {
  const more = useMore<Sync>(
    (cursor) => syncsAt(layer.id, cursor),
    ({ id }) => id,
    ({ items }) => Math.min(...items.map(nextChange)),
  );
  return (
    <LayerPage layer={layer} at="syncs">
      <Await live={more.live}>
        {() => (
          <div class="panel">
            {more.items.length === 0 ? (
              <Empty
                icon={<ListChecks class="icon" />}
                title="No syncs yet"
                text="The first delivery starts the first sync. You can also start one under Activity."
              >
                <a class="button" href={`/layers/${layer.id}/connect`}>
                  Connect your CMS
                </a>
              </Empty>
            ) : (
              <RowTable
                caption="Syncs, newest first"
                rows={more.items}
                keyOf={({ id }) => id}
                columns={[
                  ["Sync", ({ id }) => <a href={`/layers/${layer.id}/syncs/${id}`}>{requestTime(id)}</a>],
                  [
                    "Status",
                    (sync) => (
                      <>
                        <Status of={syncWord(sync)} />
                        {sync.reason === null ? null : <p class="small muted">{sync.reason}</p>}
                      </>
                    ),
                  ],
                  ["Requested", ({ queuedAt }) => <Moment at={queuedAt} />],
                  ["Took", ({ startedAt, finishedAt }) => <Length from={startedAt} to={finishedAt} />, "nowrap"],
                  [
                    "Trigger",
                    ({ trigger, scope }) => (
                      <>
                        {triggerWords(trigger)}
                        {layer.dataSources.length === 0 ? null : <p class="small muted">syncs {scopeWords(scope)}</p>}
                      </>
                    ),
                  ],
                  [
                    "Deliveries",
                    ({ deliveries, deliveriesAtLeast }) =>
                      `${deliveries.toLocaleString()}${deliveriesAtLeast ? "+" : ""}`,
                    "number",
                  ],
                  [
                    "Sites",
                    ({ sites }) =>
                      sites.length === 0 ? <span class="muted">None</span> : sites.map(({ name }) => name).join(", "),
                  ],
                ]}
              />
            )}
            <LoadMore more={more} what="syncs" />
          </div>
        )}
      </Await>
    </LayerPage>
  );
};
