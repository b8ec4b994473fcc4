import { readDeployEvent } from "../../src/app/worker/netlifyDeploy.ts";
import type { DeployEvent } from "../../src/core/site/followDeploy.ts";

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
  readonly deploy_ssl_url: string;
}

const iso = (ms: number): string => new Date(ms).toISOString();

/** A site at Netlify: it has deploys, one of which visitors see, and tells of each by name and body. */
export class NetlifySite {
  readonly deploys: ShownDeploy[] = [];
  locked = false;
  readonly #now: () => number;
  readonly #number: number;

  /** Sites of different numbers have deploys of different ids. */
  constructor(now: () => number, number = 0) {
    this.#now = now;
    this.#number = number;
  }

  /** Somebody asks for a build: the hook, a push to Git (no title), a person. */
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

  find(id: string): ShownDeploy | undefined {
    return this.deploys.find((deploy) => deploy.id === id);
  }
}

/** What Netlify tells of a deploy, as it is read from its notification. */
export const eventOf = (name: string, deploy: ShownDeploy): DeployEvent => {
  const event = readDeployEvent(name, JSON.parse(JSON.stringify(deploy)));
  if (event === null) throw new RangeError(`${name} tells nothing`);
  return event;
};
