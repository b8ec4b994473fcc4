import { DAY } from "../../core/durations.ts";
import type { Layer } from "../../core/layer/layer.ts";
import type { Message } from "../../core/layer/notification.ts";
import { isoTime } from "../time.ts";
import { withoutMarkup } from "./messageBody.ts";

type DigestMessage = Message & { readonly digest: NonNullable<Message["digest"]> };

/** Whether a message is a digest. */
export const isDigest = (message: Message): message is DigestMessage => message.digest !== undefined;

const whole = (count: number): string => count.toLocaleString("en-US");
const counted = (count: number, one: string, more: string): string => `${whole(count)} ${count === 1 ? one : more}`;
const dayOf = (ms: number): string => isoTime(ms).slice(0, 10);

/** What each event is called when a digest counts it. */
const NAMES: Readonly<Record<string, readonly [one: string, more: string]>> = {
  "sync.failed": ["sync failed", "syncs failed"],
  "build.failed": ["build failed", "builds failed"],
  "build.held": ["build held", "builds held"],
  "build.locked": ["build waits behind a locked deploy", "builds waited behind a locked deploy"],
  "build.stale": ["build did not show on its pages", "builds did not show on their pages"],
};

const failuresText = ({ failures = {} }: DigestMessage["digest"]): string[] =>
  Object.entries(failures).map(([event, { times, last }]) => {
    const [one, more] = NAMES[event] ?? [event, event];
    return `${counted(times, one, more)}${last === "" ? "" : ` (last: ${last})`}`;
  });

/** A few sentences for chat services to show. */
export const digestText = ({ name }: Pick<Layer, "name">, { digest }: DigestMessage): string => {
  const { since, until, publishes, builds, credits, p50Seconds, p95Seconds, missing, silentSince } = digest;
  const made = [counted(publishes, "publish", "publishes"), counted(builds, "build", "builds")];
  const half = p50Seconds === undefined ? "" : ` Half of them were live within ${whole(p50Seconds)} s`;
  const most = p95Seconds === undefined ? "" : `, 95 of 100 within ${whole(p95Seconds)} s`;
  const failed = failuresText(digest);
  return [
    `${name}, ${dayOf(since)} to ${dayOf(until)}: ${made.join(", ")}, ${counted(credits, "credit", "credits")}.`,
    half === "" ? "" : `${half.trimStart()}${most}.`,
    failed.length === 0 ? "Nothing failed." : `${failed.join("; ")}.`,
    missing.length === 0 ? "" : `Not over: ${missing.join(", ")}.`,
    silentSince === undefined
      ? ""
      : `Nothing was published for ${counted(Math.floor((until - silentSince) / DAY), "day", "days")}.`,
  ]
    .filter((sentence) => sentence !== "")
    .join(" ");
};

/** The exact bytes of a digest, equal at every try unless the layer was renamed meanwhile. */
export const digestMessageBody = (layer: Pick<Layer, "id" | "name">, message: DigestMessage): string => {
  const { since, until, publishes, builds, credits, p50Seconds, p95Seconds, failures, missing, silentSince } =
    message.digest;
  return JSON.stringify({
    type: message.event,
    timestamp: isoTime(until),
    dataLayerId: layer.id,
    dataLayerName: layer.name,
    since: isoTime(since),
    until: isoTime(until),
    publishes,
    builds,
    credits,
    publishToLive: { p50Seconds: p50Seconds ?? null, p95Seconds: p95Seconds ?? null },
    failures: Object.entries(failures ?? {}).map(([event, { times, last }]) => ({ event, times, last })),
    missing,
    silentSince: silentSince === undefined ? null : isoTime(silentSince),
    text: withoutMarkup(digestText(layer, message)),
  });
};
