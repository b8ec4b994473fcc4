import type { Layer } from "../../api/types.ts";

interface NotificationInput {
  readonly id: string;
  readonly name: string;
  readonly events: readonly string[];
}

/**
 * A layer's notifications as the API takes them. It masks their URLs: a notification sent by its id, without a URL, keeps
 * its URL.
 */
export const notificationInputs = ({ notifications }: Layer): NotificationInput[] =>
  notifications.map(({ id, name, events }) => ({ id, name, events }));
