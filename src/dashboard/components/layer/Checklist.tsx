import type { ComponentChildren } from "preact";
import type { Health, Overview } from "../../api/types.ts";
import { Circle, CircleCheck, CircleX } from "../icons.tsx";

export interface Step {
  readonly name: string;
  readonly state: "done" | "open" | "wrong";
  readonly text: ComponentChildren;
  readonly next?: ComponentChildren;
}

const secretTexts: Record<Health["checks"]["secret"]["status"], string> = {
  ok: "LAYERHOOK_SECRET is set.",
  rotating:
    "Stored secrets are being encrypted with the new secret. Keep LAYERHOOK_SECRET_PREVIOUS set until this step is done.",
  unreadable:
    "LAYERHOOK_SECRET was changed, and stored secrets cannot be decrypted. Set LAYERHOOK_SECRET_PREVIOUS to the previous secret.",
  missing: "Set LAYERHOOK_SECRET at Netlify to a long random text, and deploy.",
};

/** Returns the setup steps of a new system, from the public site to the first build, each with its state. */
export const stepsOf = (health: Health, overview: Overview): readonly Step[] => {
  const { checks } = health;
  const { dataLayers, sites } = overview;
  const access = checks.publicAccess.status;
  const [firstLayer] = [...dataLayers].sort((a, b) => Date.parse(a.createdAt) - Date.parse(b.createdAt));
  const delivered = dataLayers.some(({ lastDeliveryAt }) => lastDeliveryAt !== null);
  const unfollowed = sites.find(({ following }) => following === "none");
  const built = sites.some(({ hasBuilt }) => hasBuilt);
  return [
    {
      name: "The site is public",
      // A delivery may come from this machine, so it does not show that senders reach the site.
      state: access === "private" || access === "redirects" ? "wrong" : access === "ok" ? "done" : "open",
      text:
        access === "ok"
          ? "Senders can reach the publish URL."
          : access === "private"
            ? "Netlify asks visitors to log in, so no CMS gets through. Project configuration, Visibility: Public."
            : access === "redirects"
              ? "Netlify redirects senders, and a redirect drops the POST. Set LAYERHOOK_PUBLIC_URL to the URL that the redirect leads to."
              : "Layerhook checks this every five minutes. On your own machine there is no check.",
    },
    {
      name: "The secret is set",
      state: checks.secret.status === "ok" || checks.secret.status === "rotating" ? "done" : "wrong",
      text: secretTexts[checks.secret.status],
    },
    {
      name: "The repair function runs",
      state: checks.drain.status === "ok" ? "done" : checks.drain.status === "late" ? "wrong" : "open",
      text:
        checks.drain.status === "ok"
          ? "The repair function starts lost work and due retries."
          : checks.drain.status === "late"
            ? "The repair function is late. Check the log of the function drain at Netlify."
            : "The first run is within five minutes after the deploy.",
    },
    {
      name: "A first layer",
      state: dataLayers.length > 0 ? "done" : "open",
      text: dataLayers.length > 0 ? "A layer exists." : "A layer defines who can publish and which sites build.",
      ...(dataLayers.length > 0
        ? {}
        : {
            next: (
              <a class="button small" href="/layers/new">
                Create layer
              </a>
            ),
          }),
    },
    {
      name: "A first delivery",
      state: delivered ? "done" : "open",
      text: delivered
        ? "A delivery has arrived. A test counts here too."
        : "Enter the webhook's URL in your CMS and publish something.",
      ...(delivered || firstLayer === undefined
        ? {}
        : {
            next: (
              <a class="button small" href={`/layers/${firstLayer.id}/set-up`}>
                Set up the layer
              </a>
            ),
          }),
    },
    {
      name: "A first build",
      state: built ? "done" : "open",
      text: built
        ? "A site was built after a publish."
        : sites.length === 0
          ? "No site is connected. A layer without sites runs only its jobs."
          : "The first build follows the first publish, after the waiting time of the site's pacing.",
    },
    {
      name: "Deploy status is connected",
      state: sites.length > 0 && unfollowed === undefined ? "done" : "open",
      text:
        unfollowed !== undefined
          ? `Deploy tracking is off for ${unfollowed.name}, so Layerhook cannot tell whether a build went live.`
          : sites.length === 0
            ? "No site is connected."
            : "Layerhook shows whether each build went live.",
      ...(unfollowed === undefined
        ? {}
        : {
            next: (
              <a class="button small" href={`/sites/${unfollowed.id}`}>
                Connect deploy notifications
              </a>
            ),
          }),
    },
  ];
};

const icons = { done: CircleCheck, open: Circle, wrong: CircleX };
const words = { done: "Done", open: "To do", wrong: "Wrong" };

export const Checklist = ({ steps }: { readonly steps: readonly Step[] }) => (
  <ol class="checklist">
    {steps.map(({ name, state, text, next }) => {
      const Icon = icons[state];
      return (
        <li key={name} class={state}>
          <Icon class="icon" />
          <div>
            <strong>{name}</strong> <span class="hidden-text">{words[state]}.</span>
            <p class="muted small">{text}</p>
          </div>
          <div>{next}</div>
        </li>
      );
    })}
  </ol>
);
