import { deliveriesAt } from "../../api/resources.ts";
import type { Layer, Sync } from "../../api/types.ts";
import { useLive } from "../../api/useLive.ts";
import { Await } from "../Await.tsx";
import { Panel } from "../Page.tsx";
import { DeliveryTable } from "./DeliveryTable.tsx";

/** How long before its sync a delivery may have arrived, by the clock of another instance (ms). */
const EARLIER = 10_000;
const EVERY = 5_000;

/** The publishes that went into a sync. They arrived between its request and its start, where the log is looked up. */
export const SyncPublishes = ({ layer, sync }: { readonly layer: Layer; readonly sync: Sync }) => {
  const from = new Date(Date.parse(sync.queuedAt) - EARLIER).toISOString();
  const live = useLive(
    deliveriesAt(layer.id, { from, until: sync.startedAt ?? "" }),
    () => (sync.startedAt === null ? 0 : false),
    EVERY,
  );
  return (
    <Panel title="Publishes in this sync" padded={false}>
      <Await live={live}>
        {({ items, nextCursor }) => {
          const mine = items.filter(({ syncId }) => syncId === sync.id);
          return (
            <>
              {mine.length > 0 ? <DeliveryTable layer={layer} deliveries={mine} /> : null}
              {nextCursor !== null || mine.length === 0 ? (
                <p class="table-note muted">
                  {mine.length === 0 ? "The log no longer keeps these publishes. " : "Only the newest are shown. "}
                  <a href={`/layers/${layer.id}/deliveries`}>All deliveries</a>
                </p>
              ) : null}
            </>
          );
        }}
      </Await>
    </Panel>
  );
};
