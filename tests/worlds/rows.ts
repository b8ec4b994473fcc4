const CHUNK = 1 << 16;

/** The states that were seen: rows of numbers, compared in full. Each has a parent, by whose way it was found. */
export class Rows {
  readonly width: number;
  readonly #chunks: Int32Array[] = [];
  #table = new Int32Array(1 << 16).fill(-1);
  count = 0;

  constructor(width: number) {
    // The last cell of a row is its parent.
    this.width = width + 1;
  }

  #hash(row: Int32Array): number {
    let hash = 0x811c9dc5;
    for (let i = 0; i < this.width - 1; i += 1) {
      hash = Math.imul(hash ^ (row[i] ?? 0), 0x01000193);
      hash ^= hash >>> 15;
    }
    hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
    return (hash ^ (hash >>> 13)) >>> 0;
  }

  /** Whether the row of this number is the same, but for its parent. */
  equal(index: number, row: Int32Array): boolean {
    const chunk = this.#chunk(index);
    const from = (index % CHUNK) * this.width;
    for (let i = 0; i < this.width - 1; i += 1) if (chunk[from + i] !== row[i]) return false;
    return true;
  }

  #chunk(index: number): Int32Array {
    const number = Math.floor(index / CHUNK);
    const chunk = this.#chunks[number] ?? new Int32Array(CHUNK * this.width);
    this.#chunks[number] = chunk;
    return chunk;
  }

  /** Whether this row is new; then it is kept. */
  add(row: Int32Array, parent: number): boolean {
    const mask = this.#table.length - 1;
    let place = this.#hash(row) & mask;
    for (let index = this.#table[place] ?? -1; index >= 0; index = this.#table[place] ?? -1) {
      if (this.equal(index, row)) return false;
      place = (place + 1) & mask;
    }
    this.#table[place] = this.count;
    const chunk = this.#chunk(this.count);
    const from = (this.count % CHUNK) * this.width;
    for (let i = 0; i < this.width - 1; i += 1) chunk[from + i] = row[i] ?? 0;
    chunk[from + this.width - 1] = parent;
    this.count += 1;
    if (this.count * 2 > this.#table.length) this.#grow();
    return true;
  }

  #grow(): void {
    const table = new Int32Array(this.#table.length * 2).fill(-1);
    const mask = table.length - 1;
    const row = new Int32Array(this.width - 1);
    for (let index = 0; index < this.count; index += 1) {
      this.read(index, row);
      let place = this.#hash(row) & mask;
      while ((table[place] ?? -1) >= 0) place = (place + 1) & mask;
      table[place] = index;
    }
    this.#table = table;
  }

  /** Copies a row; returns its parent. */
  read(index: number, into: Int32Array): number {
    const chunk = this.#chunk(index);
    const from = (index % CHUNK) * this.width;
    for (let i = 0; i < this.width - 1; i += 1) into[i] = chunk[from + i] ?? 0;
    return chunk[from + this.width - 1] ?? -1;
  }
}
