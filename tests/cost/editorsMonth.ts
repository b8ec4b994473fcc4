import { DAY, HOUR, MINUTE, SECOND } from "../../src/core/durations.ts";
import { Prng } from "../simulate/world/prng.ts";

/** Clicks on "publish", from the first of a month (ms), sitting by sitting. */
export type Sittings = readonly (readonly number[])[];

/**
 * A month of an editor: so many sittings on different working days, so many clicks in them, seconds or minutes apart, as
 * somebody publishes, looks, and mends a typing mistake. No sitting is without a click: there are as many as clicks at most.
 * The same each time.
 */
export const editorsMonth = (clicks: number, sittings: number, seed = 1): Sittings => {
  const chance = new Prng(seed);
  const made: number[][] = [];
  let left = clicks;
  for (let sitting = 0; sitting < sittings; sitting += 1) {
    const fair = Math.round(left / (sittings - sitting));
    const mine = sitting === sittings - 1 ? left : Math.min(left, Math.max(1, fair + chance.int(-1, 1)));
    left -= mine;
    const day = Math.floor((sitting * 28) / sittings);
    let at = day * DAY + chance.int(8, 17) * HOUR + chance.int(0, 59) * MINUTE;
    const begun: number[] = [];
    for (let click = 0; click < mine; click += 1) {
      begun.push(at);
      at += chance.weighted([
        [3, chance.int(3, 15) * SECOND],
        [4, chance.int(15, 60) * SECOND],
        [2, chance.int(60, 150) * SECOND],
      ]);
    }
    if (begun.length > 0) made.push(begun);
  }
  return made;
};
