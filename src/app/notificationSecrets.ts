import { rotateNotificationSecret, SECRET_OVERLAP } from "../core/rotateSecret.ts";
import type { Actor } from "../core/slot.ts";
import { changeLayer, type NoRoom, type UnknownLayer } from "./changes.ts";
import type { Deps } from "./deps.ts";

export type NotificationSecretRotated =
  | { readonly kind: "rotated"; readonly secret: string; readonly previousUntil: number }
  | { readonly kind: "unknown-notification" };

/** Gives a notification a new signing secret; the old one signs beside it for a day. */
export const rotateSecretOfNotification = (
  deps: Deps,
  actor: Actor,
  layerId: string,
  id: string,
): Promise<NotificationSecretRotated | UnknownLayer | NoRoom> => {
  const secret = deps.ids.signingSecret();
  const sealed = deps.sealer.seal(secret);
  return changeLayer<NotificationSecretRotated>(deps, actor, layerId, (layer, { by }) => {
    const next = rotateNotificationSecret(layer, id, sealed, by);
    if (next === null) return { kind: "keep", result: { kind: "unknown-notification" } };
    const standing = layer.notifications.find((one) => one.id === id)?.previousSecret?.until ?? by.now;
    if (next === layer) return { kind: "keep", result: { kind: "rotated", secret, previousUntil: standing } };
    return {
      kind: "write",
      document: next,
      result: { kind: "rotated", secret, previousUntil: by.now + SECRET_OVERLAP },
    };
  });
};
