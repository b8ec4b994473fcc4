import { CommandError } from "../../../src/cli/cli.ts";
import { MINUTE, SECOND } from "../../../src/core/durations.ts";
import { type LiveSite, Unexpected, until } from "../liveSite.ts";
import type { Outside } from "../outside.ts";
import type { NetlifySite } from "./netlify.ts";

const WITHIN = 15 * MINUTE;

/** A page, and no function: the first publish has to find its function cold. */
const isPublic = async (site: LiveSite): Promise<boolean> => {
  const { status } = await site.ask("GET", "/");
  if (status === 200) return true;
  if (status === 401 || status === 403) return false;
  throw new Unexpected(`GET / was answered ${status}`);
};

/**
 * Waits until the world reaches the site. New projects are private, and Netlify has no API for that: a person has to click.
 * Throws `CommandError` if nobody did.
 */
export const makePublic = async (outside: Outside, site: LiveSite, { adminUrl }: NetlifySite): Promise<void> => {
  let asked = false;
  const reached = await until(outside, { withinMs: WITHIN, everyMs: 5 * SECOND }, async () => {
    if (await isPublic(site)) return true;
    if (!asked) {
      outside.say("The project is private, as new ones are, and Netlify has no API to change that. Click:");
      outside.say(`  ${adminUrl} → Project configuration → Visibility → Public, for all deploys`);
      outside.say(`This waits up to ${WITHIN / MINUTE} minutes for it.`);
    }
    asked = true;
    return null;
  });
  if (reached !== null) return;
  const what = asked ? "The project is still private." : `${site.base} does not answer.`;
  throw new CommandError(`${what} Nothing was checked.`);
};
