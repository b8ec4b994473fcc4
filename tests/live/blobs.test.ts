import { setTimeout as sleep } from "node:timers/promises";
import pLimit from "p-limit";
import { afterAll, describe } from "vitest";
import { BlobsStore } from "../../src/store/blobs.ts";
import { storeLaws } from "../store/contract.ts";
import { pacedFetch } from "../store/pacedFetch.ts";

/**
 * The laws of the port on a real site. Nobody promises them for Netlify Blobs in these words, and the local server cannot
 * prove them: until this has run, that the store keeps its conditions under a race is an assumption.
 */
const siteID = process.env["NETLIFY_SITE_ID"] ?? "";
const token = process.env["NETLIFY_AUTH_TOKEN"] ?? "";
const run = `live-${Date.now().toString(36)}`;
const opened: BlobsStore[] = [];
const direct: typeof globalThis.fetch = (input, init) => globalThis.fetch(input, init);
const watch = { elapsed: () => performance.now(), sleep: (ms: number) => sleep(ms) };
/** Netlify's API takes 500 calls a minute with one token; the signed URLs that it answers are another service's. */
const paced = pacedFetch(direct, { perSecond: 6, burst: 30 }, watch);
const fetcher: typeof globalThis.fetch = (input, init) => {
  const { hostname } = new URL(input instanceof Request ? input.url : input);
  return hostname === "api.netlify.com" ? paced(input, init) : direct(input, init);
};
/** Calls of the clean-up that are under way at a time. */
const AT_ONCE = 6;

describe("Netlify Blobs, live", () => {
  storeLaws({
    numRuns: 3,
    open: async () => {
      const store = new BlobsStore(
        { kind: "site", name: `${run}-${opened.length}`, access: { siteID, token } },
        fetcher,
      );
      opened.push(store);
      return store;
    },
  });
});

afterAll(async () => {
  const limit = pLimit(AT_ONCE);
  const listed = await Promise.all(opened.map((store) => limit(() => store.list(""))));
  const removals = listed.flatMap((keys, index) =>
    keys.map(({ key }) => limit(async () => opened[index]?.remove(key))),
  );
  await Promise.all(removals);
}, 120_000);
