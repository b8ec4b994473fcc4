import { rotateSecret, SECRET_OVERLAP } from "../core/rotateSecret.ts";
import type { Actor } from "../core/slot.ts";
import { changeLayer, type NoRoom, type UnknownLayer } from "./changes.ts";
import type { Deps } from "./deps.ts";

export type SecretRotated =
  | { readonly kind: "rotated"; readonly secret: string; readonly previousUntil: number }
  | { readonly kind: "unknown-source" }
  /** A probe signs nothing. */
  | { readonly kind: "no-secret" };

/** Gives a source a new signing secret; the old one signs beside it for a day. */
export const rotateSourceSecret = (
  deps: Deps,
  actor: Actor,
  layerId: string,
  slug: string,
): Promise<SecretRotated | UnknownLayer | NoRoom> => {
  const secret = deps.ids.signingSecret();
  const sealed = deps.sealer.seal(secret);
  return changeLayer<SecretRotated>(deps, actor, layerId, (layer, { by }) => {
    const source = layer.sources.find((one) => one.slug === slug);
    if (source?.type === "probe") return { kind: "keep", result: { kind: "no-secret" } };
    const next = rotateSecret(layer, slug, sealed, by);
    if (next === null) return { kind: "keep", result: { kind: "unknown-source" } };
    if (next !== layer) {
      return {
        kind: "write",
        document: next,
        result: { kind: "rotated", secret, previousUntil: by.now + SECRET_OVERLAP },
      };
    }
    const standing = source?.previousSecret?.until;
    return { kind: "keep", result: { kind: "rotated", secret, previousUntil: standing ?? by.now } };
  });
};
