declare global {
  /** The answers that `begin.js` asked for before this script was loaded, by their paths. */
  var layerhookBegun: Map<string, Promise<Response>> | undefined;
}

/** Returns the answer that the page asked for while it loaded. Each answer is returned once. */
export const takeBegun = (path: string): Promise<Response> | undefined => {
  const answer = globalThis.layerhookBegun?.get(path);
  globalThis.layerhookBegun?.delete(path);
  return answer;
};

/** Drops these answers. After a person has signed in, those of before say that nobody had. */
export const dropBegun = (): void => globalThis.layerhookBegun?.clear();
