import type { Activity } from "../../api/types.ts";
import { deployText } from "../../text/deployText.ts";
import { deliveryWords, plural, triggerWords } from "../../text/words.ts";
import { Length, Moment } from "../Moment.tsx";
import { Status } from "../Status.tsx";
import { RowTable } from "../table/RowTable.tsx";

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
    <RowTable
      caption="What ran, newest first"
      rows={rows}
      keyOf={({ what, id }) => `${what} ${id}`}
      columns={[
        ["What", ({ href, what }) => <a href={href}>{what}</a>],
        ["Status", ({ status }) => <Status of={status} />],
        ["Requested", ({ life }) => <Moment at={life.queuedAt} />],
        ["Took", ({ life }) => <Length from={life.startedAt} to={life.finishedAt} />, "nowrap"],
        ["About", ({ about }) => about],
      ]}
    />
  );
};
