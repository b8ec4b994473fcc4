import type { Activity } from "../../api/types.ts";
import { lengthText } from "../../text/times.ts";
import { deliveryWords, plural } from "../../text/words.ts";
import { OutsideLink } from "../OutsideLink.tsx";
import { BuildSooner } from "../site/BuildSooner.tsx";
import { Chain, type ChainSite, ExactTime, ShowsUntil, StationItem } from "./Chain.tsx";
import { connectedStations, layerSyncStation, usualLength } from "./layerStations.ts";
import { EMPTY, NO_STATIONS } from "./stations.ts";

interface Shown {
  readonly activity: Activity;
  readonly hours: number;
  readonly refresh: () => Promise<void>;
}

const periods: Readonly<Record<number, string>> = { 1: "hour", 24: "day", 168: "week" };
/** The log of arrivals ends there. */
const LOG_CAP = 1000;

const Arrived = ({ activity: { layer, arrived, deliveries }, hours }: Omit<Shown, "refresh">) => {
  const [last] = deliveries;
  const count = plural(arrived.length, "delivery", "deliveries");
  return (
    <StationItem
      name="Arrived"
      station={arrived.length === 0 ? EMPTY : { state: "done" }}
      href={`/layers/${layer.id}/deliveries`}
    >
      <p>
        {arrived.length >= LOG_CAP ? "At least " : ""}
        {arrived.length === 0 ? "No deliveries" : count} in the last {periods[hours] ?? `${hours} h`}
      </p>
      {last === undefined ? null : (
        <p class="muted">
          Last:{" "}
          <a href={`/layers/${layer.id}/deliveries/${last.id}`}>
            <ExactTime at={last.receivedAt} />
          </a>
        </p>
      )}
    </StationItem>
  );
};

const SyncItem = ({ activity }: Pick<Shown, "activity">) => {
  const { layer, syncs } = activity;
  const { running, pending } = layer.sync;
  const shown = running ?? pending ?? syncs[0];
  const thin = layer.dataSources.length === 0;
  const station = layerSyncStation(activity);
  return (
    <StationItem
      name="Sync"
      thin={thin}
      station={thin && station.state === "done" ? { state: "done" } : station}
      href={shown === undefined ? null : `/layers/${layer.id}/syncs/${shown.id}`}
    >
      {thin ? <p class="muted">No sources</p> : null}
      {running !== null && pending !== null ? <p>Next: {deliveryWords(pending)}</p> : null}
    </StationItem>
  );
};

const siteOf = (
  { layer, deliveries, sites }: Activity,
  siteId: string,
  refresh: Shown["refresh"],
): ChainSite | null => {
  const site = sites.find((one) => one.siteId === siteId);
  if (site === undefined) return null;
  const { name, builds } = site;
  const stations = connectedStations(layer, builds);
  const pending = builds.find(({ status }) => status === "pending");
  const [newest] = builds.filter((build) => build !== pending);
  const usual = usualLength(builds);
  const live = deliveries.find(({ stage }) => stage === "live");
  const url = newest?.deploy?.url;
  return {
    siteId,
    name,
    href: `/sites/${siteId}`,
    buildHref: newest === undefined ? null : `/sites/${siteId}/builds/${newest.id}`,
    stations,
    waitsMore:
      pending === undefined ? null : (
        <>
          <p>{plural(pending.requests, "request")}</p>
          {stations.builds.state === "building" ? null : (
            <BuildSooner siteId={siteId} name={name} credits={pending.buildNow?.credits ?? 0} onDone={refresh} />
          )}
        </>
      ),
    buildsMore: (
      <>
        {stations.builds.state === "building" && usual !== null ? (
          <p class="muted">Usually {lengthText(usual)}</p>
        ) : null}
        {url ? (
          <p>
            <OutsideLink url={url}>See the deploy</OutsideLink>
          </p>
        ) : null}
      </>
    ),
    liveMore:
      stations.live.state === "live" ? (
        <>
          {stations.live.since ? (
            <p>
              Since <ExactTime at={stations.live.since} />
            </p>
          ) : null}
          {live === undefined ? null : <ShowsUntil at={live.receivedAt} />}
        </>
      ) : stations.live.state === "asked" && newest?.deploy === null ? (
        <p>
          <a href={`/sites/${siteId}`}>Connect deploy notifications</a>
        </p>
      ) : null,
  };
};

const noSite: ChainSite = {
  siteId: "none",
  name: "Sites",
  href: null,
  buildHref: null,
  stations: NO_STATIONS,
};

/** What is between the CMS and the live site, for a whole layer. */
export const LayerChain = ({ activity, hours, refresh }: Shown) => {
  const { layer } = activity;
  const sites = layer.connectedSites.flatMap(({ siteId }) => siteOf(activity, siteId, refresh) ?? []);
  const none = {
    ...noSite,
    waitsMore: (
      <p>
        No site is connected, so nothing builds.{" "}
        <a href={`/layers/${layer.id}/settings`}>Connect one in the settings</a>
      </p>
    ),
  };
  return (
    <Chain
      arrived={<Arrived activity={activity} hours={hours} />}
      sync={<SyncItem activity={activity} />}
      sites={sites.length === 0 ? [none] : sites}
    />
  );
};
