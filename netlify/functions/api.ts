import type { Context } from "@netlify/functions";
import { AccountMemory } from "../../src/edge/access/accountMemory.ts";
import { netlifyAccounts } from "../../src/edge/access/netlifyAccounts.ts";
import { answerApi } from "../../src/edge/api/app.ts";
import { refusedUrl } from "../../src/edge/outgoing/refusedUrl.ts";
import { serve } from "../../src/edge/serve.ts";

// Literals alone: the bundler drops the whole of what it cannot read, `satisfies` included, and takes `"ip"` for the domain.
export const config = {
  path: ["/api/v1", "/api/v1/*"],
  rateLimit: { windowSize: 60, windowLimit: 600, aggregateBy: ["ip"] },
};

// Outlives the requests of one instance: a page of the dashboard asks for many things at once.
const memory = new AccountMemory();

export default (request: Request, context: Context): Promise<Response> =>
  serve(request, context, async ({ deps, config: settings, team, afterwards, reach }) => {
    const checkUrl = (url: string) => refusedUrl(url, settings.allowHttp);
    const accounts = team === null ? null : netlifyAccounts(settings.netlifyApiUrl, team, memory, deps);
    return answerApi(request, { deps, config: settings, afterwards, checkUrl, accounts, reach });
  });
