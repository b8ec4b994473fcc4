/** A deliberate breakage: the defence it removes, and the texts that do it. */
export interface Breakage {
  readonly name: string;
  /** The defence that is gone. */
  readonly without: string;
  readonly patches: readonly { readonly file: string; readonly from: string; readonly to: string }[];
  /** A world that shows it, where that takes a chance in many thousands: it is lived first. */
  readonly seed?: number;
  /** The tests that notice it, where worlds show it too rarely or not at all: the schedule is written down there. */
  readonly test?: string;
}

/** A breakage in one place. */
export const one = (name: string, without: string, file: string, from: string, to: string): Breakage => ({
  name,
  without,
  patches: [{ file, from, to }],
});

/** A breakage in one place that a test notices. */
export const tested = (test: string, ...breakage: Parameters<typeof one>): Breakage => ({ ...one(...breakage), test });
