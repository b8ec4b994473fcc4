import type { Browser, BrowserContext, Locator, Page } from "playwright-core";
import { afterAll, beforeAll, expect, onTestFinished } from "vitest";
import { type Role, type Site, startSite, tokens } from "./startSite.ts";

/** How long a state is waited for (ms); a wait for one that does not come is what fails. */
const PATIENCE = 30_000;

export interface World {
  readonly site: () => Site;
  /** A page for somebody who is signed in, unless `as` is null, at an address. Ends with the test, and fails it if the page did. */
  open(path: string, as?: Role | null): Promise<Page>;
}

export const makeWorld = (browser: () => Browser): World => {
  let site: Site | undefined;
  const siteNow = (): Site => {
    if (site === undefined) throw new Error("the site has not been started");
    return site;
  };
  beforeAll(async () => {
    site = await startSite();
    // Built before the first page asks, so that no test pays for it.
    await fetch(site.base);
  }, 120_000);
  afterAll(async () => site?.stop(), 60_000);
  return {
    site: siteNow,
    async open(path, as = "Owner") {
      const { base } = siteNow();
      const context: BrowserContext = await browser().newContext({ viewport: { width: 1440, height: 900 } });
      context.setDefaultTimeout(PATIENCE);
      if (as !== null) {
        const answer = await context.request.post(`${base}/api/v1/session`, {
          headers: { authorization: `Bearer ${tokens[as]}` },
        });
        expect(answer.status()).toBe(200);
      }
      const page = await context.newPage();
      const troubles: string[] = [];
      page.on("pageerror", (error) => troubles.push(String(error)));
      // What the page's policy forbids is told here, and nowhere else.
      page.on("console", (message) => {
        if (/Content Security Policy|Refused to/.test(message.text())) troubles.push(message.text());
      });
      onTestFinished(async () => {
        await context.close();
        expect(troubles).toEqual([]);
      });
      await page.goto(`${base}${path}`);
      return page;
    },
  };
};

/** Waits until it is seen. */
export const seen = (locator: Locator): Promise<void> => locator.first().waitFor({ state: "visible" });
/** Waits until it is gone. */
export const gone = (locator: Locator): Promise<void> => locator.first().waitFor({ state: "hidden" });
