/** Any JSON. */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

/** An answer with its body read. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Returns the value at a dotted path of the body. Throws if there is none. */
  at(path: string): Json;
  /** Returns the text at a path. Throws if the value is not a text. */
  textAt(path: string): string;
  /** Returns the list at a path. Throws if the value is not a list. */
  listAt(path: string): Json[];
}

/** Returns the value at a dotted path. Throws if there is none. */
export const dig = (value: Json, path: string): Json => {
  let current: Json | undefined = value;
  for (const step of path.split(".").filter((part) => part !== "")) {
    if (Array.isArray(current)) current = current[Number(step)];
    else if (typeof current === "object" && current !== null) current = current[step];
    else current = undefined;
    if (current === undefined) throw new Error(`nothing at ${path} in ${JSON.stringify(value).slice(0, 400)}`);
  }
  return current;
};

/** Reads a response. */
export const readAnswer = async (response: Response): Promise<Answer> => {
  const text = await response.text();
  const at = (path: string): Json => dig(JSON.parse(text), path);
  return {
    status: response.status,
    headers: response.headers,
    text,
    at,
    textAt(path) {
      const value = at(path);
      if (typeof value !== "string") throw new Error(`no text at ${path}: ${JSON.stringify(value)}`);
      return value;
    },
    listAt(path) {
      const value = at(path);
      if (!Array.isArray(value)) throw new Error(`no list at ${path}: ${JSON.stringify(value)}`);
      return value;
    },
  };
};
