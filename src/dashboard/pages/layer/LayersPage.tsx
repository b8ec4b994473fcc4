import { useState } from "preact/hooks";
import { useLocation } from "preact-iso";
import { healthAt, overviewAt } from "../../api/resources.ts";
import type { LayerStatus, Overview } from "../../api/types.ts";
import { useLive } from "../../api/useLive.ts";
import { Await } from "../../components/Await.tsx";
import { RoleButton } from "../../components/Button.tsx";
import { Field, Select } from "../../components/Field.tsx";
import { Layers, Plus } from "../../components/icons.tsx";
import { Checklist, stepsOf } from "../../components/layer/Checklist.tsx";
import { UnreadableNotice } from "../../components/layer/UnreadableNotice.tsx";
import { Moment } from "../../components/Moment.tsx";
import { Empty, Page, Panel } from "../../components/Page.tsx";
import { Status } from "../../components/Status.tsx";
import { isBuildLayer, plural, statusWords } from "../../text/words.ts";

const busyOf = ({ dataLayers, sites }: Overview): boolean =>
  [...dataLayers, ...sites].some(({ status }) => status === "pending" || status === "running");

const statuses: readonly LayerStatus[] = ["idle", "pending", "running", "retrying", "held", "failed", "paused"];

const NewLayer = () => {
  const { route } = useLocation();
  return (
    <RoleButton needs="writer" look="primary" onClick={() => route("/layers/new")}>
      <Plus class="icon" />
      New layer
    </RoleButton>
  );
};

const LayerTable = ({ overview }: { readonly overview: Overview }) => {
  const [search, setSearch] = useState("");
  const [status, setStatus] = useState("");
  const names = new Map(overview.sites.map(({ id, name }) => [id, name]));
  const wanted = overview.dataLayers.filter(
    (layer) =>
      (status === "" || layer.status === status) &&
      `${layer.name} ${layer.description} ${layer.id}`.toLowerCase().includes(search.trim().toLowerCase()),
  );
  return (
    <>
      <div class="filters">
        <Field label="Search" type="search" value={search} onInput={setSearch} placeholder="Name or id" />
        <Select
          label="Status"
          value={status}
          onChange={setStatus}
          options={[["", "Any"], ...statuses.map((one) => [one, statusWords[one]] as const)]}
        />
        <span class="muted small" role="status">
          {wanted.length === overview.dataLayers.length
            ? plural(wanted.length, "layer")
            : `${wanted.length} of ${plural(overview.dataLayers.length, "layer")}`}
        </span>
      </div>
      <div class="panel">
        {wanted.length === 0 ? (
          <Empty icon={<Layers class="icon" />} title="No matching layers" text="Change the search or the status." />
        ) : (
          <table class="table cards">
            <caption class="hidden-text">Data layers</caption>
            <thead>
              <tr>
                <th scope="col">Layer</th>
                <th scope="col">Status</th>
                <th scope="col">After a publish</th>
                <th scope="col">Last delivery</th>
                <th scope="col">Last sync</th>
              </tr>
            </thead>
            <tbody>
              {wanted.map((layer) => (
                <tr key={layer.id}>
                  <th scope="row" data-label="Layer">
                    <div>
                      <a href={`/layers/${layer.id}`}>{layer.name}</a>
                      {layer.description === "" ? null : <p class="muted small">{layer.description}</p>}
                    </div>
                  </th>
                  <td data-label="Status">
                    <Status of={layer.status} />
                  </td>
                  <td data-label="After a publish">
                    <span>
                      {isBuildLayer(layer) ? "" : plural(layer.counts.dataSources, "job")}
                      {isBuildLayer(layer) || layer.siteIds.length === 0 ? "" : ", then "}
                      {layer.siteIds.length === 0
                        ? isBuildLayer(layer)
                          ? "nothing yet"
                          : ""
                        : `build ${layer.siteIds.map((id) => names.get(id) ?? "a site").join(", ")}`}
                    </span>
                  </td>
                  <td data-label="Last delivery">
                    <Moment at={layer.lastDeliveryAt} />
                  </td>
                  <td data-label="Last sync">
                    {layer.lastSync === null ? (
                      <span class="muted">never</span>
                    ) : (
                      <span class="row">
                        <a href={`/layers/${layer.id}/syncs/${layer.lastSync.id}`}>
                          <Moment at={layer.lastSync.at} />
                        </a>
                        <Status
                          of={
                            layer.lastSync.status === "succeeded" ? (layer.stage ?? "succeeded") : layer.lastSync.status
                          }
                        />
                      </span>
                    )}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </div>
    </>
  );
};

export const LayersPage = () => {
  const live = useLive(overviewAt, busyOf);
  const health = useLive(healthAt, () => false, 5 * 60_000);
  return (
    <Page
      title="Layers"
      note="A layer receives publish events from your CMS, merges them, runs your jobs and builds your sites."
      actions={<NewLayer />}
    >
      <Await live={live}>
        {(overview) => {
          const steps = health.data === undefined ? [] : stepsOf(health.data, overview);
          const open = steps.filter(({ state }) => state !== "done");
          return (
            <>
              <UnreadableNotice what="layer" unreadable={overview.unreadable.dataLayers} />
              {overview.dataLayers.length === 0 ? (
                <div class="panel">
                  <Empty
                    icon={<Layers class="icon" />}
                    title="No layer yet"
                    text="Create a layer: choose what happens after a publish, and get a URL for your CMS."
                  >
                    <NewLayer />
                  </Empty>
                </div>
              ) : (
                <LayerTable overview={overview} />
              )}
              {open.length === 0 ? null : (
                <Panel title={`First steps: ${steps.length - open.length} of ${steps.length} done`} padded={false}>
                  <Checklist steps={steps} />
                </Panel>
              )}
            </>
          );
        }}
      </Await>
    </Page>
  );
};
