import { afterAll, describe } from "vitest";
import { BlobsStore } from "../../src/store/blobs.ts";
import { storeLaws } from "../store/contract.ts";

/**
 * The laws of the port on a real site. Nobody promises them for Netlify Blobs in these words, and the local server cannot
 * prove them: until this has run, that the store keeps its conditions under a race is an assumption.
 */
const siteID = process.env["NETLIFY_SITE_ID"] ?? "";
const token = process.env["NETLIFY_AUTH_TOKEN"] ?? "";
const run = `live-${Date.now().toString(36)}`;
const opened: BlobsStore[] = [];

describe("Netlify Blobs, live", () => {
  storeLaws({
    numRuns: 3,
    open: async () => {
      const store = new BlobsStore({ kind: "site", name: `${run}-${opened.length}`, access: { siteID, token } });
      opened.push(store);
      return store;
    },
  });
});

afterAll(async () => {
  for (const store of opened) for (const { key } of await store.list("")) await store.remove(key);
}, 120_000);
