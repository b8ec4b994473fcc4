import { useLocation } from "preact-iso";
import { searchText } from "../../../core/searchText.ts";
import { needsAttention, VERDICTS, verdictOf } from "../../../core/stage/verdict.ts";
import { healthAt } from "../../api/resources.ts";
import type { Overview, OverviewLayer } from "../../api/types.ts";
import { type Filters, useFilters } from "../../api/useFilters.ts";
import { useLive } from "../../api/useLive.ts";
import { Await } from "../../components/Await.tsx";
import { Button, RoleButton } from "../../components/Button.tsx";
import { Select } from "../../components/Field.tsx";
import { Layers, Plus } from "../../components/icons.tsx";
import { Checklist, stepsOf } from "../../components/layer/Checklist.tsx";
import { UnreadableNotice } from "../../components/layer/UnreadableNotice.tsx";
import { type Layers as LayerPages, useLayers } from "../../components/layer/useLayers.ts";
import { Moment } from "../../components/Moment.tsx";
import { Notice, ProblemNotice } from "../../components/Notice.tsx";
import { Empty, Page, Panel } from "../../components/Page.tsx";
import { SearchField } from "../../components/SearchField.tsx";
import { Status } from "../../components/Status.tsx";
import { RowTable } from "../../components/table/RowTable.tsx";
import { byAttention } from "../../text/verdict.ts";
import { isBuildLayer, plural, statusWords, titled } from "../../text/words.ts";

const NONE = { q: "", status: "" };
/** The filter for layers in trouble. */
const ATTENTION = "attention";

const NewLayer = () => {
  const { route } = useLocation();
  return (
    <RoleButton needs="system" look="primary" onClick={() => route("/layers/new")}>
      <Plus class="icon" />
      New layer
    </RoleButton>
  );
};

/** Where a layer stands, since when, and why if it needs attention. */
const Verdict = ({ layer }: { readonly layer: OverviewLayer }) => (
  <div>
    <span class="row">
      <Status of={verdictOf(layer)} />
      {layer.since === null || layer.status === "paused" ? null : (
        <span class="small muted">
          <Moment at={layer.since} />
        </span>
      )}
    </span>
    {needsAttention(layer) && layer.reason !== null ? <p class="small">{layer.reason}</p> : null}
  </div>
);

/** What a layer does after a publish: "2 jobs, then build Blog". */
const followsText = (layer: OverviewLayer, siteNames: ReadonlyMap<string, string>): string => {
  const jobs = isBuildLayer(layer) ? "" : plural(layer.counts.dataSources, "job");
  const sites = layer.siteIds.map((id) => siteNames.get(id) ?? "a site").join(", ");
  const steps = [jobs, sites === "" ? "" : `build ${sites}`].filter(Boolean);
  return titled(steps.join(", then ") || "nothing yet");
};

const LayerTable = ({
  overview,
  pages,
  filters: { values, change },
}: {
  readonly overview: Overview;
  readonly pages: LayerPages;
  readonly filters: Filters<typeof NONE>;
}) => {
  const { q, status } = values;
  const { totals } = overview;
  const names = new Map(overview.sites.map(({ id, name }) => [id, name]));
  const wanted = overview.dataLayers
    .filter(
      (layer) =>
        pages.isFiltered ||
        ((status === "" || verdictOf(layer) === status || (status === ATTENTION && needsAttention(layer))) &&
          searchText(`${layer.name} ${layer.description} ${layer.id}`).includes(searchText(q))),
    )
    .sort(byAttention);
  return (
    <>
      <div class="filters">
        <SearchField value={q} onSearch={(text) => change({ q: text })} placeholder="Name or id" />
        <Select
          label="Status"
          value={status}
          onChange={(chosen) => change({ status: chosen })}
          options={[
            ["", "Any"],
            [ATTENTION, "Needs attention"],
            ...VERDICTS.map((one) => [one, statusWords[one]] as const),
          ]}
        />
        <span class="muted small" role="status">
          {pages.hasMore
            ? `The first ${wanted.length} of ${plural(totals.matching, "layer")}: what needs attention, then the latest`
            : wanted.length === totals.dataLayers
              ? plural(wanted.length, "layer")
              : `${wanted.length} of ${plural(totals.dataLayers, "layer")}`}
        </span>
        <a href="/failed">What failed today?</a>
      </div>
      <div class="panel">
        {wanted.length === 0 ? (
          <Empty icon={<Layers class="icon" />} title="No matching layers" text="Change the search or the status." />
        ) : (
          <RowTable
            caption="Layers"
            rows={wanted}
            keyOf={({ id }) => id}
            columns={[
              [
                "Layer",
                ({ id, name, description }) => (
                  <>
                    <a href={`/layers/${id}`}>{name}</a>
                    {description === "" ? null : <p class="muted small">{description}</p>}
                  </>
                ),
              ],
              ["Status", (layer) => <Verdict layer={layer} />],
              ["After a publish", (layer) => followsText(layer, names)],
              ["Last delivery", ({ lastDeliveryAt }) => <Moment at={lastDeliveryAt} />],
              [
                "Last sync",
                ({ id, lastSync }) =>
                  lastSync === null ? (
                    <span class="muted">never</span>
                  ) : (
                    <a href={`/layers/${id}/syncs/${lastSync.id}`}>
                      <Moment at={lastSync.at} />
                    </a>
                  ),
              ],
            ]}
          />
        )}
        <ProblemNotice problem={pages.problem} />
        {pages.hasMore ? (
          <div class="more">
            <Button onClick={() => void pages.load()} disabled={pages.loading}>
              {pages.loading ? "Loading…" : "More layers"}
            </Button>
          </div>
        ) : null}
      </div>
    </>
  );
};

export const LayersPage = () => {
  const filters = useFilters(NONE);
  const pages = useLayers(filters.values);
  const health = useLive(healthAt, () => false, 5 * 60_000);
  return (
    <Page
      title="Layers"
      note="A layer receives publish events from your CMS, merges them, runs your jobs and builds your sites."
      actions={<NewLayer />}
    >
      <Await live={pages.live}>
        {(overview) => {
          const steps = health.data === undefined ? [] : stepsOf(health.data, overview);
          const open = steps.filter(({ state }) => state !== "done");
          return (
            <>
              <UnreadableNotice what="layer" unreadable={overview.unreadable.dataLayers} />
              {overview.left === 0 ? null : (
                <Notice>
                  {plural(overview.left, "more layer or site is", "more layers and sites are")} being read.
                </Notice>
              )}
              {overview.totals.dataLayers === 0 ? (
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
                <LayerTable overview={overview} pages={pages} filters={filters} />
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
