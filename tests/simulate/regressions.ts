/** A world that once broke a law, or that shows the way by which one can be broken. */
export interface Regression {
  readonly seed: number;
  readonly what: string;
}

/**
 * Seeds worth living again at each change. A seed stands for its world only as long as chance is drawn in the same order,
 * so this list is a beginning of the search, not a proof; what a schedule proves is kept as a test of the core.
 */
export const regressions: readonly Regression[] = [
  { seed: 911, what: "a job tells of a failure after its effect, and of nothing new the next time" },
  { seed: 976, what: "the same, in another world" },
  { seed: 912, what: "a person hurries a retry whose sister was due already, by a clock that is ahead" },
  { seed: 1282, what: "a build layer with a labelled delivery pending gets its first source" },
  { seed: 8087, what: "a person saves a list of sources that was read a while ago" },
  { seed: 19_701, what: "a source is removed between a delivery and its claim" },
  { seed: 5_191_259, what: "a worker that looks after somebody else's deploy is lost, and the next one goes on" },
  { seed: 5_192_713, what: "a deploy of an earlier build of ours comes late, and shows what was asked for since" },
  { seed: 342, what: "a build whose first deploy failed is begun again by the hook, of whose deploy nobody tells" },
  { seed: 10_872, what: "a deploy that Git began is adopted, and the one of an earlier try ends first" },
  { seed: 5_044_042, what: "a sync asks a site again while the build that its first run asked for waits for a retry" },
  { seed: 5_019_611, what: "a worker whose clock is minutes slow counts a build on the day before" },
  { seed: 5_303_908, what: "a worker whose clock went back asks for a build while an earlier one of ours is at work" },
  { seed: 5_429_430, what: "the same, of a site whose deploys are looked up with a token" },
  { seed: 5_421_011, what: "a build layer with a labelled delivery pending gets a source of that very name" },
  { seed: 5_417_275, what: "a person frozen until long after the faults pauses a layer whose check is due" },
  { seed: 207, what: "a deploy that Git began is adopted, fails, and nobody tells of its end" },
  { seed: 5_859_121, what: "a polled job's time is over when a worker whose lease is not sure takes it over" },
  { seed: 5_953_153, what: "the last source is removed and added again while a delivery that named it is to settle" },
  { seed: 6_539_932, what: "a job that times out for half an hour changes something while checks find nothing new" },
  { seed: 6_593_792, what: "one of several sources is removed and added again while a sync of everything is pending" },
  { seed: 5_603_974, what: "a layer is deleted and made anew between a lost reply and the next attempt" },
  { seed: 21_718, what: "the start of a deploy that was replaced is told long after its end" },
  { seed: 1121, what: "a site that is locked to an old deploy builds more deploys than are kept" },
  { seed: 53_097, what: "a person frozen after a lost reply decides again, on a layer made anew under the same id" },
  { seed: 4_028_681, what: "the secret is rotated before any tick has seen a whole list" },
];
