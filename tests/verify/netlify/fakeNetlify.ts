import { HttpResponse, http } from "msw";
import { VirtualClock } from "../../app/world.ts";
import { type Faults, LivingSystem } from "../livingSystem.ts";
import type { Ran } from "../outside.ts";
import { deployEvent } from "./deployEvent.ts";

const API = "https://api.netlify.com/api/v1";
const SITE_ID = "0d3a9d2f-ef94-4380-93df-27ee400e2048";

/** What goes wrong at Netlify, on purpose. */
export interface NetlifyFaults extends Faults {
  /** The n-th run of Netlify's command fails. */
  deployFails?: number;
  /** A site is not deleted, so often. */
  deleteFails?: number;
  /** Looks for a public site that find a private one. */
  privateLooks?: number;
  hooksRefused?: boolean;
}

/** Netlify's API, its command and the site's network, over systems in virtual time. */
export class FakeNetlify {
  readonly clock = new VirtualClock();
  /** What was asked of Netlify, in order. */
  readonly log: string[] = [];
  readonly token: string;
  /** Called at each entry of the log. */
  onEntry: (entry: string) => void = () => {};
  readonly #faults: NetlifyFaults;
  readonly #places = new Map<string, LivingSystem>();
  readonly #hooks: { url: string; secret: string }[] = [];
  #name = "";
  #deploys = 0;
  #deletions = 0;
  #privateLooks: number;

  constructor(token: string, faults: NetlifyFaults = {}) {
    this.token = token;
    this.#faults = faults;
    this.#privateLooks = faults.privateLooks ?? 0;
  }

  #note(entry: string): void {
    this.log.push(entry);
    this.onEntry(entry);
  }

  /** The handlers of Netlify's API. */
  get handlers() {
    const guarded = (answer: (request: Request) => Response | Promise<Response>) => {
      return async ({ request }: { request: Request }) => {
        const known = request.headers.get("authorization") === `Bearer ${this.token}`;
        return known ? answer(request) : HttpResponse.json({ code: 401, message: "Access Denied" }, { status: 401 });
      };
    };
    return [
      http.post(
        `${API}/the-team/sites`,
        guarded((request) => this.#createSite(request)),
      ),
      http.post(
        `${API}/:team/sites`,
        guarded(() => HttpResponse.json({ code: 404, message: "Not Found" }, { status: 404 })),
      ),
      http.post(
        `${API}/hooks`,
        guarded((request) => this.#createHook(request)),
      ),
      http.delete(
        `${API}/sites/${SITE_ID}`,
        guarded(() => this.#deleteSite()),
      ),
    ];
  }

  async #createSite(request: Request): Promise<Response> {
    const { name } = await request.json();
    this.#name = name;
    this.#note("create site");
    const site = {
      id: SITE_ID,
      name,
      ssl_url: `https://${name}.netlify.app`,
      admin_url: `https://app.netlify.com/projects/${name}`,
    };
    return HttpResponse.json(site, { status: 201 });
  }

  async #createHook(request: Request): Promise<Response> {
    const { type, event, data } = await request.json();
    this.#note(`create hook ${type} ${event} of ${new URL(request.url).searchParams.get("site_id") === SITE_ID}`);
    if (this.#faults.hooksRefused === true) return HttpResponse.json({ code: 422 }, { status: 422 });
    if (event === "deploy_created") this.#hooks.push({ url: data.url, secret: data.signature_secret });
    return HttpResponse.json({ id: "hook" }, { status: 201 });
  }

  #deleteSite(): Response {
    this.#deletions += 1;
    this.#note("delete site");
    if (this.#deletions <= (this.#faults.deleteFails ?? 0)) return HttpResponse.json({ code: 500 }, { status: 500 });
    this.#places.clear();
    return new HttpResponse(null, { status: 204 });
  }

  /** What a request to a site's address is answered; Netlify's API is asked by `fetch`. */
  async visit(request: Request): Promise<Response> {
    const place = this.#places.get(new URL(request.url).origin);
    if (place === undefined) return new HttpResponse("Not Found", { status: 404 });
    if (new URL(request.url).pathname === "/" && this.#privateLooks > 0) {
      this.#privateLooks -= 1;
      return new HttpResponse("Log in", { status: 401 });
    }
    return place.answer(request);
  }

  /** Netlify's command, as far as it is used. */
  readonly run = async (
    command: string,
    args: readonly string[],
    environment: Readonly<Record<string, string>>,
  ): Promise<Ran> => {
    if (command === "git") return { status: 0, stdout: "abc1234\n", stderr: "" };
    const production = args.includes("--prod");
    this.#note(`${command} ${args.slice(0, 6).join(" ")}${production ? " --prod" : ""}`);
    this.#deploys += 1;
    const known = environment["NETLIFY_AUTH_TOKEN"] === this.token;
    if (!known || this.#deploys === this.#faults.deployFails) {
      return { status: 1, stdout: "", stderr: `Error: the build failed with ${args.join(" ")}` };
    }
    const id = `deploy${this.#deploys}`;
    const permalink = `https://${id}--${this.#name}.netlify.app`;
    const base = production ? `https://${this.#name}.netlify.app` : permalink;
    await this.#deploy(id, base, permalink, args);
    const printed = { site_id: SITE_ID, site_name: this.#name, deploy_id: id, deploy_url: permalink, url: base };
    return { status: 0, stdout: `a line before it\n${JSON.stringify(printed, null, 2)}\n`, stderr: "" };
  };

  /** The published deploy keeps its data; the one before it stays at its permalink. */
  async #deploy(id: string, base: string, permalink: string, args: readonly string[]): Promise<void> {
    const variable = args.find((arg) => arg.startsWith("LAYERHOOK_OWNER_TOKEN="))?.split("=")[1];
    const published = this.#places.get(base) ?? new LivingSystem(base, this.clock, this.#faults, variable);
    for (const [origin, place] of this.#places) {
      if (base === permalink || place !== published || origin === base) continue;
      const former = new LivingSystem(origin, this.clock, {}, variable);
      former.published = false;
      this.#places.set(origin, former);
    }
    this.#places.set(base, published);
    this.#places.set(permalink, published);
    if (base === permalink) return;
    for (const { url, secret } of this.#hooks)
      await published.answer(await deployEvent(url, secret, id, this.clock.now));
  }
}
