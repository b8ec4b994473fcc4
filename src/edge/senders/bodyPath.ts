/** A longer body is not parsed: a request that is refused in the end must not cost a second of computing (bytes). */
export const PARSED_BYTES = 1024 * 1024;

/** A body as JSON. `too-long` and `no-json` bodies cannot be looked into; an empty one has nothing to be found. */
export type JsonBody =
  | { readonly kind: "json"; readonly value: unknown }
  | { readonly kind: "too-long" | "no-json" | "empty" };

const parsed = (body: Buffer): JsonBody => {
  if (body.length === 0) return { kind: "empty" };
  if (body.length > PARSED_BYTES) return { kind: "too-long" };
  try {
    return { kind: "json", value: JSON.parse(body.toString("utf8")) };
  } catch {
    return { kind: "no-json" };
  }
};

/** What a JSON value holds at a path of names joined by dots; undefined if it holds nothing there. */
export const dig = (value: unknown, path: string): unknown => {
  let found: unknown = value;
  for (const name of path.split(".")) {
    if (typeof found !== "object" || found === null || !Object.hasOwn(found, name)) return undefined;
    found = Reflect.get(found, name);
  }
  return found;
};

const known = new WeakMap<Buffer, JsonBody>();

/** Reads a body as JSON. Several ask about one body: it is parsed once. */
export const jsonOf = (body: Buffer): JsonBody => {
  const json = known.get(body) ?? parsed(body);
  known.set(body, json);
  return json;
};

/** What a JSON body holds at a path; undefined if it is no JSON, is too long, or holds nothing there. */
export const valueAt = (body: Buffer, path: string): unknown => {
  const json = jsonOf(body);
  return json.kind === "json" ? dig(json.value, path) : undefined;
};
