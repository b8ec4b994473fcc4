import type { Sealer } from "../deps.ts";
import { openerOf, placeOf, sealedParts } from "../stored/sealing.ts";

/** A title as it is stored: sealed for its delivery. */
interface Titled {
  readonly layerId: string;
  readonly deliveryId: string;
  readonly title?: string | undefined;
}

/** The title of what was published; null: it was not kept, or it was sealed with a key that is no longer configured. */
export const titleOf = (sealer: Sealer, { layerId, deliveryId, title }: Titled): string | null =>
  title === undefined
    ? null
    : openerOf(sealer, { kind: "layer", id: layerId }, sealedParts.title(deliveryId)).open(title);

/** Seals the title of what was published, for its delivery. */
export const sealTitle = (sealer: Sealer, layerId: string, deliveryId: string, title: string): string =>
  sealer.seal(title, placeOf({ kind: "layer", id: layerId }, sealedParts.title(deliveryId)));
