import { DAY, HOUR, MINUTE, SECOND } from "../durations.ts";
import { buildPrice } from "../site/hookKind.ts";
import { paceOf } from "../site/pacing.ts";
import type { Site } from "../site/site.ts";
import { opening, PAUSE, quietOf } from "../slot/pace.ts";
import type { Pending } from "../slot/slot.ts";
import { dayName, monthOf } from "../usage/calendar.ts";

const units = [
  ["day", DAY],
  ["hour", HOUR],
  ["minute", MINUTE],
  ["second", SECOND],
] as const;

/** A duration in its largest unit of which there are two: "140 seconds", "10 minutes". */
const inWords = (ms: number): string => {
  const [name, unit] =
    units.find(([, length]) => ms >= 2 * length && ms % length === 0) ?? (["second", SECOND] as const);
  const count = Math.round(ms / unit);
  return `${count} ${name}${count === 1 ? "" : "s"}`;
};

const quietSentence = ({ slot: { habit } }: Site, quiet: number, longest: number, maxWait: number): string => {
  const whole = `The build starts ${inWords(quiet)} after the last publish, and ${inWords(maxWait)} after the first at the latest.`;
  if (quiet === longest || habit === undefined) return whole;
  const isAlone = (habit.longer[0] ?? 0) < habit.sittings / 2;
  return `${isAlone ? "Publishes of this site usually come alone." : `Publishes of this site usually come at most ${inWords(quiet)} apart.`} ${whole}`;
};

const allMade = (count: number, of: "that this month pays" | "of this day's budget"): string =>
  count === 1 ? `The one build ${of} is made.` : `All ${count} builds ${of} are made.`;

/** The builds of the month in which the newest request came, and how many the budget pays (null: any number). */
const monthOfBuilds = (site: Site, { at }: Pending): { readonly made: number; readonly monthly: number | null } => {
  const { spent } = site.slot;
  return { made: spent?.month === monthOf(at) ? spent.thisMonth : 0, monthly: paceOf(site).monthly };
};

/** Why the pending build waits, in a sentence or two with this site's numbers; null: it does not, or Netlify holds it. */
export const becauseOf = (site: Site, pending: Pending): string | null => {
  const pace = paceOf(site);
  const { spent, habit } = site.slot;
  const { at, waitingFor } = opening(pending, site.slot, pace);
  switch (waitingFor) {
    case "quiet":
      return quietSentence(site, quietOf(pace, habit), pace.quiet, pace.maxWait);
    case "interval":
      return `Two builds of this site start at least ${inWords(pace.minInterval)} apart.`;
    case "brake": {
      const row =
        (spent?.alike ?? 1) > 1
          ? `${spent?.alike} builds in a row were for publishes that are alike`
          : `${spent?.streak} builds followed one another`;
      return `${row}, without a pause of ${inWords(PAUSE)}. Each further build waits longer, until there is a pause.`;
    }
    case "budget": {
      const { daily, monthly } = pace;
      const made = spent?.thisMonth ?? 0;
      if (monthly !== null && made >= monthly) return allMade(monthly, "that this month pays");
      // What is spread over the month may start with a day, too.
      if (daily !== null && (spent?.today ?? 0) >= daily && at % DAY === 0)
        return `${allMade(daily, "of this day's budget")} The next one starts on ${dayName(at)} (UTC).`;
      return `${made} of this month's ${monthly} builds are made. The others are spread over the rest of the month.`;
    }
    default:
      return null;
  }
};

/** What a build costs that a person starts now. */
export interface BuildCost {
  readonly credits: number;
  readonly text: string;
}

/** What it costs to build a site now, instead of waiting. */
export const buildCost = (site: Site, pending: Pending): BuildCost => {
  const { made, monthly } = monthOfBuilds(site, pending);
  const { credits, text } = buildPrice(site);
  if (monthly === null) return { credits, text };
  const nth =
    made < monthly
      ? `It is build ${made + 1} of the ${monthly} that this month pays.`
      : allMade(monthly, "that this month pays");
  return { credits, text: `${text} ${nth}` };
};
