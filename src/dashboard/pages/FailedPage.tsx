import { useMemo } from "preact/hooks";
import { overviewAt } from "../api/resources.ts";
import { useFilters } from "../api/useFilters.ts";
import { joinOverviews, useWhole } from "../api/useWhole.ts";
import { Await } from "../components/Await.tsx";
import { Circle, CircleCheck } from "../components/icons.tsx";
import { Moment } from "../components/Moment.tsx";
import { ProblemNotice } from "../components/Notice.tsx";
import { Empty, Page, Panel } from "../components/Page.tsx";
import { SearchField } from "../components/SearchField.tsx";
import { Status } from "../components/Status.tsx";
import { RowTable } from "../components/table/RowTable.tsx";
import { dayEnd, dayStart } from "../text/days.ts";
import { subjectText } from "../text/subjectText.ts";
import { plural, webhookWords } from "../text/words.ts";
import { type Failure, useFailures } from "./useFailures.ts";

const SELDOM = 10 * 60_000;
const NONE = { day: "" };

/** Today in the reader's time zone, as a date field has it. */
const today = (): string => {
  const now = new Date();
  return new Date(now.getTime() - now.getTimezoneOffset() * 60_000).toISOString().slice(0, 10);
};

const FailureTable = ({ found }: { readonly found: readonly Failure[] }) => (
  <RowTable
    caption="Failed and refused publishes, newest first"
    rows={found}
    keyOf={({ delivery }) => delivery.id}
    columns={[
      [
        "Publish",
        ({ layer, delivery }) => (
          <a href={`/layers/${layer.id}/deliveries/${delivery.id}`}>
            {subjectText(delivery) || webhookWords(delivery.webhook)}
          </a>
        ),
      ],
      ["Layer", ({ layer }) => <a href={`/layers/${layer.id}`}>{layer.name}</a>],
      ["Arrived", ({ delivery }) => <Moment at={delivery.receivedAt} />],
      ["Status", ({ delivery }) => <Status of={delivery.stage} />],
      ["Why", ({ delivery: { cause, reason } }) => cause ?? reason ?? "–"],
    ]}
  />
);

/** What failed on a day in all layers: publishes that were refused, and publishes whose sync or build failed. */
export const FailedPage = () => {
  const { values, change } = useFilters(NONE);
  const day = dayStart(values.day) === "" ? today() : values.day;
  const period = useMemo(() => ({ from: dayStart(day), until: dayEnd(day) }), [day]);
  const overview = useWhole(overviewAt, joinOverviews, () => false, SELDOM);
  const layers = overview.data?.dataLayers;
  const { found, asked, cut, problem } = useFailures(layers, period);
  const all = layers?.length ?? 0;
  const isDone = layers !== undefined && asked >= all;
  const isWhole = isDone && cut.length === 0 && problem === undefined;
  return (
    <Page
      title={day === today() ? "Failed today" : "Failed on a day"}
      note="Refused publishes, and publishes whose sync or build failed, in all layers."
      crumbs={<a href="/">Layers</a>}
    >
      <div class="filters">
        <SearchField
          label="Day"
          type="date"
          value={day}
          onSearch={(next) => change({ day: next === today() ? "" : next })}
        />
        <span class="muted small" role="status">
          {isDone
            ? `${plural(found.length, "failure")} in ${plural(all, "layer")}${isWhole ? "" : ". Not everything was looked at."}`
            : `Looked at ${asked} of ${plural(all, "layer")}…`}
        </span>
      </div>
      <ProblemNotice problem={problem} />
      <Await live={overview}>
        {() => (
          <Panel title="Publishes" padded={false}>
            {found.length > 0 ? (
              <FailureTable found={found} />
            ) : (
              <Empty
                icon={isWhole ? <CircleCheck class="icon" /> : <Circle class="icon" />}
                title={isWhole ? "Nothing failed" : isDone ? "Not everything was looked at" : "Looking…"}
                text={
                  isWhole
                    ? "Layerhook looked at every publish of this day that the logs still have."
                    : "A publish that failed may be missing here."
                }
              />
            )}
            {cut.map(({ id, name }) => (
              <p class="table-note muted" key={id}>
                {name} may have more failures, because not all of its publishes were looked at.{" "}
                <a href={`/layers/${id}/deliveries?from=${day}&until=${day}`}>Its deliveries of the day</a>
              </p>
            ))}
          </Panel>
        )}
      </Await>
    </Page>
  );
};
