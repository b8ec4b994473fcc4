import type { RoutePropsForPath } from "preact-iso";
import { buildAt, siteAt } from "../api/resources.ts";
import type { Build, Site } from "../api/types.ts";
import { useLive } from "../api/useLive.ts";
import { Await } from "../components/Await.tsx";
import { nextChange } from "../components/chain/nextChange.ts";
import { Length, Moment } from "../components/Moment.tsx";
import { Notice } from "../components/Notice.tsx";
import { OutsideLink } from "../components/OutsideLink.tsx";
import { Facts, Page, Panel } from "../components/Page.tsx";
import { Manifest } from "../components/proof/Manifest.tsx";
import { MarkerFacts } from "../components/proof/MarkerFacts.tsx";
import { Status } from "../components/Status.tsx";
import { deployText } from "../text/deployText.ts";
import { plural, requestTime, triggerWords, waitingWords } from "../text/words.ts";

/** What the last look at the site's pages found, if it was for this build's deploy. */
const SeenOnSite = ({ site, build }: { readonly site: Site; readonly build: Build }) => {
  if (build.deploy === null) return null;
  const { id: siteId, page, publicUrl } = site;
  if (publicUrl === null) {
    return (
      <Panel title="On the site">
        <p class="muted">
          Nobody has looked, because the site has no public URL.{" "}
          <a href={`/sites/${siteId}`}>Enter it in the settings</a> to have Layerhook look after each deploy.
        </p>
      </Panel>
    );
  }
  const isOurs = page !== null && (page.lookedFor === build.deploy.id || page.buildId === build.id);
  return (
    <Panel title="On the site">
      {isOurs ? (
        <MarkerFacts publicUrl={publicUrl} page={page} buildId={build.id} />
      ) : (
        <p class="muted">
          {page === null ? "Nobody has looked at the site's pages yet." : "The last look was for another deploy."}
        </p>
      )}
    </Panel>
  );
};

const isHealing = ({ causes }: Build): boolean => causes.some(({ again }) => again);

export const BuildPage = ({ params }: RoutePropsForPath<"/sites/:siteId/builds/:buildId">) => {
  const { siteId, buildId } = params;
  const live = useLive(buildAt(siteId, buildId), nextChange);
  const { data: site } = useLive(siteAt(siteId));
  return (
    <Page
      title={`Build of ${requestTime(buildId)}`}
      crumbs={
        <>
          <a href="/sites">Sites</a> / <a href={`/sites/${siteId}`}>{site?.name ?? "Site"}</a>
        </>
      }
      {...(live.data === undefined ? {} : { beside: <Status of={live.data.stage} /> })}
    >
      <Await live={live}>
        {(build) => (
          <>
            {build.error === null ? null : (
              <Notice tone="bad">
                <strong>Build failed.</strong> {build.error}
              </Notice>
            )}
            {build.deploy?.publication === "locked" ? (
              <Notice tone="warn">
                Built, but not live: the site is locked at Netlify. Unlock publishing at Netlify to make the build live.
              </Notice>
            ) : null}
            {build.waitingFor === null ? null : (
              <Notice tone="live">
                {waitingWords[build.waitingFor]}. {build.because}{" "}
                {build.waitingUntil === null ? null : (
                  <>
                    The build starts <Moment at={build.waitingUntil} />.
                  </>
                )}
              </Notice>
            )}
            {isHealing(build) ? (
              <Notice>Built again, because the pages of an earlier build did not show what was published.</Notice>
            ) : null}
            {build.supersededBy === null ? null : (
              <Notice>
                Superseded by{" "}
                <a href={`/sites/${siteId}/builds/${build.supersededBy}`}>
                  the build of {requestTime(build.supersededBy)}
                </a>
              </Notice>
            )}
            <Panel title="Summary">
              <Facts
                items={[
                  ["Trigger", triggerWords(build.trigger)],
                  build.requests === 0 ? null : ["Requests", plural(build.requests, "request")],
                  ["Requested", <Moment key="queued" at={build.queuedAt} />],
                  ["Waited", <Length key="waited" from={build.queuedAt} to={build.startedAt} />],
                  ["Ran for", <Length key="ran" from={build.startedAt} to={build.finishedAt} />],
                  ["Attempts", String(build.attempts)],
                  build.branch === null ? null : ["Branch", build.branch],
                  build.clearCache ? ["Build cache", "Cleared"] : null,
                  build.message === null ? null : ["Message", build.message],
                  ["Deploy", deployText(build.deploy) || "Not tracked"],
                  build.deploy?.url
                    ? [
                        "Deploy URL",
                        <OutsideLink key="url" url={build.deploy.url}>
                          {build.deploy.url}
                        </OutsideLink>,
                      ]
                    : null,
                  ["Id", <code key="id">{build.id}</code>],
                ]}
              />
            </Panel>
            <Manifest build={build} />
            {site === undefined ? null : <SeenOnSite site={site} build={build} />}
            <Panel title="Caused by">
              {build.causes.length === 0 ? (
                <p class="muted">{triggerWords(build.trigger)}</p>
              ) : (
                <ul>
                  {build.causes.map(({ dataLayerId, name, syncId, again }) => (
                    <li key={syncId}>
                      <a href={`/layers/${dataLayerId}`}>{name}</a>,{" "}
                      <a href={`/layers/${dataLayerId}/syncs/${syncId}`}>{requestTime(syncId)}</a>
                      {again ? " (again)" : ""}
                    </li>
                  ))}
                </ul>
              )}
            </Panel>
          </>
        )}
      </Await>
    </Page>
  );
};
