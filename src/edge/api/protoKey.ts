/**
 * Where a JSON value has a key `__proto__`, as a path of names joined by dots; null: nowhere. The schemas do not see such a
 * key, and an assignment under it is lost. No recursion: a body may be nested as deep as it is long.
 */
export const protoKeyIn = (json: unknown): string | null => {
  const left: { readonly value: unknown; readonly path: string }[] = [{ value: json, path: "" }];
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    const { value, path } = next;
    if (typeof value !== "object" || value === null) continue;
    for (const [name, inner] of Object.entries(value)) {
      const at = path === "" ? name : `${path}.${name}`;
      if (name === "__proto__") return at.slice(-200);
      if (typeof inner === "object" && inner !== null) left.push({ value: inner, path: at });
    }
  }
  return null;
};
