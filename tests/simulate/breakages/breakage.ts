/** A deliberate breakage: the defence it removes, and the texts that do it. */
export interface Breakage {
  readonly name: string;
  /** The defence that is gone. */
  readonly without: string;
  readonly patches: readonly { readonly file: string; readonly from: string; readonly to: string }[];
  /** A world that shows it, where that takes a chance in many thousands: it is lived first. */
  readonly seed?: number;
}

/** A breakage in one place. */
export const one = (name: string, without: string, file: string, from: string, to: string): Breakage => ({
  name,
  without,
  patches: [{ file, from, to }],
});
