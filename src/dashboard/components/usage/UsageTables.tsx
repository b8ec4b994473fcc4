import type { Usage } from "../../api/types.ts";
import { creditsText } from "../../text/creditsText.ts";
import { lengthText } from "../../text/times.ts";
import { Panel } from "../Page.tsx";
import { RowTable } from "../table/RowTable.tsx";

const Share = ({ of, total }: { readonly of: number; readonly total: number }) => (
  <svg class="share" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
    <rect class="whole" width="100" height="8" />
    <rect class="part" width={total === 0 ? 0 : (of / total) * 100} height="8" />
  </svg>
);

const secondsText = (seconds: number | null, count: number): string =>
  count === 0 ? "–" : seconds === null ? "over 2 h" : lengthText(seconds * 1000);

/** The name of a site or a layer, as a link to its month. */
const named = (id: string, name: string | null, month: string) =>
  name === null ? <span class="muted">Deleted</span> : <a href={`/usage?month=${month}&of=${id}`}>{name}</a>;

const SiteTable = ({ usage: { sites, builds, month } }: { readonly usage: Usage }) => (
  <Panel title="By site" padded={false}>
    <RowTable
      caption="Builds and credits of each site"
      rows={sites}
      keyOf={({ siteId }) => siteId}
      columns={[
        ["Site", ({ siteId, name }) => named(siteId, name, month)],
        ["Share of the builds", (site) => <Share of={site.builds} total={builds} />],
        ["Builds", (site) => site.builds.toLocaleString(), "number"],
        ["Avoided", ({ buildsAvoided }) => buildsAvoided.toLocaleString(), "number"],
        ["Credits", ({ estimatedCredits }) => creditsText(estimatedCredits), "number"],
      ]}
    />
  </Panel>
);

const LayerTable = ({ usage: { dataLayers, deliveries, month } }: { readonly usage: Usage }) => (
  <Panel title="By layer" padded={false}>
    <RowTable
      caption="Deliveries, syncs and times to live of each layer"
      rows={dataLayers}
      keyOf={({ dataLayerId }) => dataLayerId}
      columns={[
        ["Layer", ({ dataLayerId, name }) => named(dataLayerId, name, month)],
        ["Share of the deliveries", (layer) => <Share of={layer.deliveries} total={deliveries} />],
        ["Deliveries", (layer) => layer.deliveries.toLocaleString(), "number"],
        ["Syncs", ({ syncs }) => syncs.toLocaleString(), "number"],
        ["Unchanged", ({ unchangedSyncs }) => unchangedSyncs.toLocaleString(), "number"],
        ["Live after, p50", ({ publishToLive: { p50Seconds, count } }) => secondsText(p50Seconds, count), "number"],
        ["Live after, p95", ({ publishToLive: { p95Seconds, count } }) => secondsText(p95Seconds, count), "number"],
      ]}
    />
  </Panel>
);

/** The month of each site and of each layer. */
export const UsageTables = ({ usage }: { readonly usage: Usage }) => (
  <>
    {usage.sites.length === 0 ? null : <SiteTable usage={usage} />}
    {usage.dataLayers.length === 0 ? null : <LayerTable usage={usage} />}
  </>
);
