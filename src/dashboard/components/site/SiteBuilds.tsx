import type { Activity } from "../../api/types.ts";
import { deployText } from "../../text/deployText.ts";
import { plural, waitingWords } from "../../text/words.ts";
import { Length, Moment } from "../Moment.tsx";
import { Panel } from "../Page.tsx";
import { Status } from "../Status.tsx";

/** The sites of a layer, each with its running build, its waiting build and why it waits, and its last build. */
export const SiteBuilds = ({ activity: { layer, sites } }: { readonly activity: Activity }) => (
  <Panel title="Sites" padded={false}>
    {sites.length === 0 ? (
      <div class="panel-body">
        <p class="muted">
          No site is connected, so nothing builds.{" "}
          <a href={`/layers/${layer.id}/settings`}>Connect one in the settings</a>
        </p>
      </div>
    ) : (
      <table class="table cards">
        <caption class="hidden-text">Sites of this layer</caption>
        <thead>
          <tr>
            <th scope="col">Site</th>
            <th scope="col">Now</th>
            <th scope="col">Waiting</th>
            <th scope="col">Last build</th>
          </tr>
        </thead>
        <tbody>
          {sites.map(({ siteId, name, builds }) => {
            const running = builds.find(({ status }) => status === "running");
            const pending = builds.find(({ status }) => status === "pending");
            const last = builds.find(({ finishedAt }) => finishedAt !== null);
            return (
              <tr key={siteId}>
                <th scope="row" data-label="Site">
                  <a href={`/sites/${siteId}`}>{name}</a>
                </th>
                <td data-label="Now">
                  {running === undefined ? (
                    <span class="muted">Idle</span>
                  ) : (
                    <span class="row">
                      <a href={`/sites/${siteId}/builds/${running.id}`}>
                        <Status of="running" />
                      </a>
                      <span class="small">
                        for <Length from={running.startedAt} to={null} />
                      </span>
                    </span>
                  )}
                </td>
                <td data-label="Waiting">
                  {pending === undefined ? (
                    <span class="muted">–</span>
                  ) : (
                    <span>
                      {plural(pending.requests, "request")}.{" "}
                      {pending.waitingFor === null ? "Starts now." : `${waitingWords[pending.waitingFor]}.`}{" "}
                      {pending.waitingUntil === null ? null : (
                        <>
                          Starts <Moment at={pending.waitingUntil} />.
                        </>
                      )}
                    </span>
                  )}
                </td>
                <td data-label="Last build">
                  {last === undefined ? (
                    <span class="muted">No builds in this time</span>
                  ) : (
                    <span class="row">
                      <a href={`/sites/${siteId}/builds/${last.id}`}>
                        <Moment at={last.finishedAt} />
                      </a>
                      <Status of={last.stage} />
                      <span class="small muted">{deployText(last.deploy)}</span>
                    </span>
                  )}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    )}
  </Panel>
);
