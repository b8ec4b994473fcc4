import { SECOND } from "../../core/durations.ts";
import type { Layer } from "../../core/layer/layer.ts";
import {
  type MessageAttempt,
  messageId,
  nextMessage,
  settleMessages,
  takeMessages,
} from "../../core/layer/messages.ts";
import { formatOf, type Message, type NotificationFormat } from "../../core/layer/notification.ts";
import type { Deps, OutgoingAnswer } from "../deps.ts";
import { MANAGE, updateLayer, WORK } from "../stored/documents.ts";
import { findState } from "../stored/records.ts";
import { openerOf, sealedParts } from "../stored/sealing.ts";
import { withStoreFault } from "../storeFault.ts";
import { alarmMessageBody, alarmText, isAboutAlarm } from "./alarmMessageBody.ts";
import { buildMessageBody, buildText, isAboutBuild } from "./buildMessageBody.ts";
import { retryAfter, secretsOf } from "./callSource.ts";
import { digestMessageBody, digestText, isDigest } from "./digestMessageBody.ts";
import { formatted } from "./formatted.ts";
import { messageBody, syncText } from "./messageBody.ts";

/** How long a receiver has to answer (ms). */
const DEADLINE = 10 * SECOND;
/** How much of the answer is read: only its status counts. */
const ANSWER_BYTES = 1024;
/** The status that means "never again" in Standard Webhooks. */
const GONE = 410;

/** The result of an attempt, from its answer. */
const judged = (message: Message, answer: OutgoingAnswer, now: number): MessageAttempt => {
  if (answer.kind === "silence") {
    return { message, error: answer.error, final: answer.refused === true, notBefore: 0 };
  }
  const { status } = answer;
  const ok = status >= 200 && status < 300;
  const wait = retryAfter(answer.retryAfter, now);
  return {
    message,
    error: ok ? null : `the URL answered ${status}`,
    final: status === GONE,
    notBefore: wait === null ? 0 : now + wait,
  };
};

/** The bytes of a message in a format; null: the record of the sync no longer exists. */
const bodyOf = async (
  deps: Deps,
  layer: Layer,
  message: Message,
  format: NotificationFormat,
): Promise<string | null> => {
  if (isAboutAlarm(message)) {
    return formatted(format, alarmMessageBody(layer, message), alarmText(layer, message));
  }
  if (isDigest(message)) {
    return formatted(format, digestMessageBody(layer, message), digestText(layer, message));
  }
  if (isAboutBuild(message)) {
    return formatted(format, buildMessageBody(layer, message), buildText(layer, message));
  }
  const state = await findState(deps, layer, message.syncId);
  return state?.kind === "claimed"
    ? formatted(format, messageBody(layer, message, state), syncText(layer, state))
    : null;
};

const send = async (deps: Deps, layer: Layer, message: Message): Promise<MessageAttempt> => {
  const failed = (error: string): MessageAttempt => ({ message, error, final: false, notBefore: 0 });
  const notification = layer.notifications.find(({ id }) => id === message.to);
  if (notification === undefined) return { ...failed("the notification was deleted"), final: true };
  const openerAt = (part: string) => openerOf(deps.sealer, layer, part);
  const url = openerAt(sealedParts.notificationUrl(notification.id)).open(notification.url);
  const secrets = secretsOf(deps, openerAt(sealedParts.notification(notification.id)), notification);
  if (url === null || secrets.length === 0) {
    return failed("its URL or secret cannot be decrypted, because LAYERHOOK_SECRET changed. Enter both again");
  }
  const id = messageId(message);
  const format = formatOf(notification);
  const body = await bodyOf(deps, layer, message, format);
  if (body === null) return failed("the record of the sync no longer exists");
  // A chat service checks no signature.
  const signature = format === "standard" ? deps.signer.standard(secrets, id, deps.clock.now(), body) : {};
  const answer = await deps.outgoing.send({
    method: "POST",
    url,
    headers: { "content-type": "application/json", ...signature },
    body,
    deadline: DEADLINE,
    maxBytes: ANSWER_BYTES,
    signal: new AbortController().signal,
  });
  return judged(message, answer, deps.clock.now());
};

/**
 * Sends the due messages of a layer's notifications, each at least once: a message is sent again under the same id if
 * its worker dies or its outcome cannot be recorded. Failures are retried like those of a source. Never throws.
 */
export const sendNotifications = async (deps: Deps, layerId: string): Promise<void> => {
  try {
    const take = await updateLayer<readonly Message[]>(
      deps,
      layerId,
      (document, { now }) => {
        if (document?.kind !== "layer" || nextMessage(document) > now) return { kind: "keep", result: [] };
        const { layer, taken } = takeMessages(document, now);
        return { kind: "write", document: layer, result: taken };
      },
      MANAGE,
    );
    const { document: layer, result: taken } = take;
    if (layer?.kind !== "layer" || taken.length === 0) return;
    const tried = await Promise.all(
      taken.map((message) =>
        send(deps, layer, message).catch(
          (): MessageAttempt => ({
            message,
            error: "the record of the sync cannot be read",
            final: false,
            notBefore: 0,
          }),
        ),
      ),
    );
    for (const { message, error } of tried) {
      const outcome = error === null ? {} : { error };
      deps.report({ kind: "notification.sent", layer: layerId, event: message.event, ok: error === null, ...outcome });
    }
    await updateLayer<null>(
      deps,
      layerId,
      (document, { now }) =>
        document?.kind === "layer"
          ? { kind: "write", document: settleMessages(document, tried, now), result: null }
          : { kind: "keep", result: null },
      WORK,
    );
  } catch (error) {
    deps.report({
      kind: "trouble",
      where: `notifications of layer ${layerId}`,
      error: withStoreFault("left for later", error),
    });
  }
};
