import type { Ask } from "../slot/slot.ts";
import type { Site } from "./site.ts";

/** How a build is started at Netlify. */
export interface BuildOptions {
  /** Undefined: the branch of the build hook. */
  readonly branch?: string;
  readonly clearCache: boolean;
}

type Asked = Pick<Ask, "branch" | "clearCache"> | null | undefined;

/** The options of a build: what a person asked of it, or else what the site says. */
export const buildOptionsOf = (site: Pick<Site, "branch" | "clearCache">, asked: Asked): BuildOptions => {
  const branch = asked?.branch ?? site.branch ?? undefined;
  const clearCache = asked?.clearCache ?? site.clearCache ?? false;
  return branch === undefined ? { clearCache } : { branch, clearCache };
};

/** Whether a person asked of a build what a deploy that began elsewhere cannot give. */
export const buildsApart = (asked: Asked): boolean => asked?.branch !== undefined || asked?.clearCache === true;
