import { LAYERS, SITES } from "../../../src/store/keys.ts";
import type { Archive, Children, Enough, Entry, Store, Stored, Written } from "../../../src/store/store.ts";
import { withFutureFields } from "../../support/future.ts";
import type { Release } from "../cast/deploys.ts";
import type { Document } from "../records/ledger.ts";

/** The field that a neighbouring release adds to everything outside the slot. */
export const FUTURE = "addedLater";
/** The version that a later release writes. */
export const HIGHER = 2;

const isDocument = (key: string): boolean => key.startsWith(LAYERS) || key.startsWith(SITES);
const plant = <T extends object>(value: T): T => ({ ...value, [FUTURE]: { kept: true } });

/** A document as a later release writes it: fields of its own at every depth. */
export const planted = (document: Document): Document => {
  if (document.kind === "layer") {
    return {
      ...plant(document),
      slot: withFutureFields(document.slot),
      sources: document.sources.map(plant),
      webhooks: document.webhooks.map(plant),
      connectedSites: document.connectedSites.map(plant),
      ...(document.cachePurge ? { cachePurge: plant(document.cachePurge) } : {}),
    };
  }
  return document.kind === "site" ? { ...plant(document), slot: withFutureFields(document.slot) } : plant(document);
};

const newer = (text: string, release: Release): string => {
  const document: Document = JSON.parse(text);
  return JSON.stringify({ ...planted(document), v: release === "raises the version" ? HIGHER : document.v });
};

/** What a later release reads its own version as: the code under it is this one. */
const understood = (text: string): string => {
  const document: Document = JSON.parse(text);
  return document.v === HIGHER ? JSON.stringify({ ...document, v: 1 }) : text;
};

/** The store as a later release uses it: the code of this one, which writes and reads what is not known here. */
export class NeighbourStore implements Store, Archive {
  readonly #store: Store & Archive;
  readonly #release: Release;

  constructor(store: Store & Archive, release: Release) {
    this.#store = store;
    this.#release = release;
  }

  async read(key: string): Promise<Stored | null> {
    const found = await this.#store.read(key);
    return found === null || !isDocument(key) ? found : { ...found, text: understood(found.text) };
  }

  write(key: string, text: string, expected: string | null): Promise<Written> {
    return this.#store.write(key, isDocument(key) ? newer(text, this.#release) : text, expected);
  }

  list(prefix: string, enough?: Enough): Promise<readonly Entry[]> {
    return this.#store.list(prefix, enough);
  }

  children(prefix: string): Promise<Children> {
    return this.#store.children(prefix);
  }

  remove(key: string): Promise<void> {
    return this.#store.remove(key);
  }
}
