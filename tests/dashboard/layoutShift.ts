import type { BrowserContext, Page } from "playwright-core";
import { z } from "zod";

/** The greatest sum of layout shifts of a page that is not felt as jumping. */
export const LAYOUT_SHIFT_AT_MOST = 0.05;

const WATCH = `
  globalThis.layoutShifts = [];
  new PerformanceObserver((list) => {
    for (const { value, hadRecentInput, sources } of list.getEntries())
      if (!hadRecentInput) globalThis.layoutShifts.push({ value, of: sources.map(({ node }) => node?.className ?? String(node)).join(" | ") });
  }).observe({ type: "layout-shift", buffered: true });
`;

const shiftsSchema = z.array(z.object({ value: z.number(), of: z.string() }));

/** Watches the pages that are opened in this profile from now on. */
export const watchShifts = (context: BrowserContext): Promise<unknown> => context.addInitScript(WATCH);

/** What has moved on a page since it was opened, with the names of the classes, and the sum. */
export const shiftsOf = async (page: Page): Promise<{ readonly sum: number; readonly moved: readonly string[] }> => {
  const shifts = shiftsSchema.parse(await page.evaluate("globalThis.layoutShifts"));
  return {
    sum: shifts.reduce((sum, { value }) => sum + value, 0),
    moved: shifts.map(({ value, of }) => `${value.toFixed(3)} ${of}`),
  };
};
