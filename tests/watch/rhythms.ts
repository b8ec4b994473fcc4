import { DAY, HOUR, MINUTE } from "../../src/core/durations.ts";
import type { Prng } from "../simulate/world/prng.ts";

/** When the next publish arrives after one at `now` (ms). */
export type Rhythm = (now: number) => number;

/** A pause by chance: most are short, and none is longer than eight times the usual one. */
const pause = (random: Prng, usual: number): number => usual * Math.min(-Math.log(1 - random.next()), 8);

/** Day and night, as robots and teams around the world publish. */
const steady = (random: Prng): Rhythm => {
  const usual = random.pick([20 * MINUTE, HOUR, 6 * HOUR, DAY, 2 * DAY]);
  return (now) => now + pause(random, usual);
};

/** 1970 began on a Thursday; Saturday and Sunday are 5 and 6. */
const weekday = (now: number): number => (Math.floor(now / DAY) + 3) % 7;
const hourOf = (now: number): number => (now % DAY) / HOUR;

/** In office hours, from Monday to Friday, with long weekends. */
const office = (random: Prng): Rhythm => {
  const usual = random.pick([10 * MINUTE, HOUR, 4 * HOUR]);
  let closedUntil = 0;
  return (now) => {
    let at = now + pause(random, usual);
    for (;;) {
      const tomorrow = (Math.floor(at / DAY) + 1) * DAY + 8 * HOUR + random.next() * HOUR;
      if (at < closedUntil || weekday(at) >= 5 || hourOf(at) >= 18) at = tomorrow;
      else if (hourOf(at) < 8) at = Math.floor(at / DAY) * DAY + 8 * HOUR + random.next() * HOUR;
      else break;
      // Easter: Friday and Monday are free as well.
      if (weekday(at) === 4 && random.chance(0.2)) closedUntil = (Math.floor(at / DAY) + 4) * DAY;
    }
    return at;
  };
};

/** Some publishes within minutes, and then nothing for days, as a newsletter or an import does. */
const batches = (random: Prng): Rhythm => {
  const size = random.int(2, 40);
  const days = random.pick([1, 2, 3, 7]);
  let left = size;
  return (now) => {
    left -= 1;
    if (left > 0) return now + pause(random, 2 * MINUTE);
    left = size;
    return now + days * DAY * (0.9 + random.next() * 0.2);
  };
};

/** A rhythm in which a team may publish. */
export const someRhythm = (random: Prng): Rhythm => random.pick([steady, office, batches])(random);
