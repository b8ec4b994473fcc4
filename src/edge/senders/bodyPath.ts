const parsed = (body: Buffer): unknown => {
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    return undefined;
  }
};

/** What a JSON value holds at a path of names joined by dots; undefined if it holds nothing there. */
export const dig = (value: unknown, path: string): unknown => {
  let found: unknown = value;
  for (const name of path.split(".")) {
    if (typeof found !== "object" || found === null || !Object.hasOwn(found, name)) return undefined;
    found = Object.entries(found).find(([key]) => key === name)?.[1];
  }
  return found;
};

const known = new WeakMap<Buffer, unknown>();

/** A body as JSON; undefined if it is none. Several ask about one body: it is parsed once. */
export const jsonOf = (body: Buffer): unknown => {
  if (!known.has(body)) known.set(body, parsed(body));
  return known.get(body);
};

/** What a JSON body holds at a path; undefined if it is no JSON or holds nothing there. */
export const valueAt = (body: Buffer, path: string): unknown => dig(jsonOf(body), path);
