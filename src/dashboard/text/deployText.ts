import type { Build } from "../api/types.ts";

/** Says how the deploy of a build ended. */
export const deployText = (deploy: Build["deploy"]): string => {
  if (deploy === null) return "";
  if (deploy.state === "building") return "Deploy is building";
  if (deploy.state === "failed") return deploy.error ?? "Deploy failed";
  if (deploy.state === "unheard") return "Netlify did not report the result";
  if (deploy.publication === "published") return "Published";
  if (deploy.publication === "locked") return "Built, but not published: the site is locked";
  return "Built";
};
