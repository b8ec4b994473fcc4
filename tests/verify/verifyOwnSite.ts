import type { Deployed, Visit } from "./check.ts";
import { LiveSite } from "./liveSite.ts";
import { deploySite } from "./netlify/deploySite.ts";
import { makePublic } from "./netlify/makePublic.ts";
import { Netlify, type NetlifySite } from "./netlify/netlify.ts";
import type { Outside } from "./outside.ts";

/** What a site of our own is made of. */
export interface OwnSite {
  readonly outside: Outside;
  readonly team: string;
  readonly token: string;
  /** The secrets of the deploys, by variable. */
  readonly variables: Readonly<Record<string, string>>;
  readonly ownerToken: string;
  readonly isPatient: boolean;
}

const once = <T>(make: () => Promise<T>): (() => Promise<T>) => {
  let made: Promise<T> | null = null;
  return () => {
    made ??= make();
    return made;
  };
};

const visitOf = (own: OwnSite, netlify: Netlify, made: NetlifySite, first: Deployed, site: LiveSite): Visit => {
  const { outside, token, variables, isPatient } = own;
  const deploy = (production: boolean) => deploySite(outside, { siteId: made.id, production, variables, token });
  const deployAgain = once(() => {
    outside.say("Deploys a second time …");
    return deploy(true);
  });
  return {
    outside,
    site,
    behindEdge: true,
    isFresh: true,
    isPatient,
    hooks: (url, secret) => netlify.createHooks(made.id, url, secret),
    deployAgain,
    async formerPermalink() {
      await deployAgain();
      return first.permalink;
    },
    draft: once(async () => {
      outside.say("Deploys a draft …");
      return (await deploy(false)).permalink;
    }),
  };
};

/**
 * Makes a site, deploys it, lets `look` at it and deletes it, whatever happens; what is left of it, in words. Throws
 * `CommandError`, `Interrupted`, or what `look` throws.
 */
export const withOwnSite = async (
  own: OwnSite,
  left: (what: string) => void,
  look: (visit: Visit) => Promise<void>,
): Promise<void> => {
  const { outside, team, token, variables, ownerToken } = own;
  const netlify = new Netlify(outside, token);
  const made = await netlify.createSite(team, `layerhook-verify-${outside.random(5)}`);
  outside.say(`Created the site ${made.name} (${made.id}).`);
  try {
    outside.say("Builds and deploys this checkout; this takes some minutes …");
    const first = await deploySite(outside, { siteId: made.id, production: true, variables, token });
    const site = new LiveSite(made.url, ownerToken, outside);
    await makePublic(outside, site, made);
    await look(visitOf(own, netlify, made, first, site));
  } finally {
    outside.say(`Deletes the site ${made.name} …`);
    const refused = await netlify.deleteSite(made.id);
    if (refused !== null) {
      const what = `the site ${made.name} (${made.id}): Netlify answered ${refused}. Delete it at ${made.adminUrl}`;
      left(what);
    }
  }
};
