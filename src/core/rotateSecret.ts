import { DAY } from "./durations.ts";
import { type ChangeBy, type Layer, oweAct } from "./layer.ts";

/** Two signatures go out for this long after a rotation, so that a job may learn the new secret at leisure. */
export const SECRET_OVERLAP = DAY;

/**
 * Gives a source a new signing secret; the one before it signs beside it for a while. Null: there is no such source, or it has no secret.
 * A second rotation within the overlap drops the oldest of the three: whoever rotates twice in a row has a leak.
 */
export const rotateSecret = (layer: Layer, slug: string, secret: string, by: ChangeBy): Layer | null => {
  const source = layer.sources.find((candidate) => candidate.slug === slug);
  if (source === undefined || source.type !== "http") return null;
  if (source.secret === secret) return layer;
  const previousSecret = { secret: source.secret, until: by.now + SECRET_OVERLAP };
  const rotated: Layer = {
    ...layer,
    sources: layer.sources.map((one) => (one === source ? { ...source, secret, previousSecret } : one)),
    updatedAt: by.now,
    settingsRev: by.attempt.rev,
  };
  const target = { type: "data_source", id: slug, name: source.name };
  return oweAct(rotated, by, { action: "data_source.secret_rotated", target, detail: {} });
};

/** Gives a notification a new signing secret, as `rotateSecret` does a source. Null: there is no such notification. */
export const rotateNotificationSecret = (layer: Layer, id: string, secret: string, by: ChangeBy): Layer | null => {
  const notification = layer.notifications.find((candidate) => candidate.id === id);
  if (notification === undefined) return null;
  if (notification.secret === secret) return layer;
  const previousSecret = { secret: notification.secret, until: by.now + SECRET_OVERLAP };
  const rotated: Layer = {
    ...layer,
    notifications: layer.notifications.map((one) =>
      one === notification ? { ...notification, secret, previousSecret } : one,
    ),
    updatedAt: by.now,
    settingsRev: by.attempt.rev,
  };
  const target = { type: "notification", id, name: notification.name };
  return oweAct(rotated, by, { action: "notification.secret_rotated", target, detail: {} });
};
