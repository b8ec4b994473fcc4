import type { Usage } from "../../api/types.ts";
import { creditsText } from "../../text/creditsText.ts";
import { lengthText } from "../../text/times.ts";
import { Panel } from "../Page.tsx";

const DELETED = "Deleted";

const Share = ({ of, total }: { readonly of: number; readonly total: number }) => (
  <svg class="share" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
    <rect class="whole" width="100" height="8" />
    <rect class="part" width={total === 0 ? 0 : (of / total) * 100} height="8" />
  </svg>
);

const secondsText = (seconds: number | null, count: number): string =>
  count === 0 ? "–" : seconds === null ? "over 2 h" : lengthText(seconds * 1000);

const SiteTable = ({ usage: { sites, builds, month } }: { readonly usage: Usage }) => (
  <Panel title="By site" padded={false}>
    <table class="table cards">
      <caption class="hidden-text">Builds and credits of each site</caption>
      <thead>
        <tr>
          <th scope="col">Site</th>
          <th scope="col">Share of the builds</th>
          <th scope="col" class="number">
            Builds
          </th>
          <th scope="col" class="number">
            Avoided
          </th>
          <th scope="col" class="number">
            Credits
          </th>
        </tr>
      </thead>
      <tbody>
        {sites.map((site) => (
          <tr key={site.siteId}>
            <th scope="row" data-label="Site">
              {site.name === null ? (
                <span class="muted">{DELETED}</span>
              ) : (
                <a href={`/usage?month=${month}&of=${site.siteId}`}>{site.name}</a>
              )}
            </th>
            <td data-label="Share">
              <Share of={site.builds} total={builds} />
            </td>
            <td data-label="Builds" class="number">
              {site.builds.toLocaleString()}
            </td>
            <td data-label="Avoided" class="number">
              {site.buildsAvoided.toLocaleString()}
            </td>
            <td data-label="Credits" class="number">
              {creditsText(site.estimatedCredits)}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  </Panel>
);

const LayerTable = ({ usage: { dataLayers, deliveries, month } }: { readonly usage: Usage }) => (
  <Panel title="By layer" padded={false}>
    <table class="table cards">
      <caption class="hidden-text">Deliveries, syncs and times to live of each layer</caption>
      <thead>
        <tr>
          <th scope="col">Layer</th>
          <th scope="col">Share of the deliveries</th>
          <th scope="col" class="number">
            Deliveries
          </th>
          <th scope="col" class="number">
            Syncs
          </th>
          <th scope="col" class="number">
            Unchanged
          </th>
          <th scope="col" class="number">
            Live after, p50
          </th>
          <th scope="col" class="number">
            p95
          </th>
        </tr>
      </thead>
      <tbody>
        {dataLayers.map((layer) => (
          <tr key={layer.dataLayerId}>
            <th scope="row" data-label="Layer">
              {layer.name === null ? (
                <span class="muted">{DELETED}</span>
              ) : (
                <a href={`/usage?month=${month}&of=${layer.dataLayerId}`}>{layer.name}</a>
              )}
            </th>
            <td data-label="Share">
              <Share of={layer.deliveries} total={deliveries} />
            </td>
            <td data-label="Deliveries" class="number">
              {layer.deliveries.toLocaleString()}
            </td>
            <td data-label="Syncs" class="number">
              {layer.syncs.toLocaleString()}
            </td>
            <td data-label="Unchanged" class="number">
              {layer.unchangedSyncs.toLocaleString()}
            </td>
            <td data-label="Live, p50" class="number">
              {secondsText(layer.publishToLive.p50Seconds, layer.publishToLive.count)}
            </td>
            <td data-label="Live, p95" class="number">
              {secondsText(layer.publishToLive.p95Seconds, layer.publishToLive.count)}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  </Panel>
);

/** The month of each site and of each layer. */
export const UsageTables = ({ usage }: { readonly usage: Usage }) => (
  <>
    {usage.sites.length === 0 ? null : <SiteTable usage={usage} />}
    {usage.dataLayers.length === 0 ? null : <LayerTable usage={usage} />}
  </>
);
