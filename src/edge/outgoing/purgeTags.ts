import type { Outgoing, PurgeAnswer, PurgeRequest } from "../../app/deps.ts";
import { defined } from "../../core/defined.ts";

/** What a purge needs from the environment. */
export interface PurgeAccess {
  /** A token of the team; undefined: the platform's token, which is for the site that Layerhook runs on. */
  readonly token: string | undefined;
  /** Base of Netlify's API, with its version. */
  readonly apiUrl: string;
  /** Whether Layerhook runs locally, without the platform's cache and token. */
  readonly local: boolean;
  /** The id of the site that Layerhook runs on. */
  readonly ownSiteId: string | undefined;
  readonly outgoing: Outgoing;
}

const answerOf = (status: number): PurgeAnswer =>
  status >= 200 && status < 300
    ? { kind: "purged" }
    : { kind: "failed", error: `the purge was answered ${status}`, again: status === 429 || status >= 500 };

/**
 * Purges with the team's token. Netlify's helper prefers the platform's token, which may not purge another site's
 * cache, so the helper's call is made here.
 */
const purgeByToken = async (access: PurgeAccess, token: string, request: PurgeRequest): Promise<PurgeAnswer> => {
  const siteId = request.siteId ?? access.ownSiteId;
  if (siteId === undefined) return { kind: "failed", error: "no siteId is set, and none is known here", again: false };
  const answer = await access.outgoing.send({
    method: "POST",
    url: `${access.apiUrl}/purge`,
    headers: { "content-type": "application/json; charset=utf-8", authorization: `Bearer ${token}` },
    body: JSON.stringify({ site_id: siteId, cache_tags: request.tags }),
    deadline: request.deadline,
    signal: new AbortController().signal,
  });
  if (answer.kind === "answer") return answerOf(answer.status);
  return { kind: "failed", error: answer.error, again: answer.refused !== true };
};

/** The status in the helper's error; NaN if there is none. */
const statusIn = (error: unknown): number =>
  Number(/status code: (\d{3})$/.exec(error instanceof Error ? error.message : "")?.[1] ?? Number.NaN);

const purgeByHelper = async ({ apiUrl }: PurgeAccess, request: PurgeRequest): Promise<PurgeAnswer> => {
  const { tags, siteId, deadline } = request;
  const call = async (): Promise<PurgeAnswer> => {
    try {
      // Loaded only here, because deliveries and most other calls purge nothing.
      const { purgeCache } = await import("@netlify/functions");
      const apiURL = apiUrl.replace(/\/api\/v1$/, "");
      await purgeCache({ tags: [...tags], apiURL, ...defined({ siteID: siteId ?? undefined }) });
      return { kind: "purged" };
    } catch (error) {
      const status = statusIn(error);
      if (!Number.isNaN(status)) return answerOf(status);
      // Any other message is about the environment or the network.
      return { kind: "failed", error: "the purge could not be sent", again: true };
    }
  };
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<PurgeAnswer>((resolve) => {
    const error = `timed out: no answer within ${Math.round(deadline / 1000)} s`;
    timer = setTimeout(() => resolve({ kind: "failed", error, again: true }), deadline);
  });
  try {
    return await Promise.race([call(), late]);
  } finally {
    clearTimeout(timer);
  }
};

/** Purges tags at Netlify. Never throws; no answer holds a token. */
export const makePurge =
  (access: PurgeAccess) =>
  async (request: PurgeRequest): Promise<PurgeAnswer> => {
    if (access.token !== undefined) return purgeByToken(access, access.token, request);
    return access.local ? { kind: "skipped" } : purgeByHelper(access, request);
  };
