export interface BannerOptions {
  readonly base: string;
  readonly publish: string;
  readonly signIn: string;
  readonly dataDirectory: string;
  readonly startedAfterMs: number;
  /** Null: a person configured the token and knows it. */
  readonly ownerToken: string | null;
  /** What a person should know before the addresses. */
  readonly remarks: readonly string[];
}

/** Returns what a start prints: the addresses, the sign-in link and a command that starts a sync. */
export const banner = (options: BannerOptions): string => {
  const { base, publish, signIn, dataDirectory, startedAfterMs, ownerToken, remarks } = options;
  return [
    "",
    `Layerhook is ready on ${base} after ${startedAfterMs.toFixed(0)} ms.`,
    ...remarks,
    "",
    `  Sign in       ${signIn}`,
    `  Dashboard     ${base}/`,
    `  Demo CMS      ${base}/demo`,
    `  Demo site     ${base}/demo/site`,
    `  Demo webhook  ${publish}`,
    ...(ownerToken === null ? [] : [`  Owner token   ${ownerToken}`]),
    `  Data          ${dataDirectory}`,
    "",
    "Trigger a sync, or press Publish in the demo CMS:",
    "",
    `  curl -X POST ${publish}`,
    "",
  ].join("\n");
};
