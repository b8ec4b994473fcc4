import { gzipSync } from "node:zlib";
import type { Browser, Response as PageResponse } from "playwright-core";
import { startBrowser } from "../../dashboard/startBrowser.ts";
import { type Site, startSite, tokens } from "../../dashboard/startSite.ts";
import { type Found, figure, type Goal, type Row } from "../report/figures.ts";

/** A static page of the same site, to which the others are compared. */
const STATIC = "deploy.html, a static page";
const PAGES = [
  { name: STATIC, path: "/deploy.html", signedIn: false, heading: "h1" },
  // Before the script runs the page has a heading as well.
  { name: "front page, signed out", path: "/", signedIn: false, heading: "h1:text-is('Sign in')" },
  { name: "front page, signed in", path: "/", signedIn: true, heading: "h1[tabindex='-1']" },
] as const;

interface View {
  /** What the browser loaded until the heading was there: requests, and the bytes that gzip makes of them. */
  readonly requests: number;
  readonly kilobytes: number;
  /** From the click to the first content, and to the heading (ms). */
  readonly firstContent: number;
  readonly heading: number;
}

const compressed = async (response: PageResponse): Promise<number> => {
  const body = await response.body().catch(() => Buffer.alloc(0));
  return gzipSync(body).byteLength / 1000;
};

const viewOf = async (
  browser: Browser,
  site: Site,
  { path, signedIn, heading: selector }: (typeof PAGES)[number],
): Promise<View> => {
  // A profile of its own has nothing in its cache.
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  try {
    if (signedIn) {
      const headers = { authorization: `Bearer ${tokens.Owner}` };
      await context.request.post(`${site.base}/api/v1/session`, { headers });
    }
    const page = await context.newPage();
    const responses: PageResponse[] = [];
    page.on("response", (response) => responses.push(response));
    const began = performance.now();
    await page.goto(`${site.base}${path}`);
    await page.locator(selector).first().waitFor({ state: "visible" });
    const heading = performance.now() - began;
    const loaded = [...responses];
    const firstContent = await page.evaluate(
      () => performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? 0,
    );
    const sizes = await Promise.all(loaded.map(compressed));
    const kilobytes = sizes.reduce((sum, size) => sum + size, 0);
    return { requests: loaded.length, kilobytes, firstContent, heading };
  } finally {
    await context.close();
  }
};

const goalsOf = (rows: readonly Row[]): Goal[] => {
  const kilobytes = rows.find(({ name }) => name === PAGES[2].name)?.figures["compressed"]?.value ?? Number.NaN;
  return [
    {
      goal: "The first view of the dashboard loads at most 70 KB, compressed",
      measured: `${Math.round(kilobytes)} KB`,
      met: kilobytes <= 70,
      because: "The first view brings the components of every page with it.",
    },
  ];
};

/** Measures what a browser loads, and when it shows something, with nothing in its cache. */
export const dashboard = async (quick: boolean): Promise<Found> => {
  const method =
    "The dashboard as it is built, on the local server, in a browser without a graphics card and with nothing in its cache. The heading is there when the page has its data.";
  const started = await startBrowser(process.env["LAYERHOOK_BROWSER"]);
  if (started.kind === "none") {
    const reason = `no browser could be started: ${started.reason}`;
    return { method, tables: [], goals: [], absent: [{ name: "the dashboard", reason }] };
  }
  const { browser } = started;
  const site = await startSite();
  try {
    const views = new Map<string, View[]>();
    const rounds = quick ? 1 : 7;
    for (let round = -1; round < rounds; round += 1) {
      for (const one of PAGES) {
        const { name } = one;
        const view = await viewOf(browser, site, one);
        // The first round starts the functions of the local server.
        if (round >= 0) views.set(name, [...(views.get(name) ?? []), view]);
      }
    }
    const base = views.get(STATIC) ?? [];
    const rows = [...views].map(([name, mine]): Row => {
      const compared = (of: (view: View) => number) =>
        mine.flatMap((view, round) => {
          const other = base[round];
          return other === undefined || of(other) <= 0 ? [] : [{ value: of(view), base: of(other) }];
        });
      return {
        name,
        figures: {
          requests: figure(
            "",
            compared(({ requests }) => requests),
          ),
          compressed: figure(
            "KB",
            compared(({ kilobytes }) => kilobytes),
          ),
          "first content": figure(
            "ms",
            compared(({ firstContent }) => firstContent),
          ),
          heading: figure(
            "ms",
            compared(({ heading }) => heading),
          ),
        },
        facts: {},
      };
    });
    const against = `${STATIC}, in the same round`;
    return {
      method,
      tables: [{ id: "dashboard", title: "The first view", against, rows }],
      goals: goalsOf(rows),
      absent: [],
    };
  } finally {
    await browser.close();
    await site.stop();
  }
};
