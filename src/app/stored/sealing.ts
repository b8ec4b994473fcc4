import type { ProbeSource } from "../../core/layer/source.ts";
import { placeOf, sealedParts, sealedTextsOf } from "../../core/sealedTexts.ts";
import type { SlotOwner } from "../../core/slotOwner.ts";
import type { Sealer, Target } from "../deps.ts";

export { placeOf, sealedParts } from "../../core/sealedTexts.ts";

/** Opens the texts of one place. */
export interface Opener {
  /** Null for the reasons that `Sealer.open` gives. */
  open(sealed: string): string | null;
}

/** Opens the texts of one part of a document. */
export const openerOf = (sealer: Sealer, document: Target, part: string): Opener => ({
  open: (sealed) => sealer.open(sealed, placeOf(document, part)),
});

/** Why a probe is not called whose headers cannot be opened. */
export const HEADERS_UNREADABLE =
  "a header of the probe cannot be decrypted, because LAYERHOOK_SECRET changed. Enter the headers again";

/** The stored headers of a probe; null: one of them cannot be opened with any configured key. */
export const openHeaders = (
  sealer: Sealer,
  layerId: string,
  { slug, headers = {} }: ProbeSource,
): Record<string, string> | null => {
  const opened: Record<string, string> = {};
  for (const [name, sealed] of Object.entries(headers)) {
    const value = openerOf(sealer, { kind: "layer", id: layerId }, sealedParts.header(slug, name)).open(sealed);
    if (value === null) return null;
    opened[name] = value;
  }
  return opened;
};

/**
 * Seals texts for one change. The same text at the same place is sealed once, so that every attempt decides the same.
 */
export const sealOnce = (sealer: Sealer): ((text: string, place: string) => string) => {
  const made = new Map<string, string>();
  return (text, place) => {
    const key = `${place} ${text}`;
    const sealed = made.get(key) ?? sealer.seal(text, place);
    made.set(key, sealed);
    return sealed;
  };
};

/**
 * The text, sealed with the current key. A text that cannot be opened stays as it is, because its key may be configured
 * again.
 */
export const resealed = (sealer: Sealer, sealed: string, place: string): string => {
  if (sealer.isCurrent(sealed) && sealer.isBound(sealed)) return sealed;
  const text = sealer.open(sealed, place);
  return text === null ? sealed : sealer.seal(text, place);
};

/** Whether a document holds a text sealed with a former key that is still configured, or one bound to no place yet. */
export const needsReseal = (sealer: Sealer, owner: SlotOwner): boolean =>
  sealedTextsOf(owner).some(
    ({ sealed, place }) => !(sealer.isCurrent(sealed) && sealer.isBound(sealed)) && sealer.open(sealed, place) !== null,
  );

export type Sealing = "former" | "unreadable";

/**
 * Whether a document holds texts that are not sealed with the key in use. `former`: sealed with an old key that is still
 * configured. `unreadable`: a needed text opens with no configured key. Undefined: neither, or no key is configured. A text
 * that is bound to no place yet does not count: nobody waits for it to be sealed again.
 */
export const sealingOf = (sealer: Sealer, owner: SlotOwner): Sealing | undefined => {
  if (sealer.keyId === null) return undefined;
  const texts = sealedTextsOf(owner).map((text) => ({
    ...text,
    opens: sealer.open(text.sealed, text.place) !== null,
  }));
  const opened = new Set(texts.flatMap(({ place, opens }) => (opens ? [place] : [])));
  const lost = texts.some(
    ({ place, need, opens }) => (need === "needed" && !opens) || (need === "one-of" && !opened.has(place)),
  );
  if (lost) return "unreadable";
  return texts.some(({ sealed, opens }) => opens && !sealer.isCurrent(sealed)) ? "former" : undefined;
};
