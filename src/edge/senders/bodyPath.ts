/** A longer body is not parsed, so that a refused request costs little computing (bytes). */
export const PARSED_BYTES = 1024 * 1024;

/** A body as JSON. `too-long` and `no-json` bodies cannot be read, and an empty body has no values. */
export type JsonBody =
  | { readonly kind: "json"; readonly value: unknown }
  | { readonly kind: "too-long" | "no-json" | "empty" };

const parse = (body: Buffer): JsonBody => {
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
  let inner: unknown = value;
  for (const name of path.split(".")) {
    if (typeof inner !== "object" || inner === null || !Object.hasOwn(inner, name)) return undefined;
    inner = Reflect.get(inner, name);
  }
  return inner;
};

const parsedBodies = new WeakMap<Buffer, JsonBody>();

/** Reads a body as JSON. Several readers share one parse. */
export const jsonOf = (body: Buffer): JsonBody => {
  const json = parsedBodies.get(body) ?? parse(body);
  parsedBodies.set(body, json);
  return json;
};

/** The value of a JSON body at a path; undefined if the body is no JSON, is too long, or has no such value. */
export const bodyValueAt = (body: Buffer, path: string): unknown => {
  const json = jsonOf(body);
  return json.kind === "json" ? dig(json.value, path) : undefined;
};
