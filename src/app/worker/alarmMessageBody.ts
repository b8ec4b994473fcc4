import type { Layer } from "../../core/layer/layer.ts";
import type { Message } from "../../core/layer/notification.ts";
import { isoTime } from "../time.ts";
import { withoutMarkup } from "./messageBody.ts";

type AlarmMessage = Message & { readonly alarm: NonNullable<Message["alarm"]> };

/** Whether a message is about an alarm. */
export const isAboutAlarm = (message: Message): message is AlarmMessage => message.alarm !== undefined;

/** One sentence for chat services to show. */
export const alarmText = ({ name }: Pick<Layer, "name">, { event, alarm }: AlarmMessage): string => {
  const since = `${isoTime(alarm.since).slice(0, 16).replace("T", " ")} UTC`;
  switch (event) {
    case "publish.overdue":
      return alarm.isOver ? `${name}: no publish is overdue now` : `${name}: a publish of ${since} is not live yet`;
    case "source.silent":
      return alarm.isOver
        ? `${name}: publishes arrive again`
        : `${name}: nothing was published since ${since}. Look whether the CMS still calls its webhook`;
    case "tick.late":
      return alarm.isOver
        ? `${name}: the repair runs again`
        : `${name}: the repair has not run since ${since}. Look at the schedule of the function drain at Netlify`;
    case "site.private":
      return alarm.isOver
        ? `${name}: senders reach Layerhook again`
        : `${name}: Layerhook has asked visitors to log in since ${since}, so no publish arrives. Open the project's Visitor access at Netlify and make it public`;
    default:
      return alarm.isOver ? `${name}: ${event} is over` : `${name}: ${event} since ${since}`;
  }
};

/** The exact bytes of a message about an alarm, equal at every try unless the layer was renamed meanwhile. */
export const alarmMessageBody = (layer: Pick<Layer, "id" | "name">, message: AlarmMessage): string => {
  const { event, since, alarm } = message;
  return JSON.stringify({
    type: event,
    timestamp: isoTime(since),
    dataLayerId: layer.id,
    dataLayerName: layer.name,
    state: alarm.isOver ? "over" : "raised",
    since: isoTime(alarm.since),
    text: withoutMarkup(alarmText(layer, message)),
  });
};
