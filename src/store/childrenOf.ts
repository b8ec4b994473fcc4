import type { Children } from "./store.ts";

/** The children of `prefix` in a store with these keys. */
export const childrenOf = (prefix: string, keys: Iterable<string>): Children => {
  const direct: string[] = [];
  const folders = new Set<string>();
  for (const key of keys) {
    if (!key.startsWith(prefix)) continue;
    const slash = key.indexOf("/", prefix.length);
    if (slash < 0) direct.push(key);
    else folders.add(key.slice(prefix.length, slash));
  }
  return { keys: direct, folders: [...folders] };
};
