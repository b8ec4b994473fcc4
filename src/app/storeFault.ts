import { type StoreFault, StoreMisconfigured } from "../store/store.ts";

const details: Readonly<Record<StoreFault, string>> = {
  STORE_WITHOUT_ETAGS:
    "The store answers without ETags, so Layerhook cannot change anything safely. Netlify's local store does this. Use `npm run dev` instead.",
  STORE_NOT_CONSISTENT:
    "The store offers no strong consistency to this function. Deploy the site again, and run the functions only on Netlify.",
  STORE_WITHOUT_CREDENTIALS:
    "This function has no credentials for Netlify Blobs. Deploy the site through Netlify, or use `npm run dev`.",
  STORE_CREDENTIALS_REFUSED:
    "Netlify Blobs refuses this function's credentials. Deploy the site again. If the error stays, contact Netlify's support.",
};

/** Says in one or two sentences why the store cannot be used and what to do. */
export const storeFaultDetail = (fault: StoreFault): string => details[fault];

/** What the log says of work that a failing store stopped: `outcome`, with the fault's name if the store has one. */
export const withStoreFault = (outcome: string, error: unknown): string =>
  error instanceof StoreMisconfigured ? `${outcome}: ${error.fault}` : outcome;
