import { syncsAt } from "../../api/resources.ts";
import type { Layer, Sync } from "../../api/types.ts";
import { useMore } from "../../api/useMore.ts";
import { Await } from "../../components/Await.tsx";
import { nextChange } from "../../components/chain/nextChange.ts";
import { ListChecks } from "../../components/icons.tsx";
import { LoadMore } from "../../components/LoadMore.tsx";
import { LayerPage } from "../../components/layer/LayerPage.tsx";
import { Length, Moment } from "../../components/Moment.tsx";
import { Empty } from "../../components/Page.tsx";
import { Status } from "../../components/Status.tsx";
import { scopeWords, shortId, triggerWords } from "../../text/words.ts";

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
                title={`No syncs yet`}
                text="The first delivery starts the first sync. You can also start one under Activity."
              />
            ) : (
              <table class="table cards">
                <caption class="hidden-text">syncs, newest first</caption>
                <thead>
                  <tr>
                    <th scope="col">Sync</th>
                    <th scope="col">Status</th>
                    <th scope="col">Requested</th>
                    <th scope="col">Took</th>
                    <th scope="col">Trigger</th>
                    <th scope="col" class="number">
                      Deliveries
                    </th>
                    <th scope="col">Sites</th>
                  </tr>
                </thead>
                <tbody>
                  {more.items.map((sync) => (
                    <tr key={sync.id}>
                      <th scope="row" data-label="Sync">
                        <a href={`/layers/${layer.id}/syncs/${sync.id}`} class="mono">
                          …{shortId(sync.id)}
                        </a>
                      </th>
                      <td data-label="Status">
                        <div>
                          <Status of={sync.stage} />
                          {sync.reason === null ? null : <p class="small muted">{sync.reason}</p>}
                        </div>
                      </td>
                      <td data-label="Requested">
                        <Moment at={sync.queuedAt} />
                      </td>
                      <td data-label="Took" class="nowrap">
                        <Length from={sync.startedAt} to={sync.finishedAt} />
                      </td>
                      <td data-label="Trigger">
                        <div>
                          {triggerWords(sync.trigger)}
                          {layer.dataSources.length === 0 ? null : (
                            <p class="small muted">syncs {scopeWords(sync.scope)}</p>
                          )}
                        </div>
                      </td>
                      <td data-label="Deliveries" class="number">
                        {sync.deliveries.toLocaleString()}
                        {sync.deliveriesAtLeast ? "+" : ""}
                      </td>
                      <td data-label="Sites">
                        {sync.sites.length === 0 ? (
                          <span class="muted">None</span>
                        ) : (
                          <span>{sync.sites.map(({ name }) => name).join(", ")}</span>
                        )}
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            )}
            <LoadMore more={more} what="syncs" />
          </div>
        )}
      </Await>
    </LayerPage>
  );
};
