import { type Check, failed, passed } from "../check.ts";
import { codeOf } from "../liveSite.ts";

/** As docs/limits.md says it, within a minute and from one address. */
const LIMIT = 600;
/** The window slides, and each place of the network may count by itself: a few more may pass. */
const CALLS = LIMIT + 100;
/** The other checks called a little as well; a limit far below what is documented is a mistake. */
const LEAST = LIMIT / 2;
const AT_ONCE = 25;

/** The limit that the edge keeps before a function starts. */
export const rateLimit: Check = {
  name: "rate-limit",
  title: "the API answers 429 after 600 requests of a minute, and publishes have no limit",
  proves: "the rate limit in the function's code is applied, to one address",
  lacks: ({ behindEdge }) => (behindEdge ? null : "requests are counted by Netlify's edge, which is not here"),
  async run({ outside, site }) {
    const layer = await site.create("/data-layers", { name: "Verify: rate limit", paused: true });
    const began = outside.now();
    let calls = 0;
    let passing = 0;
    while (calls < CALLS && passing === calls) {
      const some = Math.min(AT_ONCE, CALLS - calls);
      const answers = await Promise.all(Array.from({ length: some }, () => site.ask("GET", "/api/v1/session")));
      const odd = answers.find((answer) => answer.status !== 429 && codeOf(answer) !== "UNAUTHENTICATED");
      if (odd !== undefined) return failed(`a request without a token was answered ${odd.status}`);
      calls += some;
      passing += answers.filter(({ status }) => status !== 429).length;
    }
    const seconds = Math.round((outside.now() - began) / 1000);
    const figures = { calls, passing, seconds };
    if (passing === calls) return failed(`${calls} requests within ${seconds} s were all answered`, figures);
    if (passing < LEAST) return failed(`the limit is ${passing} requests, not about ${LIMIT}`, figures);
    await site.publish(layer);
    return passed(`${passing} requests were answered before the first 429, and a publish after it`, figures);
  },
};
