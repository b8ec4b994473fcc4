import { z } from "zod";
import { layerCodec, siteCodec } from "../../src/app/stored/documents.ts";
import { SECOND } from "../../src/core/durations.ts";
import { type LayerDocument, layerDocumentSchema } from "../../src/core/layer/layer.ts";
import { pacingFrom } from "../../src/core/site/pacing.ts";
import { type SiteDocument, siteDocumentSchema } from "../../src/core/site/site.ts";
import { nextDue } from "../../src/core/slot/nextDue.ts";
import { opening } from "../../src/core/slot/pace.ts";
import type { Slot } from "../../src/core/slot/slot.ts";
import { partsOf } from "../../src/core/slotOwner.ts";
import { documentCodec } from "../../src/store/codec.ts";
import { LAYERS, layerKey, siteKey } from "../../src/store/keys.ts";
import type { Codec } from "../../src/store/store.ts";
import { aLayer, aSite, aSource, START } from "../support/builders.ts";
import type { Rules } from "./rules.ts";

export type Document = LayerDocument | SiteDocument;

const either = documentCodec<Document>(z.union([layerDocumentSchema, siteDocumentSchema]));

/** Decoded documents that are kept at hand; the oldest go, for a big world has more of them than there is room for. */
const AT_HAND = 20_000;

/** A stored text: one object and one number for each that ever stood. */
export class Stored {
  readonly id: number;
  /** Which of the world's documents it is a version of. */
  readonly index: number;
  readonly text: string;
  /** When its slot next needs a worker (ms); Infinity without a slot. */
  readonly due: number;
  /** From when on what is pending may start, also while something runs (ms). */
  readonly ripe: number;
  readonly owes: boolean;
  /** The run that a worker attends, if one does. */
  readonly attended: { readonly fence: number; readonly by: string; readonly leaseUntil: number } | null;

  constructor(id: number, index: number, text: string, document: Document) {
    const slot = slotOf(document);
    this.id = id;
    this.index = index;
    this.text = text;
    const pace = document.kind === "site" ? partsOf(document).pace : undefined;
    this.due = slot === null ? Number.POSITIVE_INFINITY : nextDue(slot, pace === undefined ? {} : { pace });
    const pending = slot?.pending ?? null;
    this.ripe = pending === null ? Number.POSITIVE_INFINITY : opening(pending, slot ?? {}, pace).at;
    this.owes = document.owed.length > 0;
    const running = slot?.running ?? null;
    this.attended =
      running === null || running.by === null
        ? null
        : { fence: running.fence, by: running.by, leaseUntil: running.leaseUntil };
  }
}

/** The document, if it is a layer's. */
export const layerOf = (document: Document | null): LayerDocument | null =>
  document?.kind === "layer" || document?.kind === "layer-tombstone" ? document : null;

/** The slot of a document that has one. */
export const slotOf = (document: Document): Slot | null =>
  document.kind === "layer" || document.kind === "site" ? document.slot : null;

const uncounted = (document: Document): Document => {
  if (document.kind === "layer" || document.kind === "site") {
    const { usage: _usage, ...slot } = document.slot;
    return { ...document, slot };
  }
  const { usage: _usage, ...tombstone } = document;
  return tombstone;
};

/** Every version of every document of one world. */
export class Documents {
  readonly keys: readonly string[];
  readonly first: readonly Stored[];
  readonly #known = new Map<string, Stored>();
  readonly #all: Stored[] = [];
  #decoded = new Map<string, Document>();

  constructor({ layers, site, pacing, timeout }: Rules) {
    this.keys = [...layers.map((_, index) => layerKey(`l${index}`)), ...(site ? [siteKey("s")] : [])];
    const documents: Document[] = layers.map((sources, index) =>
      aLayer(
        {
          name: "",
          sources: sources.map((slug) =>
            aSource(slug, { name: "", url: "u", timeoutSeconds: timeout / SECOND, secret: "" }),
          ),
          connectedSites: [{ siteId: "s" }],
        },
        { id: `l${index}` },
      ),
    );
    if (site) {
      documents.push(aSite({ id: "s", name: "", buildHook: "", buildHookHint: "", pacing: pacingFrom(pacing) }));
    }
    this.first = documents.map((document, index) => this.of(this.codec.encode(document), index));
  }

  /** The real schemas, entered by the key as the app does; a text is decoded once as long as it is at hand. */
  readonly codec: Codec<Document> = {
    decode: (text, key) => {
      const known = this.#decoded.get(text);
      if (known !== undefined) return known;
      const document = key.startsWith(LAYERS) ? layerCodec.decode(text, key) : siteCodec.decode(text, key);
      if (this.#decoded.size >= AT_HAND) {
        const kept = [...this.#decoded].slice(AT_HAND / 2);
        this.#decoded = new Map(kept);
      }
      this.#decoded.set(text, document);
      return document;
    },
    // Nothing is decided by counts of what was done; with them hardly two ways would lead to one state.
    encode: (document) => either.encode(uncounted(document)),
    stamp: either.stamp,
  };

  of(text: string, index: number): Stored {
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    const made = new Stored(this.#all.length, index, text, this.codec.decode(text, this.key(index)));
    this.#known.set(text, made);
    this.#all.push(made);
    return made;
  }

  at(id: number): Stored {
    const found = this.#all[id];
    if (found === undefined) throw new RangeError(`no document has the number ${id}`);
    return found;
  }

  /** What a stored text says. */
  read(stored: Stored): Document {
    return this.codec.decode(stored.text, this.key(stored.index));
  }

  key(index: number): string {
    const key = this.keys[index];
    if (key === undefined) throw new RangeError(`there is no document ${index}`);
    return key;
  }

  get size(): number {
    return this.#all.length;
  }
}

/** Times of a world as small numbers. */
export class Times {
  readonly #ids = new Map<number, number>();
  readonly #all: number[] = [];

  id(ms: number): number {
    const known = this.#ids.get(ms);
    if (known !== undefined) return known;
    this.#ids.set(ms, this.#all.length);
    this.#all.push(ms);
    return this.#all.length - 1;
  }

  at(id: number): number {
    return this.#all[id] ?? START;
  }
}
