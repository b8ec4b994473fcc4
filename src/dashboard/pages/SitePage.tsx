import type { RoutePropsForPath } from "preact-iso";
import { besideLive } from "../api/bothLive.ts";
import { buildsAt, siteAt } from "../api/resources.ts";
import type { Build } from "../api/types.ts";
import { useLive } from "../api/useLive.ts";
import { useMore } from "../api/useMore.ts";
import { Await } from "../components/Await.tsx";
import { nextChange } from "../components/chain/nextChange.ts";
import { Hammer } from "../components/icons.tsx";
import { Length, Moment } from "../components/Moment.tsx";
import { Notice } from "../components/Notice.tsx";
import { Empty, Page, Panel } from "../components/Page.tsx";
import { MarkerFacts } from "../components/proof/MarkerFacts.tsx";
import { Status } from "../components/Status.tsx";
import { BuildNow } from "../components/site/BuildNow.tsx";
import { DeleteSite } from "../components/site/DeleteSite.tsx";
import { SiteDeploys } from "../components/site/SiteDeploys.tsx";
import { SiteSettings } from "../components/site/SiteSettings.tsx";
import { LoadMore } from "../components/table/LoadMore.tsx";
import { RowTable } from "../components/table/RowTable.tsx";
import { deployText } from "../text/deployText.ts";
import { plural, requestTime, triggerWords, waitingWords } from "../text/words.ts";

const isLive = ({ status }: Build): boolean => status === "pending" || status === "running";

const BuildTable = ({ siteId, builds }: { readonly siteId: string; readonly builds: readonly Build[] }) =>
  builds.length === 0 ? (
    <Empty
      icon={<Hammer class="icon" />}
      title="No builds yet"
      text="A publish to a connected layer or “Build now” starts the first build."
    />
  ) : (
    <RowTable
      caption="Builds, newest first"
      rows={builds}
      keyOf={({ id }) => id}
      columns={[
        ["Build", ({ id }) => <a href={`/sites/${siteId}/builds/${id}`}>{requestTime(id)}</a>],
        ["Status", ({ stage }) => <Status of={stage} />],
        ["Requested", ({ queuedAt }) => <Moment at={queuedAt} />],
        ["Took", ({ startedAt, finishedAt }) => <Length from={startedAt} to={finishedAt} />, "nowrap"],
        [
          "Caused by",
          ({ causes, trigger }) =>
            causes.length === 0 ? triggerWords(trigger) : [...new Set(causes.map(({ name }) => name))].join(", "),
        ],
        ["Deploy", ({ error, deploy }) => error ?? (deployText(deploy) || <span class="muted">Not tracked</span>)],
      ]}
    />
  );

export const SitePage = ({ params: { siteId } }: RoutePropsForPath<"/sites/:siteId">) => {
  const live = useLive(siteAt(siteId));
  const more = useMore<Build>(
    (cursor) => buildsAt(siteId, cursor),
    ({ id }) => id,
    ({ items }) => Math.min(...items.map(nextChange)),
  );
  const both = besideLive(live, more.live);
  const { refresh } = both;
  const waiting = more.items.find(({ status }) => status === "pending");
  return (
    <Await live={both} heading="A site">
      {(site) => (
        <Page
          title={site.name}
          crumbs={<a href="/sites">Sites</a>}
          beside={<Status of={more.items.find(isLive)?.stage ?? site.build.status} />}
          actions={<BuildNow site={site} onDone={refresh} />}
        >
          {site.locked ? (
            <Notice tone="warn">
              Publishing is locked at Netlify. Visitors keep seeing the locked deploy, and new builds do not go live.
            </Notice>
          ) : null}
          {site.build.retrying === null ? null : (
            <Notice tone="warn">
              {site.build.reason}{" "}
              {site.build.retrying.nextTryAt === null ? null : (
                <>
                  The next attempt is <Moment at={site.build.retrying.nextTryAt} />.
                </>
              )}
            </Notice>
          )}
          {waiting === undefined || waiting.waitingFor === null ? null : (
            <Notice tone="live">
              {waitingWords[waiting.waitingFor]}. {waiting.because}{" "}
              {waiting.waitingUntil === null ? null : (
                <>
                  The build starts <Moment at={waiting.waitingUntil} />.
                </>
              )}{" "}
              {plural(waiting.requests, "request is", "requests are")} waiting. {waiting.buildNow?.text}
            </Notice>
          )}
          <Panel title="Builds" padded={false}>
            <Await live={more.live}>{() => <BuildTable siteId={siteId} builds={more.items} />}</Await>
            <LoadMore more={more} what="builds" />
          </Panel>
          <SiteSettings key={site.id} site={site} refresh={live.refresh} />
          <SiteDeploys site={site} refresh={live.refresh} />
          {site.page === null ? null : (
            <Panel title="On the site's pages">
              <MarkerFacts publicUrl={site.publicUrl} page={site.page} />
            </Panel>
          )}
          <DeleteSite site={site} />
        </Page>
      )}
    </Await>
  );
};
