import { existsSync } from "node:fs";
import { type Browser, chromium, type LaunchOptions } from "playwright-core";

const ARGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

const PATHS = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/snap/bin/chromium"];

/** Where a browser may be: what the environment names, Debian's Chromium, then whatever Chrome or Edge is installed. */
const places = (named: string | undefined): LaunchOptions[] => [
  ...(named === undefined || named === "" ? [] : [{ executablePath: named }]),
  ...PATHS.filter((path) => existsSync(path)).map((executablePath) => ({ executablePath })),
  { channel: "chrome" },
  { channel: "msedge" },
];

export type Started =
  | { readonly kind: "started"; readonly browser: Browser }
  /** None could be started: why, for whoever reads the test's output. */
  | { readonly kind: "none"; readonly reason: string };

/** Starts the first browser that starts. */
export const startBrowser = async (named: string | undefined): Promise<Started> => {
  const reasons: string[] = [];
  for (const place of places(named)) {
    try {
      return { kind: "started", browser: await chromium.launch({ ...place, args: ARGS, timeout: 30_000 }) };
    } catch (error) {
      const [line = ""] = (error instanceof Error ? error.message : String(error)).split("\n");
      reasons.push(`${place.executablePath ?? place.channel}: ${line}`);
    }
  }
  return { kind: "none", reason: reasons.join("; ") };
};
