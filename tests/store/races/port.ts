import fc from "fast-check";
import { type Archive, type Store, StoreUnavailable } from "../../../src/store/store.ts";

/** What a writer expects to stand there: the version it saw last or first, or a text of its own making. */
type Expects = "last" | "first" | { readonly etag: string | null };

export type Act =
  | { readonly op: "read" | "list"; readonly key: string }
  | { readonly op: "write"; readonly key: string; readonly expects: Expects };

const keys = fc.constantFrom("layers/one", "layers/one", "layers/two");
const expects: fc.Arbitrary<Expects> = fc.oneof(
  { arbitrary: fc.constant<Expects>("last"), weight: 10 },
  { arbitrary: fc.constant<Expects>("first"), weight: 2 },
  { arbitrary: fc.record({ etag: fc.constantFrom(null, null, null, "", "*", 'W/"weak"', "unquoted") }), weight: 3 },
);
const act: fc.Arbitrary<Act> = fc.oneof(
  { arbitrary: fc.record({ op: fc.constant("write" as const), key: keys, expects }), weight: 8 },
  { arbitrary: fc.record({ op: fc.constant("read" as const), key: keys }), weight: 4 },
  { arbitrary: fc.constant<Act>({ op: "list", key: "layers/" }), weight: 1 },
);

/** What each of several processes does at the bare port. */
export const programmes = fc.array(fc.array(act, { minLength: 1, maxLength: 6, size: "max" }), {
  minLength: 2,
  maxLength: 4,
  size: "max",
});

/** Undefined: nothing is known. */
const known = async <T>(call: Promise<T>): Promise<T | undefined> => {
  try {
    return await call;
  } catch (error) {
    if (error instanceof StoreUnavailable) return undefined;
    throw error;
  }
};

/** Does the acts of one process one after the other. No text is written twice. */
export const perform = async (store: Store & Archive, by: string, programme: readonly Act[]): Promise<void> => {
  const seen = new Map<string, string[]>();
  const see = (key: string, etag: string) => seen.set(key, [...(seen.get(key) ?? []), etag]);
  for (const [index, step] of programme.entries()) {
    const { key } = step;
    if (step.op === "list") await known(store.list(key));
    if (step.op === "read") {
      const found = await known(store.read(key));
      if (found !== undefined && found !== null) see(key, found.etag);
    }
    if (step.op === "write") {
      const versions = seen.get(key) ?? [];
      const expected =
        typeof step.expects === "string" ? versions.at(step.expects === "last" ? -1 : 0) : step.expects.etag;
      const write: Store["write"] = store.write;
      const written = await known(write.call(store, key, `${by}.${index}`, expected ?? null));
      if (written?.kind === "written") see(key, written.etag);
    }
  }
};
