/**
 * The path of a key `__proto__` in a JSON value, as names joined by dots; null: there is none. Schemas do not see such
 * a key, and an assignment to it is lost. Works without recursion, because a body may be nested as deeply as it is
 * long.
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
