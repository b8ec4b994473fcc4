import { verdictOf } from "../../../core/stage/verdict.ts";
import { NEVER } from "../../api/lookAfter.ts";
import { ask } from "../../api/request.ts";
import { activityAt } from "../../api/resources.ts";
import { useMember } from "../../api/session.tsx";
import type { Accepted, Activity, Layer } from "../../api/types.ts";
import { useFilters } from "../../api/useFilters.ts";
import { useLive } from "../../api/useLive.ts";
import { Await } from "../../components/Await.tsx";
import { RoleButton } from "../../components/Button.tsx";
import { LayerChain } from "../../components/chain/LayerChain.tsx";
import { nextChange } from "../../components/chain/nextChange.ts";
import { ChevronDown, Inbox, Pause, Play } from "../../components/icons.tsx";
import { LayerPage } from "../../components/layer/LayerPage.tsx";
import { Slots } from "../../components/layer/Slots.tsx";
import { Notice } from "../../components/Notice.tsx";
import { Menu, MenuItem } from "../../components/overlay/Menu.tsx";
import { Empty, Panel } from "../../components/Page.tsx";
import { Status } from "../../components/Status.tsx";
import { useAction, useToast } from "../../components/shell/Toasts.tsx";
import { History } from "../../components/timeline/History.tsx";
import { firstRange, rangeOf, ranges } from "../../components/timeline/ranges.ts";
import { DeliveryTable } from "../../components/webhook/DeliveryTable.tsx";
import { useNow } from "../../text/useNow.ts";
import { isBuildLayer, statusWords } from "../../text/words.ts";
import type { LayerParams } from "./ofLayer.tsx";

const dueOf = ({ layer, sites }: Activity): number =>
  Math.min(
    !layer.paused && (layer.sync.running !== null || layer.sync.pending !== null) ? 0 : NEVER,
    ...sites.flatMap(({ builds }) => builds.map(nextChange)),
  );

const RunNow = ({ layer, onDone }: { readonly layer: Layer; readonly onDone: () => Promise<void> }) => {
  const { writes } = useMember();
  const change = useAction();
  const say = useToast();
  const run = async (dataSource?: string): Promise<void> => {
    const done = await change.run(async () => {
      const body = dataSource === undefined ? {} : { dataSource };
      const { outcome, message } = await ask<Accepted>("POST", `/data-layers/${layer.id}/syncs`, { body });
      const build = outcome === "queued" ? "A build is queued." : "Merged into the build that is already queued.";
      say(isBuildLayer(layer) ? build : message);
    });
    if (done) await onDone();
  };
  const text = isBuildLayer(layer) ? "Build now" : "Run now";
  return !writes || layer.dataSources.length < 2 ? (
    <RoleButton needs="writer" look="primary" disabled={change.running} onClick={() => void run()}>
      <Play class="icon" />
      {text}
    </RoleButton>
  ) : (
    <Menu
      look="primary"
      disabled={change.running}
      button={
        <>
          <Play class="icon" />
          {text}
          <ChevronDown class="icon" />
        </>
      }
    >
      <MenuItem onClick={() => void run()}>All sources</MenuItem>
      {layer.dataSources.map(({ slug, name }) => (
        <MenuItem key={slug} onClick={() => void run(slug)}>
          Only {name}
        </MenuItem>
      ))}
    </Menu>
  );
};

const PauseButton = ({ layer, onDone }: { readonly layer: Layer; readonly onDone: () => Promise<void> }) => {
  const change = useAction();
  const say = useToast();
  const toggle = async (): Promise<void> => {
    const paused = !layer.paused;
    if (await change.run(() => ask("PATCH", `/data-layers/${layer.id}`, { body: { paused } }))) {
      say(paused ? "Paused. Publishes are still accepted and kept." : "Resumed.");
      await onDone();
    }
  };
  return (
    <RoleButton needs="writer" disabled={change.running} onClick={() => void toggle()}>
      {layer.paused ? <Play class="icon" /> : <Pause class="icon" />}
      {layer.paused ? "Resume" : "Pause"}
    </RoleButton>
  );
};

/** A layer's live activity: its slots, its retries, its sites and its history. */
export const ActivityPage = ({ params: { layerId = "" } }: LayerParams) => (
  <LayerActivity key={layerId} layerId={layerId} />
);

const LayerActivity = ({ layerId }: { readonly layerId: string }) => {
  const { values, change } = useFilters({ range: "" });
  const chosen = rangeOf(values.range);
  const now = useNow();
  const hours = chosen?.hours ?? 1;
  const live = useLive(activityAt(layerId, hours), dueOf);
  return (
    <Await live={live} heading="A layer">
      {(activity) => {
        const { layer, deliveries } = activity;
        const verdict = verdictOf(layer);
        const range = chosen ?? firstRange(activity, now);
        return (
          <LayerPage
            layer={layer}
            at=""
            beside={<Status of={verdict} />}
            actions={
              <>
                <PauseButton layer={layer} onDone={live.refresh} />
                <RunNow layer={layer} onDone={live.refresh} />
              </>
            }
          >
            <Panel title="From publish to live">
              {verdict === "failed" || verdict === "held" || verdict === "retrying" ? (
                <Notice tone={verdict === "failed" ? "bad" : "warn"}>
                  <strong>{statusWords[verdict]}.</strong> {layer.reason}
                </Notice>
              ) : null}
              <LayerChain activity={activity} hours={hours} refresh={live.refresh} />
            </Panel>
            {layer.dataSources.length === 0 ? null : <Slots activity={activity} refresh={live.refresh} />}
            <Panel
              title="Timeline"
              actions={
                <fieldset class="segments">
                  <legend class="hidden-text">How far to look back</legend>
                  {ranges.map(({ name, text }) => (
                    <button
                      type="button"
                      key={name}
                      aria-pressed={name === range.name}
                      onClick={() => change({ range: name })}
                    >
                      {text}
                    </button>
                  ))}
                </fieldset>
              }
            >
              <History activity={activity} range={range} />
            </Panel>
            <Panel
              title="Last deliveries"
              padded={false}
              actions={<a href={`/layers/${layer.id}/deliveries`}>All deliveries</a>}
            >
              {deliveries.length === 0 ? (
                <Empty
                  icon={<Inbox class="icon" />}
                  title="No deliveries yet"
                  text={`Enter the URL of one of this layer's webhooks in your CMS. Deliveries appear here, each with its sync.`}
                >
                  <a class="button" href={`/layers/${layer.id}/connect`}>
                    Connect your CMS
                  </a>
                </Empty>
              ) : (
                <DeliveryTable layer={layer} deliveries={deliveries.slice(0, 8)} />
              )}
            </Panel>
          </LayerPage>
        );
      }}
    </Await>
  );
};
