import type { Build } from "../../api/types.ts";
import { subjectText } from "../../text/subjectText.ts";
import { plural } from "../../text/words.ts";
import { Panel } from "../Page.tsx";
import { RowTable } from "../table/RowTable.tsx";
import { OnPageText } from "./OnPageText.tsx";

type Subject = NonNullable<Build["manifest"]>["subjects"][number];

const nameOf = (subject: Subject): string => subjectText({ subject, dataSource: null }) || "A publish without a name";

/** What was published for a build, and whether its pages show it. */
export const Manifest = ({ build: { manifest = null, startedAt } }: { readonly build: Build }) => {
  if (manifest === null) {
    return (
      <Panel title="In this build">
        <p class="muted">
          {startedAt === null
            ? "Layerhook lists the publishes when the build starts."
            : "The list of publishes is not known. A build that a person or Git started has none."}
        </p>
      </Panel>
    );
  }
  const { subjects, deliveries, more } = manifest;
  const isChecked = subjects.some(({ onPage }) => onPage !== null);
  return (
    <Panel title={`In this build: ${plural(deliveries, "publish", "publishes")}`} padded={subjects.length === 0}>
      {subjects.length === 0 ? (
        <p class="muted">The senders did not say what was published.</p>
      ) : (
        <RowTable
          caption="What was published, newest first"
          rows={subjects}
          keyOf={({ deliveryId }) => deliveryId}
          columns={[
            [
              "Publish",
              (subject) => (
                <>
                  <a href={`/layers/${subject.dataLayerId}/deliveries/${subject.deliveryId}`}>{nameOf(subject)}</a>
                  {subject.title === null ? null : (
                    <p class="small muted">{[subject.type, subject.id].filter(Boolean).join(" ")}</p>
                  )}
                </>
              ),
            ],
            ...(isChecked
              ? [
                  [
                    "Page",
                    ({ onPage }: Subject) =>
                      onPage === null ? <span class="muted">Not looked for</span> : <OnPageText onPage={onPage} />,
                  ] as const,
                ]
              : []),
          ]}
        />
      )}
      {more > 0 && subjects.length > 0 ? <p class="table-note muted">and {more.toLocaleString()} more</p> : null}
    </Panel>
  );
};
