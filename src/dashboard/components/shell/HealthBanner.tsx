import type { Health } from "../../api/types.ts";
import { lengthText } from "../../text/times.ts";
import { plural } from "../../text/words.ts";
import { Notice } from "../Notice.tsx";

/** Returns a sentence for each failed health check, with what to do. */
export const healthTroubles = ({ checks }: Health): readonly string[] => [
  ...(checks.store.status === "failing"
    ? [
        "The store does not answer as it should. Publishes are answered 503 until it does; most senders do not send again, so publish once more afterwards.",
      ]
    : []),
  ...(checks.secret.status === "missing"
    ? [
        "LAYERHOOK_SECRET is not set, or is too short. Set it at Netlify (Project configuration, Environment variables) and deploy.",
      ]
    : checks.configuration.status === "failing"
      ? [
          `Fix the configuration. ${checks.configuration.problems?.join(" ") ?? ""} The log of the function api says what is wrong. Change it at Netlify (Project configuration, Environment variables) and deploy.`,
        ]
      : []),
  ...(checks.secret.status === "unreadable"
    ? [
        `LAYERHOOK_SECRET was changed, and ${plural(checks.secret.unreadable, "data layer or site keeps", "data layers and sites keep")} credentials that it cannot open. Name the former one LAYERHOOK_SECRET_PREVIOUS and deploy, or enter them again. The log of drain at Netlify says which.`,
      ]
    : []),
  ...(checks.documents.newer > 0
    ? [
        `A later release wrote ${plural(checks.documents.newer, "data layer or site", "data layers and sites")} that this one cannot read. Their publishes are answered 503 until that release is deployed again at Netlify: Deploys.`,
      ]
    : []),
  ...(checks.documents.corrupt > 0
    ? [
        `The stored document of ${plural(checks.documents.corrupt, "data layer or site", "data layers and sites")} is damaged. Their publishes are answered 503. The log of drain at Netlify says which.`,
      ]
    : []),
  ...(checks.team?.status === "moved" && checks.team.detail !== undefined ? [checks.team.detail] : []),
  ...(checks.drain.status === "late"
    ? [
        `The repair function has not ticked${checks.drain.ageSeconds === null ? "" : ` for ${lengthText(checks.drain.ageSeconds * 1000)}`}. Retries and long waits stand still until it does. See its log at Netlify: Functions, drain.`,
      ]
    : []),
  ...(checks.selfCall.status === "failing"
    ? ["The site cannot call its own worker, so syncs begin only with the next tick. Check LAYERHOOK_PUBLIC_URL."]
    : []),
  ...(checks.publicAccess.status === "private"
    ? ["This site is private, so no CMS reaches it. Make it public at Netlify: Project configuration, Visibility."]
    : []),
  ...(checks.publicAccess.status === "redirects"
    ? [
        "This site redirects its senders, which loses their POST. Set LAYERHOOK_PUBLIC_URL to the address it redirects to.",
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
