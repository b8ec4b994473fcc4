import { HOUR } from "../durations.ts";
import type { Layer } from "../layer/layer.ts";
import { wantsEvent } from "../layer/messages.ts";
import { alarmOf, endAlarm, raiseAlarm } from "./alarms.ts";
import type { PublicAccess } from "./publicAccess.ts";

/** How often somebody looks whether senders get through to us, while they do (ms). */
const LOOK_EVERY = HOUR;

/** The last look whether senders get through to us. */
export interface AccessSeen {
  readonly at: number;
  /** Since when each look found that they must log in (ms); absent: they do not. */
  readonly privateSince?: number | undefined;
}

/** What a look whether senders get through to us leads to. */
interface Judged {
  readonly layer: Layer;
  /** When somebody is to look again (ms). */
  readonly due: number;
  readonly seen: AccessSeen | undefined;
}

/**
 * Raises the alarm that the project is private once two ticks in a row found it so, and ends it when senders get through
 * again. An answer that says neither changes nothing. Null: nobody looked, and a look is due.
 */
export const judgeAccess = (
  layer: Layer,
  access: PublicAccess | null,
  former: AccessSeen | undefined,
  now: number,
): Judged | null => {
  if (!wantsEvent(layer, "site.private")) {
    return { layer: endAlarm(layer, "site.private", now), due: Number.POSITIVE_INFINITY, seen: undefined };
  }
  const isOpen = alarmOf(layer, "site.private") !== undefined || former?.privateSince !== undefined;
  const due = former === undefined || isOpen ? now : former.at + LOOK_EVERY;
  if (due > now) return { layer, due, seen: former };
  if (access === null) return null;
  if (access === "private") {
    const since = former?.privateSince ?? now;
    const told = since < now ? raiseAlarm(layer, "site.private", since, now) : layer;
    return { layer: told, due: now, seen: { at: now, privateSince: since } };
  }
  if (access !== "ok" && isOpen) return { layer, due: now, seen: { ...former, at: now } };
  return { layer: endAlarm(layer, "site.private", now), due: now + LOOK_EVERY, seen: { at: now } };
};
