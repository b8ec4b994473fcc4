import type { ComponentChildren } from "preact";

/** A column: its label, what it shows of a row, and how. On a narrow screen, the label stands before each value. */
type Column<Row> = readonly [
  label: string,
  cell: (row: Row) => ComponentChildren,
  /** `end`: buttons, which need no label. */
  look?: "number" | "nowrap" | "end",
];

/** A table whose rows become cards on a narrow screen. The first column names the row. */
export const RowTable = <Row,>({
  caption,
  rows,
  keyOf,
  columns,
}: {
  /** What the table holds, for screen readers. */
  readonly caption: string;
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => string;
  readonly columns: readonly Column<Row>[];
}) => (
  <table class="table cards">
    <caption class="hidden-text">{caption}</caption>
    <thead>
      <tr>
        {columns.map(([label, , look]) => (
          <th scope="col" key={label} class={look}>
            {look === "end" ? <span class="hidden-text">{label}</span> : label}
          </th>
        ))}
      </tr>
    </thead>
    <tbody>
      {rows.map((row) => (
        <tr key={keyOf(row)}>
          {columns.map(([label, cell, look], index) => {
            const Cell = index === 0 ? "th" : "td";
            return (
              <Cell
                key={label}
                scope={index === 0 ? "row" : undefined}
                data-label={look === "end" ? "" : label}
                class={look}
              >
                <div>{cell(row)}</div>
              </Cell>
            );
          })}
        </tr>
      ))}
    </tbody>
  </table>
);
