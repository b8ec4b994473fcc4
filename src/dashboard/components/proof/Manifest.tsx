import type { Build } from "../../api/types.ts";
import { subjectText } from "../../text/subjectText.ts";
import { plural } from "../../text/words.ts";
import { Panel } from "../Page.tsx";
import { OnPageText } from "./OnPageText.tsx";

type Subject = NonNullable<Build["manifest"]>["subjects"][number];

const nameOf = (subject: Subject): string => subjectText({ subject, dataSource: null }) || "A publish without a name";

const Row = ({ subject, isChecked }: { readonly subject: Subject; readonly isChecked: boolean }) => {
  const { dataLayerId, deliveryId, type, id, title, onPage } = subject;
  return (
    <tr>
      <th scope="row" data-label="Publish">
        <div>
          <a href={`/layers/${dataLayerId}/deliveries/${deliveryId}`}>{nameOf(subject)}</a>
          {title === null ? null : <p class="small muted">{[type, id].filter(Boolean).join(" ")}</p>}
        </div>
      </th>
      {isChecked ? (
        <td data-label="Page">
          {onPage === null ? <span class="muted">Not looked for</span> : <OnPageText onPage={onPage} />}
        </td>
      ) : null}
    </tr>
  );
};

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
        <table class="table cards">
          <caption class="hidden-text">What was published, newest first</caption>
          <thead>
            <tr>
              <th scope="col">Publish</th>
              {isChecked ? <th scope="col">Page</th> : null}
            </tr>
          </thead>
          <tbody>
            {subjects.map((subject) => (
              <Row key={subject.deliveryId} subject={subject} isChecked={isChecked} />
            ))}
          </tbody>
        </table>
      )}
      {more > 0 && subjects.length > 0 ? <p class="table-note muted">and {more.toLocaleString()} more</p> : null}
    </Panel>
  );
};
