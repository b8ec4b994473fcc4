import type { Entry } from "../store/store.ts";
import type { Deps } from "./deps.ts";

/** A digest of a listing, whatever its order. */
export const listingDigest = (deps: Pick<Deps, "digest">, entries: Iterable<Entry>): string =>
  deps.digest(
    [...entries]
      .map(({ key, etag }) => `${key} ${etag}`)
      .sort()
      .join("\n"),
  );
