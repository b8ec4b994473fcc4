import type { Tokens } from "../access/tokens.ts";
import { RETRY_AT_LEAST, RETRY_TRIES } from "../durations.ts";
import { MESSAGES } from "../limits.ts";
import type { SiteDocument } from "../site/site.ts";
import { endStatus } from "../slot/ending.ts";
import { backoff, noteText } from "../slot/judge.ts";
import type { Sync } from "../slot/slot.ts";
import type { Layer, LayerDocument, Message } from "./layer.ts";

/** A try that was made. */
export interface Tried {
  readonly message: Message;
  /** Null: it was taken. */
  readonly error: string | null;
  /** Whether its receiver wants no more of it. */
  readonly final: boolean;
  /** Not again before then (ms); 0: the receiver did not say. */
  readonly notBefore: number;
}

/** A message's name, equal at every try: what it is sent under, and by which its receiver knows it again. */
export const messageId = ({ syncId, to }: Pick<Message, "syncId" | "to">): string => `${syncId}/${to}`;

type Told = Pick<Layer, "notifications" | "unsent">;

/** What the ends of syncs owe to the notifications that want to hear of them. The newest are kept if there are too many. */
export const owedMessages = ({ notifications, unsent }: Told, ended: readonly Sync[]): { unsent?: Message[] } => {
  const fresh = ended.flatMap((sync): Message[] => {
    const event = `sync.${endStatus(sync)}`;
    const since = sync.finishedAt ?? sync.queuedAt;
    return notifications
      .filter(({ events }) => events.includes(event))
      .map(({ id }) => ({ to: id, syncId: sync.id, event, since, tries: 0, due: since }));
  });
  return fresh.length === 0 ? {} : { unsent: [...(unsent ?? []), ...fresh].slice(-MESSAGES) };
};

/** When the next message is to be sent (ms); infinity: none waits. */
export const nextMessage = ({ unsent }: Pick<Layer, "unsent">): number =>
  Math.min(Number.POSITIVE_INFINITY, ...(unsent ?? []).map(({ due }) => due));

/**
 * Takes what is due, in one write before anything is sent: of two workers one gets it, and a worker that dies has used
 * up a try. What its notification is gone for is dropped.
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

/** Whether a message that failed is given up: as a source is, after five tries and a quarter of an hour. */
const isOver = ({ message: { tries, since }, final }: Tried, now: number): boolean =>
  final || (tries >= RETRY_TRIES && now >= since + RETRY_AT_LEAST);

/**
 * Records how tries ended: what was taken or is given up leaves, the rest waits for its next try. Once taken is taken; a
 * failure counts for its own try alone: a worker that was frozen may tell of one long after a later try went well.
 */
export const settleMessages = (layer: Layer, tried: readonly Tried[], now: number): Layer => {
  const standing = new Map((layer.unsent ?? []).map((message) => [messageId(message), message.tries]));
  const counting = new Map(
    tried
      .filter(({ message, error }) => error === null || standing.get(messageId(message)) === message.tries)
      .map((one) => [messageId(one.message), one]),
  );
  const unsent = (layer.unsent ?? []).flatMap((message): Message[] => {
    const mine = counting.get(messageId(message));
    if (mine === undefined) return [message];
    if (mine.error === null || isOver(mine, now)) return [];
    return [{ ...message, due: Math.max(message.due, mine.notBefore) }];
  });
  const notifications = layer.notifications.map((notification) => {
    const mine = [...counting.values()].findLast(({ message }) => message.to === notification.id);
    if (mine === undefined) return notification;
    const { event, syncId } = mine.message;
    const outcome = mine.error === null ? ("sent" as const) : ("failed" as const);
    const error = mine.error === null ? {} : { error: noteText(mine.error) };
    return { ...notification, last: { at: now, event, syncId, outcome, ...error } };
  });
  return { ...layer, unsent, notifications };
};

/** A layer that has something to tell now, if that is what the document is; null: it is not. */
export const layerToTell = (document: LayerDocument | SiteDocument | Tokens | null, now: number): Layer | null =>
  document?.kind === "layer" && nextMessage(document) <= now ? document : null;
