/** A value with its number. */
export interface Numbered<T> {
  readonly id: number;
  readonly value: T;
}

/** Equal values are one object with one number, so that states are compared by numbers. */
export class Interned<T> {
  readonly #known = new Map<string, Numbered<T>>();
  readonly #all: Numbered<T>[] = [];

  /** The one object of this value; `key` tells values apart. */
  of(value: T, key: string = JSON.stringify(value)): Numbered<T> {
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const made = { id: this.#all.length, value };
    this.#known.set(key, made);
    this.#all.push(made);
    return made;
  }

  /** The value of this number. */
  at(id: number): Numbered<T> {
    const found = this.#all[id];
    if (found === undefined) throw new RangeError(`nothing has the number ${id}`);
    return found;
  }

  get size(): number {
    return this.#all.length;
  }
}
