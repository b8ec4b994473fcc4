import type { Browser, BrowserContext, Locator, Page } from "playwright-core";
import { afterAll, beforeAll, expect, onTestFinished } from "vitest";
import { type Role, type Site, startSite, tokens } from "./startSite.ts";

/** How long a test waits for a state of the page (ms) before it fails. */
const PATIENCE = 30_000;

export interface World {
  readonly site: () => Site;
  /** Opens a new browser profile, signed in unless `as` is null. It ends with the file at the latest. */
  signIn(as: Role | null): Promise<BrowserContext>;
  /** Opens a page. The page ends with the test, and an error of the page fails the test. */
  openIn(context: BrowserContext, path: string): Promise<Page>;
  /** Opens a page in a new profile. Both end with the test. */
  open(path: string, as?: Role | null): Promise<Page>;
}

export const makeWorld = (browser: Browser): World => {
  let started: Site | undefined;
  const site = (): Site => {
    if (started === undefined) throw new Error("the site has not been started");
    return started;
  };
  beforeAll(async () => {
    started = await startSite();
  }, 120_000);
  afterAll(async () => {
    await Promise.all(browser.contexts().map((context) => context.close()));
    await started?.stop();
  }, 60_000);

  const signIn = async (as: Role | null): Promise<BrowserContext> => {
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
    context.setDefaultTimeout(PATIENCE);
    if (as !== null) {
      const answer = await context.request.post(`${site().base}/api/v1/session`, {
        headers: { authorization: `Bearer ${tokens[as]}` },
      });
      expect(answer.status()).toBe(200);
    }
    return context;
  };
  const openIn = async (context: BrowserContext, path: string): Promise<Page> => {
    const page = await context.newPage();
    const troubles: string[] = [];
    page.on("pageerror", (error) => troubles.push(String(error)));
    // The browser reports a breach of the page's content security policy only here.
    page.on("console", (message) => {
      if (/Content Security Policy|Refused to/.test(message.text())) troubles.push(message.text());
    });
    onTestFinished(async () => {
      await page.close();
      expect(troubles).toEqual([]);
    });
    await page.goto(`${site().base}${path}`);
    return page;
  };
  return {
    site,
    signIn,
    openIn,
    async open(path, as = "Owner") {
      const context = await signIn(as);
      onTestFinished(() => context.close());
      return openIn(context, path);
    },
  };
};

/** Waits until an element is visible. */
export const seen = (locator: Locator): Promise<void> => locator.first().waitFor({ state: "visible" });
/** Waits until no such element is visible. */
export const gone = (locator: Locator): Promise<void> => locator.first().waitFor({ state: "hidden" });
