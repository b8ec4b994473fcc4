import { tokenOf } from "../../src/app/manage/statusLinks.ts";
import { layerCodec, siteCodec, tokensCodec } from "../../src/app/stored/documents.ts";
import type { Layer, LayerDocument } from "../../src/core/layer/layer.ts";
import type { Site, SiteDocument } from "../../src/core/site/site.ts";
import { AUDIT, LAYER_ORDER, LAYERS, recordId, SITE_ORDER, SITES, TOKENS } from "../../src/store/keys.ts";
import { type FuzzWorld, PUBLIC_URL } from "./fuzzWorld.ts";
import type { KnownKind, LookUp } from "./wild/piece.ts";

export type Document = LayerDocument | SiteDocument;

/** A document as it is stored; throws if it is not one that can be read. */
export const readDocument = (key: string, text: string): Document =>
  key.startsWith(LAYERS) ? layerCodec.decode(text, key) : siteCodec.decode(text, key);

/** Everything that stands in a world's store at one moment, read once for every version of a document. */
export class Standing {
  readonly #read = new Map<string, Document>();
  texts: ReadonlyMap<string, string> = new Map();
  documents: readonly Document[] = [];

  /** Looks again. */
  async look(world: FuzzWorld): Promise<void> {
    const texts = new Map<string, string>();
    const documents: Document[] = [];
    for (const [key, etag] of await world.store.standing()) {
      const text = (await world.store.memory.read(key))?.text ?? "";
      texts.set(key, text);
      if (!key.startsWith(LAYERS) && !key.startsWith(SITES)) continue;
      const known = this.#read.get(`${key} ${etag}`) ?? readDocument(key, text);
      this.#read.set(`${key} ${etag}`, known);
      documents.push(known);
    }
    this.texts = texts;
    this.documents = documents;
  }

  /** Ids of webhooks: whoever has one can publish. One that was chosen to be a public name as well is no secret. */
  webhookIds(): ReadonlySet<string> {
    const layers = this.documents.filter((document) => document.kind === "layer");
    const webhooks = layers.flatMap((layer) => [...layer.webhooks, ...layer.deletedWebhooks]);
    const open = new Set([...this.documents, ...webhooks.map(({ ref }) => ({ id: ref }))].map(({ id }) => id));
    const ids = [...webhooks, ...layers.flatMap(({ formerIds = [] }) => formerIds)].map(({ id }) => id);
    return new Set(ids.filter((id) => /^(secret-of-|kept-id-)/.test(id) && !open.has(id)));
  }

  #all(kind: KnownKind, { deps, callbacks }: Pick<FuzzWorld, "deps" | "callbacks">, within: string | null): string[] {
    const of = <K extends Document["kind"]>(wanted: K) =>
      this.documents.filter((document): document is Extract<Document, { kind: K }> => document.kind === wanted);
    const inside = <T extends { readonly id: string }>(all: readonly T[]): readonly T[] => {
      const one = all.filter(({ id }) => id === within);
      return one.length > 0 ? one : all;
    };
    const layers = inside(of("layer"));
    const sites = inside(of("site"));
    const names = (prefix: string) => [...this.texts.keys()].filter((key) => key.startsWith(prefix)).map(recordId);
    const states = (prefix: string, holders: readonly (Layer | Site)[]) =>
      holders.flatMap(({ id, slot }) => [
        ...(slot.pending === null ? [] : [slot.pending.syncId]),
        ...Object.keys(slot.open),
        ...names(`${prefix}/${id}/`),
      ]);
    switch (kind) {
      case "layer":
        return of("layer").map(({ id }) => id);
      case "deletedLayer":
        return of("layer-tombstone").map(({ id }) => id);
      case "webhook":
        return layers.flatMap(({ webhooks }) => webhooks.map(({ id }) => id));
      case "deletedWebhook":
        return layers.flatMap(({ deletedWebhooks }) => deletedWebhooks.map(({ id }) => id));
      case "ref":
        return layers.flatMap(({ webhooks }) => webhooks.map(({ ref }) => ref));
      case "sync":
        return states("syncs", layers);
      case "delivery":
        return layers.flatMap(({ id }) => names(`deliveries/${id}/`));
      case "site":
        return of("site").map(({ id }) => id);
      case "deletedSite":
        return of("site-tombstone").map(({ id }) => id);
      case "build":
        return states("builds", sites);
      case "slug":
        return layers.flatMap(({ sources }) => sources.map(({ slug }) => slug));
      case "notification":
        return layers.flatMap(({ notifications }) => notifications.map(({ id }) => id));
      case "statusLink":
        return layers.flatMap(({ statusLinks = [] }) => statusLinks.map(({ ref }) => ref));
      case "statusToken":
        return layers.flatMap(({ id, statusLinks = [] }) =>
          statusLinks.flatMap((link) => tokenOf(deps, id, link) ?? []),
        );
      case "token": {
        const text = this.texts.get(TOKENS);
        return text === undefined ? [] : tokensCodec.decode(text, TOKENS).tokens.map(({ id }) => id);
      }
      case "position":
        return [...names(LAYER_ORDER), ...names(SITE_ORDER), ...names(AUDIT)];
      case "etag":
        return [...layers, ...sites].map(({ settingsRev }) => `"${settingsRev}"`);
      case "callback":
        return callbacks.toReversed().map((url) => url.slice(`${PUBLIC_URL}/hooks/callbacks/`.length));
    }
  }

  /** What pieces of requests are looked up in. The newest callbacks come first: the others are over. */
  lookUp(world: FuzzWorld): LookUp {
    return (kind, n, within) => {
      // Now and then something that stands elsewhere.
      const all = this.#all(kind, world, n % 8 === 7 ? null : within);
      return all[n % Math.max(all.length, 1)] ?? null;
    };
  }
}
