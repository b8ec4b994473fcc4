import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Archive, Store, Written } from "../../src/store/store.ts";
import { must } from "../support/builders.ts";

/** A new, empty place for documents; `numRuns` bounds how often races are played on it. */
export interface Subject {
  open(): Promise<Store & Archive>;
  readonly numRuns: number;
}

const etagOf = (written: Written): string => {
  if (written.kind !== "written") throw new Error("expected a write");
  return written.etag;
};

/** The laws of the port: every adapter keeps them. */
export const storeLaws = ({ open, numRuns }: Subject): void => {
  describe("a document", () => {
    test("a document that was never written is absent", async () => {
      expect(await (await open()).read("layers/one")).toBeNull();
    });

    test("a document is read as it was written, whatever it holds", async () => {
      const store = await open();
      const text = '{"a":"\\u0000","b":"é😀\u2028 \\" "}\n';
      const etag = etagOf(await store.write("layers/one", text, null));
      expect(await store.read("layers/one")).toEqual({ text, etag });
    });

    test("a document has an ETag that can be expected: strong and quoted", async () => {
      const store = await open();
      expect(etagOf(await store.write("layers/one", "{}", null))).toMatch(/^"[^"].*"$/s);
    });

    test("a document is created once", async () => {
      const store = await open();
      await store.write("layers/one", "1", null);
      expect(await store.write("layers/one", "2", null)).toEqual({ kind: "conflict" });
      expect((await store.read("layers/one"))?.text).toBe("1");
    });

    test("a document is written over the expected version, and no other", async () => {
      const store = await open();
      const first = etagOf(await store.write("layers/one", "1", null));
      const second = etagOf(await store.write("layers/one", "2", first));
      expect(await store.write("layers/one", "3", first)).toEqual({ kind: "conflict" });
      expect((await store.read("layers/one"))?.text).toBe("2");
      expect((await store.write("layers/one", "3", second)).kind).toBe("written");
    });

    test("a document that is absent is not written over", async () => {
      const store = await open();
      const etag = etagOf(await store.write("layers/one", "1", null));
      expect(await store.write("layers/two", "1", etag)).toEqual({ kind: "conflict" });
      expect(await store.read("layers/two")).toBeNull();
    });

    test("a document of equal content has an equal ETag, which is why each write carries a stamp of its own", async () => {
      const store = await open();
      const first = etagOf(await store.write("layers/one", "same", null));
      const between = etagOf(await store.write("layers/one", "other", first));
      expect(etagOf(await store.write("layers/one", "same", between))).toBe(first);
    });

    test("a document that was removed is absent, may be removed again, and may be created again", async () => {
      const store = await open();
      await store.write("audit/one", "1", null);
      await store.remove("audit/one");
      await store.remove("audit/one");
      expect(await store.read("audit/one")).toBeNull();
      expect((await store.write("audit/one", "2", null)).kind).toBe("written");
    });
  });

  describe("a listing", () => {
    test("a listing names every key below a prefix with its ETag, and no other", async () => {
      const store = await open();
      const one = etagOf(await store.write("layers/one", "1", null));
      const two = etagOf(await store.write("layers/two", "2", null));
      await store.write("layersmore", "3", null);
      await store.write("sites/one", "4", null);
      const listed = await store.list("layers/");
      expect([...listed].sort((a, b) => a.key.localeCompare(b.key))).toEqual([
        { key: "layers/one", etag: one },
        { key: "layers/two", etag: two },
      ]);
      expect(await store.list("nothing/")).toEqual([]);
    });

    test("a listing is complete however long it is", async () => {
      const store = await open();
      const keys = Array.from({ length: 120 }, (_, i) => `audit/${String(i).padStart(4, "0")}`);
      await Promise.all(keys.map((key) => store.write(key, key, null)));
      expect((await store.list("audit/")).map(({ key }) => key).sort()).toEqual(keys);
    });
  });

  describe("a listing that may end early", () => {
    test("a listing that is enough at once holds keys below its prefix, and is complete if it has less than a request's", async () => {
      const store = await open();
      const keys = Array.from({ length: 9 }, (_, i) => `audit/${i}`);
      for (const key of keys) await store.write(key, key, null);
      const listed = await store.list("audit/", () => true);
      expect(listed.map(({ key }) => key).sort()).toEqual(keys);
    });
  });

  describe("a listing of one level", () => {
    const level = async (store: Archive, prefix: string) => {
      const { keys, folders } = await store.children(prefix);
      return { keys: [...keys].sort(), folders: [...folders].sort() };
    };

    test("a listing of one level names the keys and the folders directly below a prefix, each once, and nothing deeper", async () => {
      const store = await open();
      const keys = [
        "audit/b",
        "audit/a",
        "audit/2026-01-02/x",
        "audit/2026-01-02/y",
        "audit/2026-01-03/z/deep",
        "audits/c",
      ];
      for (const key of keys) await store.write(key, key, null);
      expect(await level(store, "audit/")).toEqual({
        keys: ["audit/a", "audit/b"],
        folders: ["2026-01-02", "2026-01-03"],
      });
      expect(await level(store, "audit/2026-01-02/")).toEqual({
        keys: ["audit/2026-01-02/x", "audit/2026-01-02/y"],
        folders: [],
      });
      expect(await level(store, "audit/2026-01-03/")).toEqual({ keys: [], folders: ["z"] });
      expect(await level(store, "nothing/")).toEqual({ keys: [], folders: [] });
    });

    test("a listing of one level names a key and a folder of one name side by side", async () => {
      const store = await open();
      await store.write("audit/a", "1", null);
      await store.write("audit/a/b", "2", null);
      expect(await level(store, "audit/")).toEqual({ keys: ["audit/a"], folders: ["a"] });
    });

    test("a listing of one level names a folder no more once its last key is removed", async () => {
      const store = await open();
      await store.write("audit/2026-01-02/x", "1", null);
      await store.remove("audit/2026-01-02/x");
      expect(await level(store, "audit/")).toEqual({ keys: [], folders: [] });
    });

    test("a listing of one level is complete however long it is", async () => {
      const store = await open();
      const names = Array.from({ length: 120 }, (_, i) => String(i).padStart(4, "0"));
      const keys = names.flatMap((name) => [`audit/${name}-key`, `audit/${name}/one`, `audit/${name}/two`]);
      await Promise.all(keys.map((key) => store.write(key, key, null)));
      expect(await level(store, "audit/")).toEqual({ keys: names.map((name) => `audit/${name}-key`), folders: names });
    });
  });

  describe("in every schedule", () => {
    test("one of several writers that expect the same version wins in every schedule, and its document stays", async () => {
      await fc.assert(
        fc.asyncProperty(fc.scheduler(), fc.integer({ min: 2, max: 6 }), fc.boolean(), async (s, writers, exists) => {
          const store = await open();
          const expected = exists ? etagOf(await store.write("layers/one", "before", null)) : null;
          const write = s.scheduleFunction((text: string) => store.write("layers/one", text, expected));
          const under = Array.from({ length: writers }, (_, i) => write(`writer ${i}`));
          await s.waitFor(Promise.all(under));
          const results = await Promise.all(under);
          const winners = results.flatMap((result, i) => (result.kind === "written" ? [{ result, i }] : []));
          expect(winners).toHaveLength(1);
          const { result, i } = must(winners[0]);
          expect(await store.read("layers/one")).toEqual({ text: `writer ${i}`, etag: etagOf(result) });
        }),
        { numRuns },
      );
    });

    test("counters that read, add one and try again until they win lose nothing in any schedule", async () => {
      await fc.assert(
        fc.asyncProperty(fc.scheduler(), fc.integer({ min: 2, max: 5 }), async (s, writers) => {
          const store = await open();
          const read = s.scheduleFunction(() => store.read("layers/one"));
          const write = s.scheduleFunction((text: string, expected: string | null) =>
            store.write("layers/one", text, expected),
          );
          const count = async (): Promise<void> => {
            for (;;) {
              const seen = await read();
              const next = String(Number(seen?.text ?? "0") + 1);
              if ((await write(next, seen?.etag ?? null)).kind === "written") return;
            }
          };
          await s.waitFor(Promise.all(Array.from({ length: writers }, count)));
          expect((await store.read("layers/one"))?.text).toBe(String(writers));
        }),
        { numRuns },
      );
    });

    test("a read that begins after a write was confirmed sees it or something newer", async () => {
      await fc.assert(
        fc.asyncProperty(fc.scheduler(), async (s) => {
          const store = await open();
          let confirmed = 0;
          const write = s.scheduleFunction((text: string, expected: string | null) =>
            store.write("layers/one", text, expected),
          );
          const writer = async () => {
            let expected: string | null = null;
            for (let i = 1; i <= 4; i += 1) {
              expected = etagOf(await write(String(i), expected));
              confirmed = i;
            }
          };
          const reader = s.scheduleFunction(async () => {
            const least = confirmed;
            const seen = await store.read("layers/one");
            expect(Number(seen?.text ?? "0")).toBeGreaterThanOrEqual(least);
          });
          await s.waitFor(Promise.all([writer(), ...Array.from({ length: 6 }, () => reader())]));
        }),
        { numRuns },
      );
    });
  });
};
