import { afterAll, describe, expect, it } from "vitest";
import { startBrowser } from "./startBrowser.ts";
import { makeWorld, type World } from "./world.ts";

const HOW = "Set LAYERHOOK_BROWSER, or install Debian's chromium, Chrome or Edge.";

/**
 * Runs a file's tests in one browser against one server, which end with the file. If no browser starts, the file is
 * skipped with the reason, or fails with `LAYERHOOK_SKIP_NOTHING=true`.
 */
export const dashboardTests = async (tests: (world: World) => void): Promise<void> => {
  const started = await startBrowser(process.env["LAYERHOOK_BROWSER"]);
  if (started.kind === "none") {
    console.warn(`\nTHE DASHBOARD IS NOT TESTED: no browser can be started here. ${HOW}\n${started.reason}\n`);
    it.runIf(process.env["LAYERHOOK_SKIP_NOTHING"] === "true")(
      "a browser is there where no test may be skipped",
      () => {
        expect.fail(`No browser can be started, so the dashboard is not tested. ${HOW} ${started.reason}`);
      },
    );
    it.skip(`the dashboard, for want of a browser: ${started.reason}`, () => {});
    return;
  }
  const { browser } = started;
  describe("the dashboard", { timeout: 120_000 }, () => {
    afterAll(() => browser.close(), 60_000);
    tests(makeWorld(browser));
  });
};
