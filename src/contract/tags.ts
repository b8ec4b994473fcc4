interface Tag {
  readonly name: string;
  readonly description: string;
  /** The paths of the group. */
  readonly paths: RegExp;
}

/**
 * The groups of operations in the API's description. An operation belongs to the first group whose pattern fits its
 * path.
 */
export const tags: readonly Tag[] = [
  {
    name: "Data layers",
    description: "Named queues: who can publish, which jobs run, and which sites build.",
    paths: /^\/data-layers(?!\/[^/]+\/(?:webhooks|deliveries|syncs|status-links))/,
  },
  {
    name: "Webhooks",
    description: "The URLs that a CMS sends to, and who can send.",
    paths: /^\/data-layers\/[^/]+\/webhooks/,
  },
  {
    name: "Deliveries",
    description: "The requests that reached a webhook, and their outcome.",
    paths: /^\/data-layers\/[^/]+\/deliveries/,
  },
  {
    name: "Syncs",
    description: "The work that deliveries cause: one runs and one is pending for each data layer.",
    paths: /^\/data-layers\/[^/]+\/syncs/,
  },
  {
    name: "Status links",
    description: "Links that show people without an account the state of publishes.",
    paths: /^\/data-layers\/[^/]+\/status-links/,
  },
  {
    name: "Sites",
    description: "What gets built, and when.",
    paths: /^\/sites(?!\/[^/]+\/builds)/,
  },
  {
    name: "Builds",
    description: "A site's builds: one runs and one is pending, whichever data layers ask.",
    paths: /^\/sites\/[^/]+\/builds/,
  },
  {
    name: "Configuration",
    description: "All settings as one document.",
    paths: /^\/(?:export|import)$/,
  },
  { name: "Audit log", description: "Who changed what, kept for 400 days.", paths: /^\/audit-log/ },
  { name: "Usage", description: "A month's usage and its approximate cost.", paths: /^\/(?:usage|plan)$/ },
  { name: "Tokens", description: "Access to this API without a Netlify account.", paths: /^\/tokens/ },
  { name: "Session", description: "The caller, and signing in with a browser.", paths: /^\/session$/ },
  { name: "System", description: "Health and description of this system.", paths: /^\// },
];

/** The tag of a path below `/api/v1`. */
export const tagOf = (path: string): string => tags.find(({ paths }) => paths.test(path))?.name ?? "System";
