import { existsSync } from "node:fs";
import { type Browser, chromium, type LaunchOptions } from "playwright-core";

/**
 * Features to turn off. Chromium obeys only the last such list, so Playwright's own features are repeated here. The
 * others cost half of the processor time of a page: two hidden pages for the address bar of each window, and a process
 * for a page that may come next.
 */
const OFF = [
  "AvoidCorsURLLoaderRestartOnRedirect",
  "AvoidUnnecessaryBeforeUnloadCheckSync",
  "AimEnabled",
  "DestroyProfileOnBrowserClose",
  "HttpsFirstBalancedModeAutoEnable",
  "HttpsUpgrades",
  "LensOverlay",
  "MediaRouter",
  "NetworkTimeServiceQuerying",
  "OptimizationHints",
  "PaintHolding",
  "PreconnectToSearch",
  "ThirdPartyStoragePartitioning",
  "WebUIOmniboxPopup",
  "WebUIOmniboxAimPopup",
  "SpareRendererForSitePerProcess",
];

const ARGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  `--disable-features=${OFF.join(",")}`,
];

const PATHS = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/snap/bin/chromium"];

/** Browsers to try: the one that the environment names, Debian's Chromium, then an installed Chrome or Edge. */
const places = (named: string | undefined): LaunchOptions[] => [
  ...(named === undefined || named === "" ? [] : [{ executablePath: named }]),
  ...PATHS.filter((path) => existsSync(path)).map((executablePath) => ({ executablePath })),
  { channel: "chrome" },
  { channel: "msedge" },
];

export type Started =
  | { readonly kind: "started"; readonly browser: Browser }
  /** No browser starts, with the reason for the test's output. */
  | { readonly kind: "none"; readonly reason: string };

/** Starts the first browser that works. Whoever starts it closes it. */
export const startBrowser = async (named: string | undefined): Promise<Started> => {
  const reasons: string[] = [];
  for (const place of places(named)) {
    try {
      return {
        kind: "started",
        browser: await chromium.launch({ ...place, args: ARGS, timeout: 30_000, handleSIGTERM: false }),
      };
    } catch (error) {
      const [line = ""] = (error instanceof Error ? error.message : String(error)).split("\n");
      reasons.push(`${place.executablePath ?? place.channel}: ${line}`);
    }
  }
  return { kind: "none", reason: reasons.join("; ") };
};
