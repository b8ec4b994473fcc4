/** A deploy of the site, and what the platform says about it in every call. */
export interface Deploy {
  readonly id: string;
  readonly host: string;
  readonly context: "production" | "deploy-preview";
  readonly published: boolean;
}

export const SITE = {
  id: "0d3a9d2f-ef94-4380-93df-27ee400e2048",
  name: "layerhook-lab",
  account: "60a1f0aa0000000000000009",
};
/** The host of Netlify's store, as far as an instance knows. */
export const STORE_HOST = "blobs.layerhook-lab.example.com";

const host = (prefix: string): string => `${prefix}${SITE.name}.netlify.app`;

export const PUBLISHED: Deploy = {
  id: "6650f0aa0000000000000002",
  host: host(""),
  context: "production",
  published: true,
};
/** The production deploy before: reached by its permalink alone. */
export const FORMER: Deploy = {
  id: "6650f0aa0000000000000001",
  host: host("6650f0aa0000000000000001--"),
  context: "production",
  published: false,
};
export const PREVIEW: Deploy = {
  id: "6650f0aa0000000000000003",
  host: host("deploy-preview-7--"),
  context: "deploy-preview",
  published: false,
};

/** The deploy that a host leads to; callers on this machine are taken for callers of the main address. */
export const deployAt = (hostHeader: string): Deploy =>
  [FORMER, PREVIEW].find((deploy) => deploy.host === hostHeader) ?? PUBLISHED;

/** What the platform adds to every request to a deploy. */
export const deployHeaders = ({ id, context, published }: Deploy): Record<string, string> => ({
  "x-nf-site-id": SITE.id,
  "x-nf-account-id": SITE.account,
  "x-nf-deploy-id": id,
  "x-nf-deploy-context": context,
  ...(published ? { "x-nf-deploy-published": "1" } : {}),
});
