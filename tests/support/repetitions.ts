/**
 * Returns how many examples a property runs: `ordinary` of them in an ordinary run. A mutation run repeats every
 * property for every mutant, so it takes a percentage.
 */
export const repetitions = (ordinary: number): number =>
  Math.ceil((ordinary * Number(process.env["LAYERHOOK_REPETITIONS_PERCENT"] ?? "100")) / 100);
