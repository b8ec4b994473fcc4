import { z } from "zod/mini";

/** What did not happen, and is told once when it begins and once when it is over. */
export const alarmEvents = ["publish.overdue", "source.silent", "tick.late", "site.private"] as const;
export type AlarmEvent = (typeof alarmEvents)[number];

/** An alarm that was raised and is not over. */
export const alarmSchema = z.looseObject({
  /** One of `alarmEvents`, or an alarm of a later release. */
  event: z.string(),
  /** Names this alarm, so that its messages are told apart from those of a later one. */
  id: z.string(),
  /** Since when what should have happened is missing (ms). */
  since: z.number(),
});
export type Alarm = z.infer<typeof alarmSchema>;
