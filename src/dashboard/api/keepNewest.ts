/** Keeps a value in a map as its newest, and drops the oldest while the map has more than `most`. */
export const keepNewest = <K, V>(map: Map<K, V>, most: number, key: K, value: V): void => {
  map.delete(key);
  map.set(key, value);
  for (const oldest of map.keys()) {
    if (map.size <= most) return;
    map.delete(oldest);
  }
};
