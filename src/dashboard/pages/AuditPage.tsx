import { useState } from "preact/hooks";
import { type AuditFilter, auditAt, auditExportUrl, overviewAt } from "../api/resources.ts";
import { useMember } from "../api/session.tsx";
import type { AuditEntry } from "../api/types.ts";
import { useLive } from "../api/useLive.ts";
import { useMore } from "../api/useMore.ts";
import { AuditDetail } from "../components/AuditDetail.tsx";
import { Await } from "../components/Await.tsx";
import { Button } from "../components/Button.tsx";
import { Field, Select } from "../components/Field.tsx";
import { Download, ScrollText } from "../components/icons.tsx";
import { LoadMore } from "../components/LoadMore.tsx";
import { Moment } from "../components/Moment.tsx";
import { Notice } from "../components/Notice.tsx";
import { Empty, Page } from "../components/Page.tsx";
import { actionWords } from "../text/actionWords.ts";
import { dayEnd, dayStart } from "../text/days.ts";

const nothing: AuditFilter = { dataLayerId: "", actor: "", action: "", from: "", until: "" };

const Log = () => {
  const overview = useLive(overviewAt, () => false, 10 * 60_000);
  const [layer, setLayer] = useState("");
  const [action, setAction] = useState("");
  const [actor, setActor] = useState("");
  const [from, setFrom] = useState("");
  const [until, setUntil] = useState("");
  const [asked, setAsked] = useState<AuditFilter>(nothing);
  const more = useMore<AuditEntry>(
    (cursor) => auditAt(asked, cursor),
    ({ id }) => id,
  );
  const apply = (fields: Partial<AuditFilter>): void => setAsked((before) => ({ ...before, ...fields }));
  const layers = overview.data?.dataLayers ?? [];
  const filtered = Object.values(asked).some((value) => value !== "");
  return (
    <>
      <div class="filters">
        <Select
          label="Layer"
          value={layer}
          onChange={(value) => {
            setLayer(value);
            apply({ dataLayerId: value });
          }}
          options={[["", "Any"], ...layers.map(({ id, name }) => [id, name] as const)]}
        />
        <Select
          label="What"
          value={action}
          onChange={(value) => {
            setAction(value);
            apply({ action: value });
          }}
          options={[["", "Anything"], ...Object.entries(actionWords)]}
        />
        <form
          class="filters inner"
          onSubmit={(event) => {
            event.preventDefault();
            apply({ actor: actor.trim(), from: dayStart(from), until: dayEnd(until) });
          }}
        >
          <Field label="Who" type="search" value={actor} onInput={setActor} placeholder="Name or e-mail, in full" />
          <Field label="From" type="date" value={from} onInput={setFrom} />
          <Field label="Until" type="date" value={until} onInput={setUntil} />
          <Button type="submit">Show</Button>
        </form>
        <a class="button" href={auditExportUrl(asked)} download="audit-log.ndjson">
          <Download class="icon" />
          Export
        </a>
      </div>
      <div class="panel">
        <Await live={more.live}>
          {() =>
            more.items.length === 0 && !more.hasMore ? (
              <Empty
                icon={<ScrollText class="icon" />}
                title={filtered ? "No matching entries" : "No changes yet"}
                text={
                  filtered ? "Remove a filter." : "The audit log keeps every change that a person makes for 400 days."
                }
              />
            ) : (
              <table class="table cards">
                <caption class="hidden-text">Audit entries, newest first</caption>
                <thead>
                  <tr>
                    <th scope="col">When</th>
                    <th scope="col">Who</th>
                    <th scope="col">What</th>
                    <th scope="col">Target</th>
                    <th scope="col">Detail</th>
                  </tr>
                </thead>
                <tbody>
                  {more.items.map((entry) => (
                    <tr key={entry.id}>
                      <td data-label="When">
                        <Moment at={entry.at} />
                      </td>
                      <td data-label="Who">
                        <div>
                          {entry.actor.name}
                          <p class="small muted">{entry.actor.email}</p>
                        </div>
                      </td>
                      <td data-label="What">{actionWords[entry.action] ?? entry.action}</td>
                      <td data-label="Target">
                        <div>
                          {entry.target.name}
                          {entry.dataLayerId === null || entry.target.id === entry.dataLayerId ? null : (
                            <p class="small muted">
                              in {layers.find(({ id }) => id === entry.dataLayerId)?.name ?? entry.dataLayerId}
                            </p>
                          )}
                        </div>
                      </td>
                      <td data-label="Detail">
                        <AuditDetail detail={entry.detail} />
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
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
