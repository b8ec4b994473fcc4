/** A longer body is not parsed, so that a refused request costs little computing (bytes). */
export const PARSED_BYTES = 1024 * 1024;

/** A body as JSON. `too-long` and `no-json` bodies cannot be read, and an empty body has no values. */
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

/** The value of a JSON value at a path of names joined by dots; undefined: there is none. */
export const dig = (value: unknown, path: string): unknown => {
  let found: unknown = value;
  for (const name of path.split(".")) {
    if (typeof found !== "object" || found === null || !Object.hasOwn(found, name)) return undefined;
    found = Reflect.get(found, name);
  }
  return found;
};

const known = new WeakMap<Buffer, JsonBody>();

/** Reads a body as JSON. Several readers share one parse. */
export const jsonOf = (body: Buffer): JsonBody => {
  const json = known.get(body) ?? parsed(body);
  known.set(body, json);
  return json;
};

/** The value of a JSON body at a path; undefined if the body is no JSON, is too long, or has no such value. */
export const valueAt = (body: Buffer, path: string): unknown => {
  const json = jsonOf(body);
  return json.kind === "json" ? dig(json.value, path) : undefined;
};
