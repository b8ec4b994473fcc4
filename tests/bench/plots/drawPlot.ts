import { init } from "echarts";
import type { Plot } from "./plots.ts";

const WIDTH = 860;
const BAR = 15;
const GAP = 14;
const FRAME = 120;
/** Colours that people with any colour vision tell apart, on white and in print (Okabe and Ito). */
const COLOURS = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#d55e00", "#56b4e9"];

const widest = ({ series }: Plot): number => {
  const values = series
    .flatMap(({ values: all }) => all)
    .flatMap((value) => (value === null || value <= 0 ? [] : [value]));
  return Math.max(...values) / Math.min(...values);
};

/** Draws a plot as SVG: bars from left to right, a line at ×1. The same plot gives the same text. */
export const drawPlot = (plot: Plot): string => {
  const { title, against, groups, series } = plot;
  const height = FRAME + groups.length * (series.length * BAR + GAP);
  const chart = init(null, null, { renderer: "svg", ssr: true, width: WIDTH, height });
  // What differs by more than twenty times is shown in powers of ten.
  const scale = widest(plot) > 20 ? { type: "log" } : { type: "value", min: 0 };
  chart.setOption({
    animation: false,
    backgroundColor: "#ffffff",
    color: COLOURS,
    title: { text: title, subtext: `× against ${against}`, left: 12, top: 8 },
    legend: { top: 12, right: 24, itemGap: 28, data: series.map(({ name }) => name) },
    grid: { left: 36, right: 64, top: 66, bottom: 24, containLabel: true },
    xAxis: { ...scale, axisLabel: { formatter: "×{value}" } },
    yAxis: { type: "category", inverse: true, data: groups, axisTick: { show: false } },
    series: series.map(({ name, values }, at) => ({
      ...{ name, type: "bar", barWidth: BAR - 3, data: values },
      label: { show: true, position: "right", formatter: "×{c}" },
      ...(at === 0
        ? {
            markLine: {
              ...{ silent: true, symbol: "none", label: { show: false } },
              lineStyle: { color: "#555555", type: "solid", width: 1 },
              data: [{ xAxis: 1 }],
            },
          }
        : {}),
    })),
  });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return `${svg}\n`;
};
