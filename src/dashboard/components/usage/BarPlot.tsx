/** One bar, and its row in the table. */
export interface PlotBar {
  readonly label: string;
  readonly value: number;
}

/** A vertical line at a share of the width, with its name. */
export interface PlotMark {
  readonly at: number;
  readonly text: string;
}

const HIGH = 100;
/** How many labels fit below the bars on a phone. */
const LABELS = 5;

/** The labels below the bars, evenly apart, and the last one unless another is too near. */
const axisOf = (bars: readonly PlotBar[]): readonly { readonly at: number; readonly label: string }[] => {
  const last = bars.length - 1;
  const step = Math.max(1, Math.ceil(last / (LABELS - 1)));
  return bars.flatMap(({ label }, index) =>
    index === last || (index % step === 0 && last - index >= step)
      ? [{ at: ((index + 0.5) / bars.length) * 100, label }]
      : [],
  );
};

/** Bars side by side, and the same as a table. The text above says what a reader needs without either. */
export const BarPlot = ({
  name,
  bars,
  columns,
  marks = [],
  tone = "",
}: {
  /** What the picture shows, in a sentence with the figures that matter. */
  readonly name: string;
  readonly bars: readonly PlotBar[];
  /** The names of the table's columns. */
  readonly columns: readonly [label: string, value: string];
  readonly marks?: readonly PlotMark[];
  readonly tone?: "" | "accent";
}) => {
  const top = Math.max(1, ...bars.map(({ value }) => value));
  return (
    <div class="plot">
      <div class="plot-field">
        <span class="plot-top" aria-hidden="true">
          {top.toLocaleString()}
        </span>
        <svg viewBox={`0 0 ${bars.length} ${HIGH}`} preserveAspectRatio="none" role="img" aria-label={name}>
          {bars.map(({ label, value }, index) => (
            <rect
              key={label}
              class={tone}
              x={index + 0.12}
              width={0.76}
              y={HIGH - (value / top) * HIGH}
              height={(value / top) * HIGH}
            >
              <title>{`${label}: ${value.toLocaleString()}`}</title>
            </rect>
          ))}
        </svg>
        {marks.map(({ at, text }) => (
          <span key={text} class={at > 0.7 ? "plot-mark left" : "plot-mark"} style={{ left: `${at * 100}%` }}>
            {text}
          </span>
        ))}
      </div>
      <div class="plot-axis" aria-hidden="true">
        {axisOf(bars).map(({ at, label }) => (
          <span key={label} style={{ left: `${at}%` }}>
            {label}
          </span>
        ))}
      </div>
      <details>
        <summary class="small">Show as a table</summary>
        <table class="table">
          <caption class="hidden-text">{name}</caption>
          <thead>
            <tr>
              <th scope="col">{columns[0]}</th>
              <th scope="col" class="number">
                {columns[1]}
              </th>
            </tr>
          </thead>
          <tbody>
            {bars.map(({ label, value }) => (
              <tr key={label}>
                <th scope="row">{label}</th>
                <td class="number">{value.toLocaleString()}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </details>
    </div>
  );
};
