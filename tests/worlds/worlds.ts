import { calm, type Rules } from "./rules.ts";

/** A world by its name. Those with the share "ordinary" run in the ordinary tests. */
export interface NamedWorld {
  readonly name: string;
  readonly share: "ordinary" | "all";
  readonly rules: Rules;
}

const world = (name: string, share: NamedWorld["share"], rules: Partial<Rules>): NamedWorld => ({
  name,
  share,
  rules: { ...calm, ...rules },
});

const two = { publishers: [{ names: [] }, { names: [] }], workers: [{}, {}] };

/** Every world there is. */
export const worlds: readonly NamedWorld[] = [
  world("two publishers and two workers", "ordinary", two),
  world("a reply is lost", "ordinary", { ...two, lostReplies: 1 }),
  world("a worker vanishes", "ordinary", { ...two, crashes: 1 }),
  world("a worker freezes and thaws", "ordinary", { ...two, freezes: 1 }),
];
