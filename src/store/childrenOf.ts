import type { Children } from "./store.ts";

/** One level below `prefix`, of a store whose keys these are. */
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
