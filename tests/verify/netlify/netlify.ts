import { z } from "zod";
import { parseJson } from "../../../src/cli/callApi.ts";
import { CommandError } from "../../../src/cli/cli.ts";
import type { Outside } from "../outside.ts";

const API = "https://api.netlify.com/api/v1";
const DEADLINE = 30_000;
const DELETE_TRIES = 4;
const DELETE_AGAIN = 5_000;

/** A site at Netlify. */
export interface NetlifySite {
  readonly id: string;
  readonly name: string;
  readonly url: string;
  /** Its page for the people of the team. */
  readonly adminUrl: string;
}

/** Has Netlify notify an address. */
export type DeployNotificationHooks = (url: string, signingSecret: string) => Promise<void>;

/** Each hook is for one event. These tell of a deploy's beginning and of its end. */
export const HOOK_EVENTS = ["deploy_building", "deploy_created", "deploy_failed"] as const;

const siteSchema = z.object({
  id: z.string(),
  name: z.string(),
  ssl_url: z.string(),
  admin_url: z.string(),
});

interface Called {
  readonly status: number;
  readonly body: unknown;
}

/** Netlify's API, with one person's token. */
export class Netlify {
  readonly #outside: Outside;
  readonly #token: string;

  constructor(outside: Outside, token: string) {
    this.#outside = outside;
    this.#token = token;
  }

  /** Null: nobody answered. Ctrl-C does not end a call: what it makes must be known, to be deleted. */
  async #call(method: string, path: string, body?: object): Promise<Called | null> {
    try {
      const response = await this.#outside.fetch(`${API}${path}`, {
        method,
        redirect: "manual",
        headers: { authorization: `Bearer ${this.#token}`, "content-type": "application/json" },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(DEADLINE),
      });
      return { status: response.status, body: parseJson(await response.text()) };
    } catch {
      return null;
    }
  }

  /** Creates a site in a team. Throws `CommandError`. */
  async createSite(team: string, name: string): Promise<NetlifySite> {
    const answer = await this.#call("POST", `/${encodeURIComponent(team)}/sites`, { name });
    const site = siteSchema.safeParse(answer?.body);
    if (answer?.status === 201 && site.success) {
      const { id, name: given, ssl_url: url, admin_url: adminUrl } = site.data;
      return { id, name: given, url, adminUrl };
    }
    if (answer !== null && answer.status >= 400 && answer.status < 500) {
      const why =
        answer.status === 401 ? "It does not take NETLIFY_AUTH_TOKEN." : `Is "${team}" the slug of your team?`;
      throw new CommandError(`Netlify answered ${answer.status} when asked to create a site. ${why}`);
    }
    const status = answer === null ? "gave no answer" : `answered ${answer.status}`;
    throw new CommandError(
      `Netlify ${status} when asked to create the site ${name}. Look whether the team has it, and delete it.`,
    );
  }

  /** Has Netlify notify an address of a site's deploys. Throws `CommandError`. */
  async createHooks(siteId: string, url: string, signingSecret: string): Promise<void> {
    for (const event of HOOK_EVENTS) {
      const data = { url, signature_secret: signingSecret };
      const answer = await this.#call("POST", `/hooks?site_id=${siteId}`, { type: "url", event, data });
      if (answer === null || answer.status < 200 || answer.status >= 300) {
        throw new CommandError(`Netlify answered ${answer?.status ?? "nothing"} when asked to notify of ${event}.`);
      }
    }
  }

  /** Deletes a site, with some tries; what Netlify said if it is still there, null if it is gone. Never throws. */
  async deleteSite(siteId: string): Promise<string | null> {
    let said = "";
    for (let tried = 0; tried < DELETE_TRIES; tried += 1) {
      if (tried > 0) await this.#outside.pause(DELETE_AGAIN);
      const answer = await this.#call("DELETE", `/sites/${siteId}`);
      if (answer !== null && ((answer.status >= 200 && answer.status < 300) || answer.status === 404)) return null;
      said = answer === null ? "no answer" : String(answer.status);
    }
    return said;
  }
}
