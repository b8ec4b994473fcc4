import { ask } from "../../api/request.ts";
import { syncAt } from "../../api/resources.ts";
import type { Layer, Sync } from "../../api/types.ts";
import { useLive } from "../../api/useLive.ts";
import { Await } from "../../components/Await.tsx";
import { RoleButton } from "../../components/Button.tsx";
import { nextChange } from "../../components/chain/nextChange.ts";
import { Length, Moment } from "../../components/Moment.tsx";
import { Notice } from "../../components/Notice.tsx";
import { Facts, Page, Panel } from "../../components/Page.tsx";
import { Status } from "../../components/Status.tsx";
import { useAction, useToast } from "../../components/shell/Toasts.tsx";
import { RowTable } from "../../components/table/RowTable.tsx";
import { SyncPublishes } from "../../components/webhook/SyncPublishes.tsx";
import { lengthText } from "../../text/times.ts";
import { plural, requestTime, scopeWords, syncWord, triggerWords } from "../../text/words.ts";

/** Whether a sync has not ended. One that ended is `retrying` while the build of its site is tried again. */
const isOpen = ({ finishedAt }: Sync): boolean => finishedAt === null;

const Actions = ({
  layer,
  sync,
  refresh,
}: {
  readonly layer: Layer;
  readonly sync: Sync;
  readonly refresh: () => Promise<void>;
}) => {
  const change = useAction();
  const say = useToast();
  const act = async (action: "cancel" | "retry", text: string): Promise<void> => {
    if (await change.run(() => ask("POST", `/data-layers/${layer.id}/syncs/${sync.id}/${action}`))) {
      say(text);
      await refresh();
    }
  };
  return (
    <>
      {isOpen(sync) ? (
        <RoleButton
          needs="writer"
          disabled={change.running}
          onClick={() => void act("cancel", "Cancelled. Calls that were already sent are not undone.")}
        >
          Cancel
        </RoleButton>
      ) : null}
      {(isOpen(sync) && sync.status === "retrying") || sync.dataSources.some(({ status }) => status === "failed") ? (
        <RoleButton needs="writer" disabled={change.running} onClick={() => void act("retry", "Retry started.")}>
          Try again
        </RoleButton>
      ) : null}
    </>
  );
};

/** Why a source counted as changed although nothing had changed. */
const countedWords = {
  "unbuilt-change": "The last change has not been built.",
  "unanswered-call": "An earlier call got no answer, so the content may have changed.",
  "unconfirmed-publish": "Built because of the webhook, although the answer had not changed.",
} as const;

const Full = ({ layer, sync }: { readonly layer: Layer; readonly sync: Sync }) => (
  <>
    {sync.supersededBy === null ? null : (
      <Notice>
        Superseded by{" "}
        <a href={`/layers/${layer.id}/syncs/${sync.supersededBy}`}>the sync of {requestTime(sync.supersededBy)}</a>
      </Notice>
    )}
    {sync.error === null ? null : (
      <Notice tone={sync.status === "failed" ? "bad" : "warn"}>
        <strong>{sync.status === "failed" ? "Sync failed." : "Problem."}</strong> {sync.error}
      </Notice>
    )}
    {sync.freshness === "unconfirmed" ? (
      <Notice tone="warn">
        The probe saw no change, so Layerhook built because of the webhook. If the build shows no new content, the CMS
        served it late: build again, or set a longer delay before calling.
      </Notice>
    ) : null}
    <Panel title="Summary">
      <Facts
        items={[
          ["Trigger", triggerWords(sync.trigger)],
          ["Deliveries", plural(sync.deliveries, "delivery", "deliveries")],
          layer.dataSources.length === 0 ? null : ["Covers", scopeWords(sync.scope)],
          ["Requested", <Moment key="queued" at={sync.queuedAt} />],
          ["Waited", <Length key="waited" from={sync.queuedAt} to={sync.startedAt} />],
          ["Ran for", <Length key="ran" from={sync.startedAt} to={sync.finishedAt} />],
          ["Attempts", String(sync.attempts)],
          ["Id", <code key="id">{sync.id}</code>],
        ]}
      />
    </Panel>
    {sync.dataSources.length === 0 ? null : (
      <Panel title="Sources" padded={false}>
        <RowTable
          caption="Sources of this sync"
          rows={sync.dataSources}
          keyOf={({ slug }) => slug}
          columns={[
            ["Source", ({ slug }) => <code>{slug}</code>],
            ["Status", ({ status }) => <Status of={status} />],
            ["Attempts", ({ attempts }) => attempts],
            ["Took", ({ durationMs }) => (durationMs === null ? "–" : lengthText(durationMs)), "nowrap"],
            [
              "Answer",
              ({ error, message, changed, countedBecause, records }) => (
                <>
                  {error ?? message ?? <span class="muted">No message</span>}
                  <p class="small muted">
                    {changed === null ? "" : changed ? "Changed. " : "Not changed. "}
                    {countedBecause === null ? "" : `${countedWords[countedBecause]} `}
                    {records === null ? "" : plural(records, "record")}
                  </p>
                </>
              ),
            ],
          ]}
        />
      </Panel>
    )}
    {sync.deliveries === 0 ? null : <SyncPublishes layer={layer} sync={sync} />}
    <Panel title="Sites" padded={false}>
      {sync.sites.length === 0 ? (
        <div class="panel-body">
          <p class="muted">
            {isOpen(sync)
              ? "The sites build when the sync has ended and something has changed."
              : layer.connectedSites.length === 0
                ? "No site is connected to this layer."
                : "No build was started, because nothing changed or the sync did not finish."}
          </p>
        </div>
      ) : (
        <RowTable
          caption="Sites and their builds"
          rows={sync.sites}
          keyOf={({ siteId }) => siteId}
          columns={[
            [
              "Site",
              ({ siteId, name, outcome }) =>
                outcome === "missing" ? <code>{siteId}</code> : <a href={`/sites/${siteId}`}>{name}</a>,
            ],
            [
              "Result",
              ({ outcome, error }) =>
                outcome === "missing" ? (
                  <span class="row">
                    <Status of="failed" />
                    <span class="small">{error}</span>
                  </span>
                ) : (
                  { queued: "Build requested", coalesced: "Merged into the waiting build" }[outcome]
                ),
            ],
            [
              "Build",
              ({ siteId, buildId }) =>
                buildId === null ? (
                  <span class="muted">None</span>
                ) : (
                  <a href={`/sites/${siteId}/builds/${buildId}`}>{requestTime(buildId)}</a>
                ),
            ],
          ]}
        />
      )}
    </Panel>
    {sync.purge === null ? null : (
      <Panel title="Cache purge">
        <p>
          {
            {
              purged: `${plural(sync.purge.tags, "cache tag")} purged.`,
              failed: `The purge failed: ${sync.purge.error ?? "no reason was given"}. The next change purges again.`,
              skipped: "Not purged, because no Netlify token is set.",
            }[sync.purge.outcome]
          }
        </p>
      </Panel>
    )}
  </>
);

export const SyncPage = ({ layer, id: syncId }: { readonly layer: Layer; readonly id: string }) => {
  const live = useLive(syncAt(layer.id, syncId), nextChange);
  return (
    <Page
      title={`Sync of ${requestTime(syncId)}`}
      crumbs={
        <>
          <a href="/">Layers</a> / <a href={`/layers/${layer.id}`}>{layer.name}</a> /{" "}
          <a href={`/layers/${layer.id}/syncs`}>Syncs</a>
        </>
      }
      {...(live.data === undefined
        ? {}
        : {
            beside: <Status of={syncWord(live.data)} />,
            actions: <Actions layer={layer} sync={live.data} refresh={live.refresh} />,
          })}
    >
      <Await live={live}>{(sync) => <Full layer={layer} sync={sync} />}</Await>
    </Page>
  );
};
