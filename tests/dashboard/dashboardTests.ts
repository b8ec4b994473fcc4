import { describe, expect, it } from "vitest";
import { type Started, startBrowser } from "./startBrowser.ts";
import { makeWorld, type World } from "./world.ts";

const HOW = "Set LAYERHOOK_BROWSER, or install Debian's chromium, Chrome or Edge.";

let started: Promise<Started> | undefined;

/** Starts the browser of this worker process, which all of its test files share. It ends with the process. */
const sharedBrowser = async (): Promise<Started> => {
  const one = await startBrowser(process.env["LAYERHOOK_BROWSER"]);
  if (one.kind === "started") process.once("SIGTERM", () => void one.browser.close().finally(() => process.exit()));
  return one;
};

/**
 * Runs a file's tests in the worker's browser against one server, which ends with the file. If no browser starts, the
 * file is skipped with the reason, or fails with `LAYERHOOK_SKIP_NOTHING=true`.
 */
export const dashboardTests = async (tests: (world: World) => void): Promise<void> => {
  started ??= sharedBrowser();
  const one = await started;
  if (one.kind === "none") {
    console.warn(`\nTHE DASHBOARD IS NOT TESTED: no browser can be started here. ${HOW}\n${one.reason}\n`);
    it.runIf(process.env["LAYERHOOK_SKIP_NOTHING"] === "true")(
      "a browser is there where no test may be skipped",
      () => {
        expect.fail(`No browser can be started, so the dashboard is not tested. ${HOW} ${one.reason}`);
      },
    );
    it.skip(`the dashboard, for want of a browser: ${one.reason}`, () => {});
    return;
  }
  const { browser } = one;
  describe("the dashboard", { timeout: 120_000 }, () => {
    tests(makeWorld(browser));
  });
};
