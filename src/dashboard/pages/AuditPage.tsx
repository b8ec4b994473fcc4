import { useEffect } from "preact/hooks";
import { auditAt, auditExportUrl, overviewAt } from "../api/resources.ts";
import { useMember } from "../api/session.tsx";
import type { AuditEntry } from "../api/types.ts";
import { useFilters } from "../api/useFilters.ts";
import { useMore } from "../api/useMore.ts";
import { joinOverviews, useWhole } from "../api/useWhole.ts";
import { Await, Loading } from "../components/Await.tsx";
import { AuditDetail } from "../components/audit/AuditDetail.tsx";
import { Select } from "../components/Field.tsx";
import { Download, ScrollText } from "../components/icons.tsx";
import { Moment } from "../components/Moment.tsx";
import { Notice } from "../components/Notice.tsx";
import { Empty, Page } from "../components/Page.tsx";
import { SearchField } from "../components/SearchField.tsx";
import { LoadMore } from "../components/table/LoadMore.tsx";
import { RowTable } from "../components/table/RowTable.tsx";
import { actionWords } from "../text/actionWords.ts";
import { dayEnd, dayStart } from "../text/days.ts";
import { momentText } from "../text/times.ts";
import { wordsFor } from "../text/words.ts";

const NONE = { layer: "", what: "", who: "", from: "", until: "" };

const Log = () => {
  const overview = useWhole(overviewAt, joinOverviews, () => false, 10 * 60_000);
  const { values, change, isSet } = useFilters(NONE);
  const { layer, what, who, from, until } = values;
  const asked = { dataLayerId: layer, action: what, actor: who, from: dayStart(from), until: dayEnd(until) };
  const more = useMore<AuditEntry>(
    (cursor) => auditAt(asked, cursor),
    ({ id }) => id,
  );
  const { items, hasMore, loading, problem } = more;
  // One page looks at a part of the log, so a page may be empty although an older entry matches.
  const goesOn = items.length === 0 && hasMore && problem === undefined;
  useEffect(() => {
    if (goesOn && !loading) void more.load();
  });
  const layers = overview.data?.dataLayers ?? [];
  const named = layers.map(({ id, name }) => [id, name] as const);
  // A deleted layer is in no list, but its entries stay and a link may name it.
  const options = [
    ["", "Any"] as const,
    ...named,
    ...(layer === "" || named.some(([id]) => id === layer) ? [] : [[layer, layer] as const]),
  ];
  return (
    <>
      <div class="filters">
        <Select label="Layer" value={layer} onChange={(next) => change({ layer: next })} options={options} />
        <Select
          label="What"
          value={what}
          onChange={(next) => change({ what: next })}
          options={[["", "Anything"], ...Object.entries(actionWords)]}
        />
        <SearchField label="Who" value={who} onSearch={(next) => change({ who: next })} placeholder="Name or e-mail" />
        <SearchField label="From" type="date" value={from} onSearch={(next) => change({ from: next })} />
        <SearchField label="Until" type="date" value={until} onSearch={(next) => change({ until: next })} />
        <a class="button" href={auditExportUrl(asked)} download="audit-log.ndjson">
          <Download class="icon" />
          Export
        </a>
      </div>
      <div class="panel">
        <Await live={more.live}>
          {() =>
            goesOn ? (
              <Loading />
            ) : items.length === 0 ? (
              <Empty
                icon={<ScrollText class="icon" />}
                title={isSet ? "No matching entries" : "No changes yet"}
                text={isSet ? "Remove a filter." : "The audit log keeps every change that a person makes for 400 days."}
              />
            ) : (
              <RowTable
                caption="Audit entries, newest first"
                rows={items}
                keyOf={({ id }) => id}
                columns={[
                  [
                    "When",
                    ({ at }) => (
                      <>
                        <span class="nowrap">{momentText(Date.parse(at))}</span>
                        <p class="small muted">
                          <Moment at={at} />
                        </p>
                      </>
                    ),
                  ],
                  [
                    "Who",
                    ({ actor }) => (
                      <>
                        {actor.name}
                        <p class="small muted">{actor.email}</p>
                      </>
                    ),
                  ],
                  ["What", ({ action }) => wordsFor(action, actionWords)],
                  [
                    "Target",
                    ({ target, dataLayerId }) => (
                      <>
                        {target.name}
                        {dataLayerId === null || target.id === dataLayerId ? null : (
                          <p class="small muted">
                            in {layers.find(({ id }) => id === dataLayerId)?.name ?? dataLayerId}
                          </p>
                        )}
                      </>
                    ),
                  ],
                  ["Detail", ({ detail }) => <AuditDetail detail={detail} />],
                ]}
              />
            )
          }
        </Await>
        <LoadMore more={more} what="entries" />
      </div>
    </>
  );
};

export const AuditPage = () => {
  const { session } = useMember();
  return (
    <Page title="Audit log" note="Who changed what, and when. The audit log never contains secrets.">
      {session.dataLayers === null ? (
        <Log />
      ) : (
        <Notice>
          Your token is limited to some layers, and the audit log covers all layers. Ask an Owner for a token without
          this limit.
        </Notice>
      )}
    </Page>
  );
};
