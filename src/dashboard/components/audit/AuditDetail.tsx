import { type ChangeText, changesBetween, type Detail, detailOf, detailText, settingText } from "./changeTexts.ts";

const namesOf = (value: unknown): string =>
  Array.isArray(value) ? value.map((name) => settingText(String(name))).join(", ") : "";

/** The longest text that is shown in the table at once. */
const SHORT = 60;

const isShort = ({ before, after }: ChangeText): boolean =>
  [before, after].every((side) => side === null || (side.length <= SHORT && !side.includes("\n")));

const Side = ({ title, text }: { readonly title: string; readonly text: string | null }) =>
  text === null ? null : (
    <div>
      <p class="small muted">{title}</p>
      <pre>{text}</pre>
    </div>
  );

const Change = ({ change }: { readonly change: ChangeText }) => {
  const { name, before, after } = change;
  if (isShort(change)) {
    return (
      <p class="small">
        {name}: {[before, after].filter((side) => side !== null).join(" → ")}
      </p>
    );
  }
  return (
    <details>
      <summary>{name}</summary>
      <div class="before-after">
        <Side title="Before" text={before} />
        <Side title="After" text={after} />
      </div>
    </details>
  );
};

const Changes = ({ changes }: { readonly changes: readonly ChangeText[] }) => (
  <>
    {changes.map((change) => (
      <Change key={change.name} change={change} />
    ))}
  </>
);

/** The detail of an audit entry: each changed setting before and after, and the settings of which only the name is stored. */
export const AuditDetail = ({ detail }: { readonly detail: Detail }) => {
  const { before, after, fields, replaced, omitted, ...rest } = detail;
  const changes = changesBetween(detailOf(before), detailOf(after));
  const others = Object.entries(rest);
  const named = changes.length === 0 && replaced === undefined && omitted === undefined ? namesOf(fields) : "";
  if (changes.length === 0 && others.length === 0 && named === "" && replaced === undefined && omitted === undefined) {
    return <span class="muted">–</span>;
  }
  return (
    <div>
      {others.map(([name, value]) => (
        <p class="small" key={name}>
          {settingText(name)}: {detailText(name, value)}
        </p>
      ))}
      {/* What was created has no state before: its many settings are folded. */}
      {before === undefined && changes.length > 0 ? (
        <details>
          <summary>Settings</summary>
          <Changes changes={changes} />
        </details>
      ) : (
        <Changes changes={changes} />
      )}
      {named === "" ? null : <p class="small">Changed: {named}</p>}
      {replaced === undefined ? null : <p class="small muted">Replaced secrets: {namesOf(replaced)}</p>}
      {omitted === undefined ? null : <p class="small muted">Too long to store: {namesOf(omitted)}</p>}
    </div>
  );
};
