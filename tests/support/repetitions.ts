/**
 * How often a law is tried that is tried on many examples: this often in an ordinary run. A mutation run asks every law
 * about every mutant and takes a percentage of it.
 */
export const repetitions = (ordinary: number): number =>
  Math.ceil((ordinary * Number(process.env["LAYERHOOK_REPETITIONS_PERCENT"] ?? "100")) / 100);
