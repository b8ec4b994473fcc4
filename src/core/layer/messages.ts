import type { Tokens } from "../access/tokens.ts";
import { defined } from "../defined.ts";
import { RETRY_AT_LEAST, RETRY_TRIES } from "../durations.ts";
import { MESSAGES } from "../limits.ts";
import type { SiteDocument } from "../site/site.ts";
import { endStatus } from "../slot/ending.ts";
import { backoff, noteText } from "../slot/judge.ts";
import type { Sync } from "../slot/sync.ts";
import { countFailure, type Week } from "../watch/digestSchema.ts";
import type { Layer, LayerDocument } from "./layer.ts";
import type { Message } from "./notification.ts";

/** One attempt to deliver a message. */
export interface MessageAttempt {
  readonly message: Message;
  /** Null: the message was delivered. */
  readonly error: string | null;
  /** Whether the receiver refuses every further attempt. */
  readonly final: boolean;
  /** No further attempt before this time (ms); 0: the receiver named none. */
  readonly notBefore: number;
}

type Named = Pick<Message, "syncId" | "to" | "build" | "alarm" | "digest">;

/** The id of a message, equal for every attempt, so that its receiver recognises a repetition. */
export const messageId = ({ syncId, to, build, alarm, digest }: Named): string =>
  `${alarm === undefined ? (digest?.id ?? build?.id ?? syncId) : `${alarm.id}${alarm.isOver ? "/over" : ""}`}/${to}`;

/** Whether a notification of the layer announces an event. */
export const wantsEvent = ({ notifications }: Pick<Layer, "notifications">, event: string): boolean =>
  notifications.some(({ events }) => events.includes(event));

/** The source because of which a sync failed; empty: a site is the reason. */
const failedSource = ({ parts }: Sync): string =>
  Object.keys(parts).find((slug) => parts[slug]?.status === "failed") ?? "";

/** The week of the layer with the failed syncs counted, for its digest. */
const weekAfter = (week: Week, ended: readonly Sync[]): Week =>
  ended.reduce((sum, sync) => countFailure(sum, `sync.${endStatus(sync)}`, failedSource(sync)), week);

/**
 * Owes a message to each notification that subscribed to the end of one of these syncs. If there are too many messages,
 * the newest are kept. Counts failed syncs for the layer's digest.
 */
export const owedMessages = (
  { notifications, unsent, week }: Pick<Layer, "notifications" | "unsent" | "week">,
  ended: readonly Sync[],
): { unsent?: Message[]; week?: Week } => {
  const added = ended.flatMap((sync): Message[] => {
    const event = `sync.${endStatus(sync)}`;
    const since = sync.finishedAt ?? sync.queuedAt;
    return notifications
      .filter(({ events }) => events.includes(event))
      .map(({ id }) => ({ to: id, syncId: sync.id, event, since, tries: 0, due: since }));
  });
  return {
    ...(added.length === 0 ? {} : { unsent: [...(unsent ?? []), ...added].slice(-MESSAGES) }),
    ...(week === undefined ? {} : { week: weekAfter(week, ended) }),
  };
};

/** When the next message is due (ms); infinity if none waits. */
export const nextMessage = ({ unsent }: Pick<Layer, "unsent">): number =>
  Math.min(Number.POSITIVE_INFINITY, ...(unsent ?? []).map(({ due }) => due));

/**
 * Claims the due messages in one write before anything is sent. Only one of two workers gets a message, and a worker
 * that dies has used up an attempt. Messages of removed notifications are dropped.
 */
export const takeMessages = (layer: Layer, now: number): { layer: Layer; taken: Message[] } => {
  const known = new Set(layer.notifications.map(({ id }) => id));
  const taken: Message[] = [];
  const unsent = (layer.unsent ?? []).flatMap((message): Message[] => {
    if (!known.has(message.to)) return [];
    if (message.due > now) return [message];
    const tries = message.tries + 1;
    const begun = { ...message, tries, due: now + backoff(tries) };
    taken.push(begun);
    return [begun];
  });
  return { layer: { ...layer, unsent }, taken };
};

/** Whether a failed message is given up: like a source, after five attempts and a quarter of an hour. */
const isGivenUp = ({ message: { tries, since }, final }: MessageAttempt, now: number): boolean =>
  final || (tries >= RETRY_TRIES && now >= since + RETRY_AT_LEAST);

/**
 * Records how attempts ended. Messages that were delivered or given up leave the layer; the others wait for their next
 * attempt. A delivered message stays delivered. A failure counts only for its own attempt, because a frozen worker may
 * report it after a later attempt succeeded.
 */
export const settleMessages = (layer: Layer, finished: readonly MessageAttempt[], now: number): Layer => {
  const currentTries = new Map((layer.unsent ?? []).map((message) => [messageId(message), message.tries]));
  const attempts = new Map(
    finished
      .filter(({ message, error }) => error === null || currentTries.get(messageId(message)) === message.tries)
      .map((one) => [messageId(one.message), one]),
  );
  const unsent = (layer.unsent ?? []).flatMap((message): Message[] => {
    const attempt = attempts.get(messageId(message));
    if (attempt === undefined) return [message];
    if (attempt.error === null || isGivenUp(attempt, now)) return [];
    return [{ ...message, due: Math.max(message.due, attempt.notBefore) }];
  });
  const notifications = layer.notifications.map((notification) => {
    const attempt = [...attempts.values()].findLast(({ message }) => message.to === notification.id);
    if (attempt === undefined) return notification;
    const { event, syncId, build } = attempt.message;
    const outcome = attempt.error === null ? ("sent" as const) : ("failed" as const);
    const error = attempt.error === null ? {} : { error: noteText(attempt.error) };
    return {
      ...notification,
      last: { at: now, event, syncId, ...defined({ buildId: build?.buildId }), outcome, ...error },
    };
  });
  return { ...layer, unsent, notifications };
};

/** The document, if it is a layer with a message that is due; otherwise null. */
export const layerWithDueMessage = (
  document: LayerDocument | SiteDocument | Tokens | null,
  now: number,
): Layer | null => (document?.kind === "layer" && nextMessage(document) <= now ? document : null);
