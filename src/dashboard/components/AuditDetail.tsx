type Detail = Readonly<Record<string, unknown>>;

const isSide = (value: unknown): value is Detail =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const valueText = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value, null, 2));
const namesOf = (value: unknown): string => (Array.isArray(value) ? value.map(String).join(", ") : "");

const Side = ({ title, value }: { readonly title: string; readonly value: unknown }) => (
  <div>
    <p class="small muted">{title}</p>
    <pre>{valueText(value)}</pre>
  </div>
);

/**
 * The detail of an audit entry: each changed field before and after, and the fields of which only the name is stored.
 */
export const AuditDetail = ({ detail }: { readonly detail: Detail }) => {
  const { before, after, fields: _fields, replaced, omitted, ...rest } = detail;
  const [was, is] = [isSide(before) ? before : {}, isSide(after) ? after : {}];
  const names = [...new Set([...Object.keys(was), ...Object.keys(is)])];
  const others = Object.entries(rest);
  if (names.length === 0 && others.length === 0 && replaced === undefined && omitted === undefined) {
    return <span class="muted">–</span>;
  }
  return (
    <div>
      {others.map(([name, value]) => (
        <p class="small" key={name}>
          {name}: {valueText(value)}
        </p>
      ))}
      {names.length === 0 ? null : (
        <details>
          <summary>{names.join(", ")}</summary>
          {names.map((name) => (
            <div key={name}>
              <p class="small muted">{name}</p>
              <div class="before-after">
                {Object.hasOwn(was, name) ? <Side title="Before" value={was[name]} /> : null}
                {Object.hasOwn(is, name) ? <Side title="After" value={is[name]} /> : null}
              </div>
            </div>
          ))}
        </details>
      )}
      {replaced === undefined ? null : <p class="small muted">Replaced secrets: {namesOf(replaced)}</p>}
      {omitted === undefined ? null : <p class="small muted">Too long to store: {namesOf(omitted)}</p>}
    </div>
  );
};
