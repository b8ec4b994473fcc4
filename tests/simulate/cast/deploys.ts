import { addressesOf, placeOf } from "../../../src/edge/place.ts";
import type { Place } from "../../../src/store/blobs.ts";
import type { Timeline } from "../world/timeline.ts";

/** What a release does that this one does not: writes fields of its own, or documents of a higher version. */
export type Release = "this" | "adds fields" | "raises the version";

/** One deploy: its code and its environment are frozen the day it is made, and it stays reachable for ever. */
export interface Deploy {
  readonly name: string;
  readonly context: "production" | "deploy-preview";
  readonly release: Release;
  /** The secret in use and the one that is being rotated out. */
  readonly secrets: readonly string[];
}

export type Rollout = "none" | "deploy" | "neighbour" | "neighbour and back" | "higher version" | "rotation";

const SITE = "https://site.test";
const PERMALINK = "--site.test";

const production = (name: string, release: Release, secrets: readonly string[]): Deploy => ({
  name,
  context: "production",
  release,
  secrets,
});

/** The site's deploys: which one is published, and what a request to a host reaches. */
export class Deploys {
  readonly first = production("deploy-1", "this", ["one"]);
  /** What was published before, and rolled back. */
  readonly neighbour = production("deploy-0", "adds fields", ["one"]);
  readonly preview: Deploy = { name: "preview-1", context: "deploy-preview", release: "this", secrets: ["one"] };
  #live: Deploy = this.first;
  readonly #made: Deploy[] = [this.first, this.preview];
  readonly #published: (deploy: Deploy) => void;

  constructor(published: (deploy: Deploy) => void) {
    this.#published = published;
  }

  get live(): Deploy {
    return this.#live;
  }

  publish(deploy: Deploy): void {
    if (!this.#made.includes(deploy)) this.#made.push(deploy);
    this.#live = deploy;
    this.#published(deploy);
  }

  /** Publishes what the rollout brings, some time within `over`. */
  roll(rollout: Rollout, timeline: Timeline, at: () => number): void {
    if (rollout === "none") return;
    const release: Release =
      rollout === "higher version" ? "raises the version" : rollout.startsWith("neighbour") ? "adds fields" : "this";
    const next = production("deploy-2", release, rollout === "rotation" ? ["two", "one"] : ["one"]);
    const first = at();
    timeline.after(first, () => this.publish(next));
    if (rollout === "neighbour and back") timeline.after(first + at(), () => this.publish(this.first));
  }

  /** Ends a rotation: the former secret is dropped. */
  dropFormer(): void {
    this.publish(production("deploy-3", "this", ["two"]));
  }

  /** Deploys that were published once and are not any more: their permalinks still answer. */
  get former(): readonly Deploy[] {
    return this.#made.filter((deploy) => deploy.context === "production" && deploy !== this.#live);
  }

  /** What the platform says about a deploy to a request that begins now. */
  isPublished(deploy: Deploy): boolean {
    return deploy === this.#live;
  }

  /** Where an invocation of a deploy that begins now may work; null: nowhere. */
  placeOf(deploy: Deploy, scheduled = false): Place | null {
    return placeOf({ context: deploy.context, published: this.isPublished(deploy) }, false, scheduled);
  }

  /** Whose worker a wake of this deploy reaches. */
  wokenBy(deploy: Deploy, place: Place): Deploy {
    const requested = `https://${deploy.name}${PERMALINK}`;
    const { wake } = addressesOf(place, requested, SITE, undefined);
    if (wake === SITE) return this.#live;
    return this.#made.find(({ name }) => wake === `https://${name}${PERMALINK}`) ?? this.#live;
  }
}
