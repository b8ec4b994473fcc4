import { mapSealedLayer, mapSealedSite } from "../../core/sealedTexts.ts";
import type { Deps, Target } from "../deps.ts";
import { ONCE, updateLayer, updateSite } from "../stored/documents.ts";
import { needsReseal, resealed } from "../stored/sealing.ts";
import { withStoreFault } from "../storeFault.ts";

/**
 * Seals a document's texts again with the current key. Without this, credentials that nobody entered again would be
 * lost with the former key. One attempt; never throws.
 */
export const reseal = async (deps: Deps, target: Target): Promise<void> => {
  const { sealer } = deps;
  const renew = (sealed: string, { place }: { readonly place: string }): string => resealed(sealer, sealed, place);
  try {
    if (target.kind === "layer") {
      await updateLayer(
        deps,
        target.id,
        (document) =>
          document?.kind === "layer" && needsReseal(sealer, document)
            ? { kind: "write", document: mapSealedLayer(document, renew), result: null }
            : { kind: "keep", result: null },
        ONCE,
      );
      return;
    }
    await updateSite(
      deps,
      target.id,
      (document) =>
        document?.kind === "site" && needsReseal(sealer, document)
          ? { kind: "write", document: mapSealedSite(document, renew), result: null }
          : { kind: "keep", result: null },
      ONCE,
    );
  } catch (error) {
    deps.report({
      kind: "trouble",
      where: `sealing of ${target.kind} ${target.id}`,
      error: withStoreFault("left for later", error),
    });
  }
};
