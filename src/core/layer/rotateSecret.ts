import { DAY } from "../durations.ts";
import { type AuditFields, type ChangeBy, type Layer, oweAct } from "./layer.ts";

/** How long both secrets sign after a rotation, so that a receiver has time to learn the new one. */
export const SECRET_OVERLAP = DAY;

/**
 * Replaces the secret and keeps the former one beside it for `SECRET_OVERLAP`. A second rotation in this time drops the
 * oldest of the three secrets, because two rotations in a row mean a leak.
 */
const withNewSecret = <S extends { readonly secret: string }>(signing: S, secret: string, { now }: ChangeBy) => ({
  ...signing,
  secret,
  previousSecret: { secret: signing.secret, until: now + SECRET_OVERLAP },
});

const oweRotation = (layer: Layer, by: ChangeBy, { action, target }: Pick<AuditFields, "action" | "target">): Layer =>
  oweAct({ ...layer, updatedAt: by.now, settingsRev: by.attempt.rev }, by, { action, target, detail: {} });

/** Gives a source a new signing secret. Null: the source does not exist or has no secret. */
export const rotateSecret = (layer: Layer, slug: string, secret: string, by: ChangeBy): Layer | null => {
  const source = layer.sources.find((candidate) => candidate.slug === slug);
  if (source === undefined || source.type !== "http") return null;
  if (source.secret === secret) return layer;
  const sources = layer.sources.map((one) => (one === source ? withNewSecret(source, secret, by) : one));
  const target = { type: "data_source", id: slug, name: source.name };
  return oweRotation({ ...layer, sources }, by, { action: "data_source.secret_rotated", target });
};

/** Gives a notification a new signing secret. Null: the notification does not exist. */
export const rotateNotificationSecret = (layer: Layer, id: string, secret: string, by: ChangeBy): Layer | null => {
  const notification = layer.notifications.find((candidate) => candidate.id === id);
  if (notification === undefined) return null;
  if (notification.secret === secret) return layer;
  const notifications = layer.notifications.map((one) => (one === notification ? withNewSecret(one, secret, by) : one));
  const target = { type: "notification", id, name: notification.name };
  return oweRotation({ ...layer, notifications }, by, { action: "notification.secret_rotated", target });
};
