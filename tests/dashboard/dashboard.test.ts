import { afterAll, describe, expect, it } from "vitest";
import { accessFlows } from "./flows/access.ts";
import { dialogFlows } from "./flows/dialogs.ts";
import { everyPage } from "./flows/everyPage.ts";
import { layerFlows } from "./flows/layers.ts";
import { managementFlows } from "./flows/management.ts";
import { webhookFlows } from "./flows/webhooks.ts";
import { startBrowser } from "./startBrowser.ts";
import { makeWorld } from "./world.ts";

// One server and one browser for all of it: starting them takes longer than most flows.
const started = await startBrowser(process.env["LAYERHOOK_BROWSER"]);

if (started.kind === "none") {
  const where = "Set LAYERHOOK_BROWSER, or install Debian's chromium, Chrome or Edge.";
  console.warn(`\nTHE DASHBOARD IS NOT TESTED: no browser can be started here. ${where}\n${started.reason}\n`);
  it.runIf(process.env["CI"] === "true")("in CI there is a browser", () => {
    expect.fail(`No browser can be started, so the dashboard is not tested. ${where} ${started.reason}`);
  });
  it.skip(`the dashboard, for want of a browser: ${started.reason}`, () => {});
} else {
  const { browser } = started;
  describe("the dashboard", { timeout: 120_000 }, () => {
    afterAll(() => browser.close(), 60_000);
    const world = makeWorld(() => browser);
    accessFlows(world);
    layerFlows(world);
    webhookFlows(world);
    managementFlows(world);
    dialogFlows(world);
    everyPage(world);
  });
}
