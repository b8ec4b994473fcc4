/** What the demo's Netlify does with the next builds. */
export const demoModes = {
  build: "Builds every request.",
  fail: "Every build fails.",
  "no-credits": "The team has no credits: deploys are skipped, and the API answers 403.",
  "builds-stopped": "Builds are stopped: the build hook and the API answer 403.",
  skip: "Skips each requested build in its queue in favour of a push to Git.",
  cancel: "A person cancels every build.",
  ignore: "The site's ignore rule cancels every build.",
  "hook-deleted": "The build hook answers 404.",
  "rate-limited": "The build hook answers 429 with Retry-After of one hour.",
  silent: "Builds, and sends no deploy notifications.",
  "old-page": "Builds, and serves the previous deploy for another twenty seconds.",
  "old-content":
    "Builds, but every other build gets the content of the build before, as from a CMS whose network lags.",
} as const;
export type DemoMode = keyof typeof demoModes;

/** Whether a text names a mode. */
export const isDemoMode = (text: string | null): text is DemoMode => text !== null && Object.hasOwn(demoModes, text);

/** How a build ends in a mode: after how long (ms), and with which of Netlify's texts; null: it succeeds. */
export const endOf: Readonly<Partial<Record<DemoMode, { readonly afterMs: number; readonly message: string }>>> = {
  fail: { afterMs: 8_000, message: "Build script returned non-zero exit code: 2" },
  cancel: { afterMs: 3_000, message: "Canceled deploy" },
  ignore: {
    afterMs: 2_000,
    message: "Failed during stage 'checking build content for changes': Canceled build due to no content change",
  },
};

/** A refusal of the build hook. */
export interface Refusal {
  readonly status: number;
  readonly body: { readonly error: string };
  readonly headers?: { readonly "retry-after": string };
}

/** How the build hook refuses in a mode. */
export const hookRefusals: Readonly<Partial<Record<DemoMode, Refusal>>> = {
  "builds-stopped": { status: 403, body: { error: "Builds are stopped for this site" } },
  "hook-deleted": { status: 404, body: { error: "Not Found" } },
  "rate-limited": { status: 429, body: { error: "Too many requests" }, headers: { "retry-after": "3600" } },
};

/** How Netlify's API refuses a build in a mode. */
export const apiRefusals: Readonly<Partial<Record<DemoMode, Refusal>>> = {
  "no-credits": {
    status: 403,
    body: { error: "Account credit usage exceeded - new deploys are blocked until credits are added" },
  },
  "builds-stopped": { status: 403, body: { error: "Builds are stopped for this site" } },
};

/** What Netlify says of a deploy that it skips in a mode; null: nothing. */
export const skips: Readonly<Partial<Record<DemoMode, string | null>>> = {
  "no-credits": "Skipped due to account credit usage exceeded",
  skip: null,
};
