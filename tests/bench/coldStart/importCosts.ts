import { type ImportCost, importOnce } from "./importCost.ts";

/** Of a core: what Lambda gives for Netlify's 1,024 MB. */
export const SHARE = 0.58;

/** The share of a core that processes can be limited to here; null: none. Tries it with a deployed function. */
export const shareHere = async (directory: string): Promise<number | null> => {
  try {
    await importOnce(directory, SHARE);
    return SHARE;
  } catch {
    return null;
  }
};

/** Loads each deployed function in a fresh process, in turns, so that what else the machine does meets them all. */
export const measureImports = async (
  functions: readonly { readonly name: string; readonly directory: string }[],
  share: number | null,
  starts: number,
): Promise<ReadonlyMap<string, readonly ImportCost[]>> => {
  const costs = new Map<string, ImportCost[]>(functions.map(({ name }) => [name, []]));
  for (let start = 0; start < starts; start += 1) {
    for (const { name, directory } of functions) costs.get(name)?.push(await importOnce(directory, share));
  }
  return costs;
};
