import { SECOND } from "../../core/durations.ts";
import { accessOf, type PublicAccess, REACHABLE_PATH } from "../../core/watch/publicAccess.ts";
import type { Deps } from "../deps.ts";

const DEADLINE = 5 * SECOND;

/** Calls the publish URL as a stranger does, and says whether senders get through to us. Never throws. */
export const lookFromOutside = async ({ outgoing, publicUrl }: Deps): Promise<PublicAccess> => {
  const answer = await outgoing.send({
    method: "GET",
    url: `${publicUrl}${REACHABLE_PATH}`,
    headers: {},
    deadline: DEADLINE,
    maxBytes: 0,
    withHeaders: true,
    signal: new AbortController().signal,
  });
  return answer.kind === "silence" ? "unknown" : accessOf(answer.status, answer.headers?.["allow"] ?? null);
};
