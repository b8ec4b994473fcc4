import type { DeliveryDetail, Layer } from "../../api/types.ts";
import { outcomeWords } from "../../text/words.ts";
import { Length } from "../Moment.tsx";
import { OutsideLink } from "../OutsideLink.tsx";
import { Chain, type ChainSite, ExactTime, StationItem } from "./Chain.tsx";
import { EMPTY, NO_STATIONS, type Station, siteStations, stationOf, syncStation } from "./stations.ts";

const isTaken = ({ outcome }: DeliveryDetail): boolean => outcome === "queued" || outcome === "coalesced";

const LiveMore = ({ at, delivery }: { readonly at: string; readonly delivery: DeliveryDetail }) => (
  <p>
    <ExactTime at={at} />
    {at > delivery.receivedAt ? (
      <>
        , <Length from={delivery.receivedAt} to={at} /> after the publish
      </>
    ) : null}
  </p>
);

const siteOf = (delivery: DeliveryDetail, site: NonNullable<DeliveryDetail["sync"]>["sites"][number]): ChainSite => {
  const { siteId, name, buildId, outcome, stage, since } = site;
  const build = delivery.sites.find((one) => one.siteId === siteId)?.build ?? null;
  const href = outcome === "missing" ? null : `/sites/${siteId}`;
  const url = build?.deploy?.url;
  const isUnheard = stage === "asked" && href !== null && build?.deploy === null;
  return {
    siteId,
    name,
    href,
    buildHref: href === null || buildId === null ? null : `${href}/builds/${buildId}`,
    stations:
      outcome === "missing"
        ? { ...NO_STATIONS, waits: { state: "failed", reason: site.error ?? site.reason } }
        : siteStations(site, build),
    buildsMore: url ? (
      <p>
        <OutsideLink url={url}>See the deploy</OutsideLink>
      </p>
    ) : null,
    liveMore:
      stage === "live" ? (
        <LiveMore at={since} delivery={delivery} />
      ) : isUnheard ? (
        <p>
          <a href={`/sites/${siteId}`}>Connect deploy notifications</a>
        </p>
      ) : null,
  };
};

/** The stations of a delivery that requested no build: they say why, at the end of the chain. */
const withoutBuild = (delivery: DeliveryDetail): ChainSite => {
  const { sync, stage } = delivery;
  const isOver = isTaken(delivery) && (sync === null || (sync.finishedAt !== null && stage !== "failed"));
  return {
    siteId: "none",
    name: "Sites",
    href: null,
    buildHref: null,
    stations: isOver ? { ...NO_STATIONS, live: stationOf(delivery) } : NO_STATIONS,
    liveMore: isOver && stage === "live" ? <LiveMore at={delivery.since} delivery={delivery} /> : null,
  };
};

/** Where one delivery stands between its arrival and the live site. */
export const DeliveryChain = ({ layer, delivery }: { readonly layer: Layer; readonly delivery: DeliveryDetail }) => {
  const { sync, outcome, receivedAt, reason } = delivery;
  const arrived: Station = isTaken(delivery)
    ? { state: "done" }
    : { state: outcome === "refused" ? "refused" : "ignored", reason };
  const thin = layer.dataSources.length === 0;
  const station = sync === null ? EMPTY : syncStation(sync);
  const sites = sync?.sites.map((site) => siteOf(delivery, site)) ?? [];
  return (
    <Chain
      arrived={
        <StationItem name="Arrived" station={arrived}>
          <p>
            <ExactTime at={receivedAt} />
          </p>
          {isTaken(delivery) ? <p class="muted">{outcomeWords[outcome]}</p> : null}
        </StationItem>
      }
      sync={
        <StationItem
          name="Sync"
          thin={thin}
          station={station}
          href={sync === null ? null : `/layers/${layer.id}/syncs/${sync.id}`}
        >
          {thin ? <p class="muted">No sources</p> : null}
        </StationItem>
      }
      sites={sites.length === 0 ? [withoutBuild(delivery)] : sites}
    />
  );
};
