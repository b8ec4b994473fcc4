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
const pair = { layers: [["a", "b"]] };
const bodies = {
  publishers: [
    { names: ["a"], body: "1" },
    { names: ["a"], body: "2" },
  ],
};

/** Every world there is. */
export const worlds: readonly NamedWorld[] = [
  world("two publishers and two workers", "ordinary", two),
  world("A1", "all", { workers: [{}, {}], lostReplies: 1, freezes: 1 }),
  world("A2", "all", { workers: [{}, {}], lateWrites: 1, crashes: 1 }),
  world("A3", "all", { workers: [{}, {}], crashes: 1, failures: 1 }),
  world("A4", "all", { workers: [{}, {}], ...pair, crashes: 1, renewals: 1 }),
  world("A5", "all", { workers: [{ lives: 7 }], failures: 6 }),
  world("A6", "all", { workers: [{}, {}], silences: 1, deafCalls: 1, lateEffects: 1 }),
  world("A7", "all", { workers: [{}, {}], parks: 1, callbacks: 2 }),
  world("A8", "all", { workers: [{}, {}], ...pair, parks: 1, callbacks: 1, crashes: 1 }),
  world("A9", "all", { workers: [{}, {}], polls: 1, handOvers: 1, crashes: 1 }),
  world("A10", "all", { ...two, ...bodies, lostReplies: 1 }),
  world("A11", "all", { workers: [{}, {}], persons: [{ acts: [{ do: "cancel", sync: "sync-publisher0" }] }] }),
  world("A12", "all", { ...two, persons: [{ acts: [{ do: "cancel", sync: "sync-publisher0" }] }] }),
  world("A13", "all", { workers: [{}, {}], persons: [{ acts: [{ do: "pause" }, { do: "resume" }] }], crashes: 1 }),
  world("A14", "all", {
    workers: [{}, {}],
    ...pair,
    persons: [{ acts: [{ do: "remove", source: "a" }] }],
    failures: 1,
  }),
  world("A15", "all", { workers: [{}, {}], persons: [{ acts: [{ do: "delete" }] }], lostReplies: 1 }),
  world("A16", "all", {
    layers: [["a"], ["b"]],
    site: true,
    publishers: [{ names: [] }, { names: [], on: 1 }],
    workers: [{}, { on: 1 }, { on: 2 }],
  }),
  world("A17", "all", { site: true, workers: [{}, { on: 1 }], crashes: 1, lostReplies: 1 }),
  world("A18", "all", { workers: [{}, {}], archive: true, lostReplies: 1, crashes: 1 }),
  world("A19", "all", { ...two, archive: true }),
  world("A20", "all", { workers: [{}, {}], parks: 1, callbacks: 1, freezes: 1 }),
  world("A21", "all", { workers: [{}, {}], persons: [{ acts: [{ do: "readdress", source: "a" }] }], crashes: 1 }),
  world("A22", "all", {
    publishers: [{ names: [], byHand: true }],
    workers: [{}, {}],
    lostReplies: 1,
    persons: [{ acts: [{ do: "cancel", sync: "sync-publisher0" }] }],
  }),
  world("A23", "all", { ...two, tokens: true, freezes: 1 }),
  world("A24", "all", { workers: [{ short: true }, {}], ...two, handOvers: 1, polls: 1 }),
];
