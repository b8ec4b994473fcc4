import type { Deps, Sealer } from "../../app/deps.ts";
import type { LoggedDelivery } from "../../app/stored/deliveryLog.ts";
import { openerOf, placeOf, sealedParts } from "../../app/stored/sealing.ts";
import { HOUR, SECOND } from "../../core/durations.ts";
import type { Handshake } from "../senders/handshakes.ts";

/** How long the token of a handshake is shown (ms). */
export const TOKEN_SHOWN = HOUR;
const CONFIRM_DEADLINE = 10 * SECOND;

/**
 * Seals the token of a handshake that a person has to use, for its line of the log. Undefined: there is none, or no key to
 * seal it with.
 */
export const sealToken = (
  sealer: Sealer,
  layerId: string,
  deliveryId: string,
  handshake: Handshake | null,
): string | undefined => {
  const token = handshake?.forPerson ?? null;
  if (token === null || sealer.keyId === null) return undefined;
  return sealer.seal(token, placeOf({ kind: "layer", id: layerId }, sealedParts.handshake(deliveryId)));
};

/** The token of a logged handshake, and until when it is shown (ms); null: there is none, or its time is over. */
export const shownToken = (
  sealer: Sealer,
  layerId: string,
  { id, receivedAt, token: sealed }: Pick<LoggedDelivery, "id" | "receivedAt" | "token">,
  now: number,
): { readonly token: string; readonly until: number } | null => {
  const until = receivedAt + TOKEN_SHOWN;
  if (sealed === undefined || now >= until) return null;
  const token = openerOf(sealer, { kind: "layer", id: layerId }, sealedParts.handshake(id)).open(sealed);
  return token === null ? null : { token, until };
};

/** Opens the URL with which a handshake wants to be confirmed, after the answer. Never throws. */
export const confirmSubscription = async (deps: Deps, layerId: string, url: string): Promise<void> => {
  const { signal } = new AbortController();
  const answer = await deps.outgoing.send({
    method: "GET",
    url,
    headers: {},
    deadline: CONFIRM_DEADLINE,
    maxBytes: 1024,
    signal,
  });
  if (answer.kind === "answer" && answer.status >= 200 && answer.status < 300) return;
  const error = answer.kind === "silence" ? answer.error : `the answer was ${answer.status}`;
  deps.report({ kind: "trouble", where: `confirmation of a subscription for layer ${layerId}`, error });
};
