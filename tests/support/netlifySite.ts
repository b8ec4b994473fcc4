import { readDeployEvent } from "../../src/app/netlify/netlifyDeploy.ts";
import type { DeployEvent } from "../../src/core/site/deployEvent.ts";

/** A deploy as Netlify's API shows it. */
export interface ShownDeploy {
  readonly id: string;
  readonly site_id: string;
  state: "building" | "ready" | "error";
  readonly title: string | null;
  readonly context: "production" | "deploy-preview" | "branch-deploy";
  readonly created_at: string;
  updated_at: string;
  published_at: string | null;
  error_message: string | null;
  /** Netlify did not build. */
  skipped?: boolean;
  readonly deploy_ssl_url: string;
}

const iso = (ms: number): string => new Date(ms).toISOString();

/** A site at Netlify with its deploys, the newest first. */
export class NetlifySite {
  readonly deploys: ShownDeploy[] = [];
  locked = false;
  readonly #now: () => number;
  readonly #number: number;

  /** The number of the site is part of its deploys' ids. */
  constructor(now: () => number, number = 0) {
    this.#now = now;
    this.#number = number;
  }

  /** Starts a deploy, as a build hook, a push to Git (without a title) or a person does. */
  begin(title: string | null, context: ShownDeploy["context"] = "production"): ShownDeploy {
    const count = [this.#number, this.deploys.length].map((part) => String(part).padStart(4, "0"));
    const id = `5ebc34bf4fea0b01${count.join("")}`;
    const deploy: ShownDeploy = {
      id,
      site_id: "fa4dd95a-994e-4f89-8a7a-2d9e9fc36a32",
      state: "building",
      title,
      context,
      created_at: iso(this.#now()),
      updated_at: iso(this.#now()),
      published_at: null,
      error_message: null,
      deploy_ssl_url: `https://${id}--web.netlify.app`,
    };
    this.deploys.unshift(deploy);
    return deploy;
  }

  succeed(deploy: ShownDeploy): void {
    deploy.state = "ready";
    deploy.updated_at = iso(this.#now());
    if (!this.locked) deploy.published_at = iso(this.#now());
  }

  fail(deploy: ShownDeploy, message: string): void {
    deploy.state = "error";
    deploy.updated_at = iso(this.#now());
    deploy.error_message = message;
  }

  /** Netlify does not build, with or without a text. */
  skip(deploy: ShownDeploy, message: string | null): void {
    this.fail(deploy, message ?? "");
    deploy.error_message = message;
    deploy.skipped = true;
  }

  find(id: string): ShownDeploy | undefined {
    return this.deploys.find((deploy) => deploy.id === id);
  }
}

/** Returns the event that Layerhook reads from Netlify's notification about a deploy. */
export const eventOf = (name: string, deploy: ShownDeploy): DeployEvent => {
  const event = readDeployEvent(name, JSON.parse(JSON.stringify(deploy)));
  if (event === null) throw new RangeError(`${name} is not an event of a deploy`);
  return event;
};
