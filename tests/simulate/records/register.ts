import { hash } from "node:crypto";
import type { Stored, Written } from "../../../src/store/store.ts";
import type { Instance } from "../world/instance.ts";
import type { Timeline } from "../world/timeline.ts";

/** Who wrote, and what its wall clock said when it decided to: all that a law about times may rest on. */
export interface Writer {
  readonly instance: Instance;
  readonly wall: number;
  readonly issued: number;
}

export interface Commit {
  readonly key: string;
  readonly before: string | null;
  /** Null: removed. */
  readonly after: string | null;
  readonly writer: Writer;
  readonly stamp: number;
}

/** Equal content has an equal ETag, as the real store has it. */
export const etagOf = (text: string): string => `"${hash("md5", text)}"`;

/** The truth: one linearizable map. What goes wrong happens on the way to it. */
export class Register {
  readonly #entries = new Map<string, Stored>();
  readonly #versions = new Map<string, { at: number; etag: string | null; stored: Stored | null }[]>();
  readonly #timeline: Timeline;
  readonly #committed: (commit: Commit) => void;

  constructor(timeline: Timeline, committed: (commit: Commit) => void) {
    this.#timeline = timeline;
    this.#committed = committed;
  }

  read(key: string): Stored | null {
    return this.#entries.get(key) ?? null;
  }

  /** What stood there at `asOf`: what an eventually consistent store might serve. */
  readAsOf(key: string, asOf: number): Stored | null {
    return this.#versions.get(key)?.findLast(({ at }) => at <= asOf)?.stored ?? null;
  }

  write(key: string, text: string, expected: string | null, writer: Writer): Written {
    const before = this.read(key);
    if ((before?.etag ?? null) !== expected) return { kind: "conflict" };
    const etag = etagOf(text);
    this.#entries.set(key, { text, etag });
    this.#commit(key, before?.text ?? null, { text, etag }, writer);
    return { kind: "written", etag };
  }

  remove(key: string, writer: Writer): void {
    const before = this.read(key);
    if (before === null) return;
    this.#entries.delete(key);
    this.#commit(key, before.text, null, writer);
  }

  /** The keys as they stood at `asOf`: a list may lag. */
  list(prefix: string, asOf: number): { key: string; etag: string }[] {
    const found: { key: string; etag: string }[] = [];
    for (const [key, versions] of this.#versions) {
      if (!key.startsWith(prefix)) continue;
      const etag = versions.findLast(({ at }) => at <= asOf)?.etag ?? null;
      if (etag !== null) found.push({ key, etag });
    }
    return found;
  }

  keys(prefix: string): string[] {
    return [...this.#entries.keys()].filter((key) => key.startsWith(prefix));
  }

  #commit(key: string, before: string | null, after: Stored | null, writer: Writer): void {
    const versions = this.#versions.get(key) ?? [];
    versions.push({ at: this.#timeline.now, etag: after?.etag ?? null, stored: after });
    this.#versions.set(key, versions);
    this.#committed({ key, before, after: after?.text ?? null, writer, stamp: this.#timeline.stamp() });
  }
}
