import type { Layer } from "../layer/layer.ts";
import { wantsEvent } from "../layer/messages.ts";
import type { Message } from "../layer/notification.ts";
import { MESSAGES } from "../limits.ts";
import type { Alarm, AlarmEvent } from "./alarmSchema.ts";
import { toldAt } from "./quietHours.ts";

const messagesAbout = (layer: Layer, alarm: Alarm, isOver: boolean, now: number): Message[] =>
  layer.notifications
    .filter(({ events }) => events.includes(alarm.event))
    .map(({ id }) => ({
      to: id,
      syncId: "",
      event: alarm.event,
      since: now,
      tries: 0,
      due: toldAt(layer, now),
      alarm: { id: alarm.id, since: alarm.since, isOver },
    }));

const owing = (layer: Layer, alarms: Alarm[], unsent: readonly Message[]): Layer => ({
  ...layer,
  alarms,
  unsent: unsent.slice(-MESSAGES),
});

/** Raises an alarm and owes its messages. An alarm that stands is not raised again. */
export const raiseAlarm = (layer: Layer, event: AlarmEvent, since: number, now: number): Layer => {
  const { alarms = [], unsent = [] } = layer;
  if (!wantsEvent(layer, event) || alarms.some((alarm) => alarm.event === event)) return layer;
  const alarm = { event, id: `${event}/${now}`, since };
  return owing(layer, [...alarms, alarm], [...unsent, ...messagesAbout(layer, alarm, false, now)]);
};

/** Ends an alarm and owes the messages that it is over. Whoever was not told of it yet hears nothing. */
export const endAlarm = (layer: Layer, event: AlarmEvent, now: number): Layer => {
  const { alarms = [], unsent = [] } = layer;
  const alarm = alarms.find((one) => one.event === event);
  if (alarm === undefined) return layer;
  const isUntold = (message: Message): boolean => message.alarm?.id === alarm.id && message.tries === 0;
  const untold = new Set(unsent.filter(isUntold).map(({ to }) => to));
  const over = messagesAbout(layer, alarm, true, now).filter(({ to }) => !untold.has(to));
  const left = alarms.filter((one) => one !== alarm);
  return owing(layer, left, [...unsent.filter((message) => !isUntold(message)), ...over]);
};

/** The alarm of an event that stands; undefined: there is none. */
export const alarmOf = ({ alarms = [] }: Pick<Layer, "alarms">, event: AlarmEvent): Alarm | undefined =>
  alarms.find((alarm) => alarm.event === event);
