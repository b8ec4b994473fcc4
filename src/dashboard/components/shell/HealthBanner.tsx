import type { Health } from "../../api/types.ts";
import { lengthText } from "../../text/times.ts";
import { plural } from "../../text/words.ts";
import { Notice } from "../Notice.tsx";

/** Returns a sentence for each failed health check, with what to do. */
const healthTroubles = ({ checks }: Health): readonly string[] => [
  ...(checks.store.status === "failing"
    ? [
        "The store does not work correctly, so publishes get 503. Most senders do not send again: publish once more after the store recovers.",
      ]
    : []),
  ...(checks.secret.status === "missing"
    ? [
        "LAYERHOOK_SECRET is missing or too short. Set it at Netlify (Project configuration, Environment variables) and deploy.",
      ]
    : checks.configuration.status === "failing"
      ? [
          `The configuration is wrong. ${checks.configuration.problems?.join(" ") ?? ""} The log of the function api says what is wrong. Correct the variables at Netlify (Project configuration, Environment variables) and deploy.`,
        ]
      : []),
  ...(checks.secret.status === "unreadable"
    ? [
        `LAYERHOOK_SECRET was changed, and ${plural(checks.secret.unreadable, "data layer or site keeps", "data layers and sites keep")} credentials that can no longer be decrypted. Set LAYERHOOK_SECRET_PREVIOUS to the previous secret and deploy, or enter the credentials again. The log of drain at Netlify says which.`,
      ]
    : []),
  ...(checks.documents.newer > 0
    ? [
        `A later release wrote ${plural(checks.documents.newer, "data layer or site", "data layers and sites")} that this release cannot read. Their publishes get 503. Deploy the later release again at Netlify: Deploys.`,
      ]
    : []),
  ...(checks.documents.corrupt > 0
    ? [
        `The stored document of ${plural(checks.documents.corrupt, "data layer or site", "data layers and sites")} is damaged. Their publishes get 503. The log of drain at Netlify says which.`,
      ]
    : []),
  ...(checks.team?.status === "moved" && checks.team.detail !== undefined ? [checks.team.detail] : []),
  ...(checks.drain.status === "late"
    ? [
        `The repair function has not run${checks.drain.ageSeconds === null ? "" : ` for ${lengthText(checks.drain.ageSeconds * 1000)}`}. Retries and long waits are stopped until it runs again. Check its log at Netlify: Functions, drain.`,
      ]
    : []),
  ...(checks.selfCall.status === "failing"
    ? [
        "The site cannot call its own worker, so syncs start only with the next run of the repair function. Check LAYERHOOK_PUBLIC_URL.",
      ]
    : []),
  ...(checks.publicAccess.status === "private"
    ? [
        "This site is private, so no CMS can reach it. Make the site public at Netlify: Project configuration, Visibility.",
      ]
    : []),
  ...(checks.publicAccess.status === "redirects"
    ? [
        "This site redirects senders, and a redirect drops the POST. Set LAYERHOOK_PUBLIC_URL to the URL that the redirect leads to.",
      ]
    : []),
];

/** A banner above every page while a health check fails. */
export const HealthBanner = ({ health }: { readonly health: Health | undefined }) => {
  const troubles = health === undefined ? [] : healthTroubles(health);
  return (
    <div role="status" aria-label="Health">
      {troubles.map((trouble) => (
        <Notice key={trouble} tone="bad">
          {trouble} <a href="/setup">Setup</a>
        </Notice>
      ))}
    </div>
  );
};
