import type { Activity } from "../../api/types.ts";
import { deployText } from "../../text/deployText.ts";
import { deliveryWords, plural, triggerWords } from "../../text/words.ts";
import { Length, Moment } from "../Moment.tsx";
import { Status } from "../Status.tsx";

/** The timeline as a table. */
export const HistoryTable = ({ activity, from }: { readonly activity: Activity; readonly from: number }) => {
  const { layer, syncs, sites } = activity;
  const rows = [
    ...syncs.map((sync) => ({
      id: sync.id,
      what: "Sync",
      href: `/layers/${layer.id}/syncs/${sync.id}`,
      life: sync,
      status: sync.stage,
      about: `${deliveryWords(sync)}, ${triggerWords(sync.trigger)}`,
    })),
    ...sites.flatMap(({ siteId, name, builds }) =>
      builds.map((build) => ({
        id: build.id,
        what: `Build of ${name}`,
        href: `/sites/${siteId}/builds/${build.id}`,
        life: build,
        status: build.stage,
        about: [plural(build.requests, "request"), deployText(build.deploy)].filter(Boolean).join(", "),
      })),
    ),
  ]
    .filter(({ life }) => life.finishedAt === null || Date.parse(life.finishedAt) >= from)
    .sort((a, b) => (a.life.queuedAt < b.life.queuedAt ? 1 : -1));
  if (rows.length === 0) return <p class="muted">Nothing ran in this time.</p>;
  return (
    <div class="table-wrap">
      <table class="table cards">
        <caption class="hidden-text">What ran, newest first</caption>
        <thead>
          <tr>
            <th scope="col">What</th>
            <th scope="col">Status</th>
            <th scope="col">Requested</th>
            <th scope="col">Took</th>
            <th scope="col">About</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ id, what, href, life, status, about }) => (
            <tr key={`${what} ${id}`}>
              <th scope="row" data-label="What">
                <a href={href}>{what}</a>
              </th>
              <td data-label="Status">
                <Status of={status} />
              </td>
              <td data-label="Requested">
                <Moment at={life.queuedAt} />
              </td>
              <td data-label="Took">
                <Length from={life.startedAt} to={life.finishedAt} />
              </td>
              <td data-label="About">{about}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
};
