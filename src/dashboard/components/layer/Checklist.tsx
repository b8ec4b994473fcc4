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
  ok: "LAYERHOOK_SECRET signs and encrypts.",
  rotating: "The new one is taking over. Leave LAYERHOOK_SECRET_PREVIOUS set until this says that it has.",
  unreadable: "It was changed, and what the former one encrypted cannot be opened. Name it LAYERHOOK_SECRET_PREVIOUS.",
  missing: "Set LAYERHOOK_SECRET at Netlify to a long random text, and deploy.",
};

/** Returns the setup steps of a new system, from the public site to the first build, each with its state. */
export const stepsOf = (health: Health, overview: Overview): readonly Step[] => {
  const { checks } = health;
  const { dataLayers, sites } = overview;
  const access = checks.publicAccess.status;
  const firstLayer = dataLayers.at(-1);
  const delivered = dataLayers.some(({ lastDeliveryAt }) => lastDeliveryAt !== null);
  const unfollowed = sites.find(({ following }) => following === "none");
  const built = sites.some(({ hasBuilt }) => hasBuilt);
  return [
    {
      name: "The site is public",
      // A delivery that arrived proves that the site is public.
      state: access === "private" || access === "redirects" ? "wrong" : access === "ok" || delivered ? "done" : "open",
      text:
        access === "ok" || (delivered && access === "unknown")
          ? "Senders reach the publish address."
          : access === "private"
            ? "Netlify asks visitors to log in, so no CMS gets through. Project configuration, Visibility: Public."
            : access === "redirects"
              ? "Senders are redirected and lose their POST. Set LAYERHOOK_PUBLIC_URL to the address it leads to."
              : "It is looked at every five minutes. On your own machine nobody looks.",
    },
    {
      name: "The secret is set",
      state: checks.secret.status === "ok" || checks.secret.status === "rotating" ? "done" : "wrong",
      text: secretTexts[checks.secret.status],
    },
    {
      name: "The repair function ticks",
      state: checks.drain.status === "ok" ? "done" : checks.drain.status === "late" ? "wrong" : "open",
      text:
        checks.drain.status === "ok"
          ? "It finds what got lost, and retries that are due."
          : checks.drain.status === "late"
            ? "It is late. Look at the log of “drain” at Netlify."
            : "Its first tick comes within five minutes of the deploy.",
    },
    {
      name: "A first layer",
      state: dataLayers.length > 0 ? "done" : "open",
      text: dataLayers.length > 0 ? "There is one." : "A layer says who may publish, and what is built then.",
      ...(dataLayers.length > 0
        ? {}
        : {
            next: (
              <a class="button small" href="/layers/new">
                Make a layer
              </a>
            ),
          }),
    },
    {
      name: "A first delivery",
      state: delivered ? "done" : "open",
      text: delivered ? "A publish has arrived." : "Give your CMS the webhook's address, and publish something.",
      ...(delivered || firstLayer === undefined
        ? {}
        : {
            next: (
              <a class="button small" href={`/layers/${firstLayer.id}/connect`}>
                Connect your CMS
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
          ? "No site is connected. A layer without sites runs its jobs and builds nothing."
          : "It follows the first publish, when the site's pacing says so.",
    },
    {
      name: "Deploys are followed",
      state: sites.length > 0 && unfollowed === undefined ? "done" : "open",
      text:
        unfollowed !== undefined
          ? `Nobody tells of the deploys of ${unfollowed.name}: a build counts as over when its hook has answered.`
          : sites.length === 0
            ? "No site is connected."
            : "A build lasts until its deploy is live or has failed.",
      ...(unfollowed === undefined
        ? {}
        : {
            next: (
              <a class="button small" href={`/sites/${unfollowed.id}`}>
                Have Netlify tell
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
