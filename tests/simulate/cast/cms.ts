/** What editors publish: a revision per item of each source. Jobs read it, sites show it. */
export class Cms {
  readonly #revisions = new Map<string, Map<string, number>>();

  #of(layer: number, slug: string): Map<string, number> {
    const source = `${layer}/${slug}`;
    const items = this.#revisions.get(source) ?? new Map<string, number>();
    this.#revisions.set(source, items);
    return items;
  }

  /** Publishes an item anew. */
  publish(layer: number, slug: string, item: string): number {
    const items = this.#of(layer, slug);
    const revision = (items.get(item) ?? 0) + 1;
    items.set(item, revision);
    return revision;
  }

  /** The source as it is now: all of it, or one item. */
  read(layer: number, slug: string, item: string | null): ReadonlyMap<string, number> {
    const items = this.#of(layer, slug);
    if (item === null) return new Map(items);
    return new Map([[item, items.get(item) ?? 0]]);
  }
}
