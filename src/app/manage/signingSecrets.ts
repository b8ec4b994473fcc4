import type { NoRoom } from "../../core/layer/decideOnce.ts";
import type { ChangeBy, Layer } from "../../core/layer/layer.ts";
import { rotateNotificationSecret, rotateSecret, SECRET_OVERLAP } from "../../core/layer/rotateSecret.ts";
import type { Actor } from "../../core/slot/sync.ts";
import type { Deps } from "../deps.ts";
import { placeOf, sealedParts } from "../stored/sealing.ts";
import { changeLayer, type UnknownLayer } from "./changes.ts";

export type SecretRotated =
  | { readonly kind: "rotated"; readonly secret: string; readonly previousUntil: number }
  /** The layer has no such source or notification. */
  | { readonly kind: "unknown" }
  /** A probe signs nothing. */
  | { readonly kind: "no-secret" };

type Rotate = (layer: Layer, sealed: string, by: ChangeBy) => Layer | "no-secret" | null;

const rotateIn = (
  deps: Deps,
  actor: Actor,
  layerId: string,
  part: string,
  rotate: Rotate,
): Promise<SecretRotated | UnknownLayer | NoRoom> => {
  const secret = deps.ids.signingSecret();
  const sealed = deps.sealer.seal(secret, placeOf({ kind: "layer", id: layerId }, part));
  return changeLayer<SecretRotated>(deps, actor, layerId, (layer, { by }) => {
    const next = rotate(layer, sealed, by);
    if (next === "no-secret") return { kind: "keep", result: { kind: "no-secret" } };
    if (next === null) return { kind: "keep", result: { kind: "unknown" } };
    if (next !== layer) {
      const previousUntil = by.now + SECRET_OVERLAP;
      return { kind: "write", document: next, result: { kind: "rotated", secret, previousUntil } };
    }
    // An earlier attempt has set this secret, and its reply was lost.
    const signing = [...layer.sources.flatMap((one) => (one.type === "http" ? [one] : [])), ...layer.notifications];
    const until = signing.find((one) => one.secret === sealed)?.previousSecret?.until;
    return { kind: "keep", result: { kind: "rotated", secret, previousUntil: until ?? by.now } };
  });
};

/** Gives a source a new signing secret. The former one signs beside it for a day. */
export const rotateSourceSecret = (deps: Deps, actor: Actor, layerId: string, slug: string) =>
  rotateIn(deps, actor, layerId, sealedParts.source(slug), (layer, sealed, by) =>
    layer.sources.find((one) => one.slug === slug)?.type === "probe"
      ? "no-secret"
      : rotateSecret(layer, slug, sealed, by),
  );

/** Gives a notification a new signing secret. The former one signs beside it for a day. */
export const rotateSecretOfNotification = (deps: Deps, actor: Actor, layerId: string, id: string) =>
  rotateIn(deps, actor, layerId, sealedParts.notification(id), (layer, sealed, by) =>
    rotateNotificationSecret(layer, id, sealed, by),
  );
