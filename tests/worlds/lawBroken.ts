/** A promise that does not hold in some state; `law` is the promise, the message says what contradicts it. */
export class LawBroken extends Error {
  override name = "LawBroken";
  readonly law: string;

  constructor(law: string, detail: string) {
    super(`${law}: ${detail}`);
    this.law = law;
  }
}

/** Holds `true` against a law. */
export const holds = (truth: boolean, law: string, detail: () => string): void => {
  if (!truth) throw new LawBroken(law, detail());
};
