import type { Activity, Delivery, OverviewSite } from "../../api/types.ts";

/** One thing that a new layer still needs. */
export interface SetUpStep {
  readonly id: string;
  readonly kind: "sites" | "hook" | "deploys" | "cms" | "live";
  /** The site that the step is about. */
  readonly siteId: string | null;
  readonly name: string;
  readonly isDone: boolean;
  readonly text: string;
}

type Sent = Pick<Delivery, "outcome" | "userAgent" | "stage">;

/** A person's tool or a test of ours, which does not show that a CMS reaches the webhook. */
const BY_HAND = /^(?:Layerhook test|curl|Wget|HTTPie|PostmanRuntime|Mozilla)|PowerShell/i;

/** Whether a delivery shows that a sender reaches the webhook. */
export const isBySender = ({ outcome, userAgent }: Pick<Sent, "outcome" | "userAgent">): boolean =>
  outcome !== "refused" && userAgent !== null && !BY_HAND.test(userAgent);

type SiteBuilds = Activity["sites"][number];

const hookStep = ({ siteId, name, builds }: SiteBuilds, site: OverviewSite | undefined): SetUpStep => {
  const isDone = site?.hasBuilt === true && builds.every(({ status }) => status !== "retrying");
  const text = isDone
    ? "The build hook has started a build."
    : "Call the build hook once. That starts a build. A build at Netlify costs 15 credits.";
  return { id: `hook-${siteId}`, kind: "hook", siteId, name: `The build hook of ${name} works`, isDone, text };
};

const deploysStep = ({ siteId, name }: SiteBuilds, site: OverviewSite | undefined): SetUpStep => {
  const isDone = site !== undefined && site.following !== "none";
  const text = isDone
    ? "Layerhook knows how the deploys of this site end."
    : "No deploy notification has arrived, so nobody knows when a build is live.";
  return {
    id: `deploys-${siteId}`,
    kind: "deploys",
    siteId,
    name: `The deploy status of ${name} arrives`,
    isDone,
    text,
  };
};

const cmsStep = (deliveries: readonly Sent[]): SetUpStep => {
  const sent = deliveries.find(isBySender);
  const text =
    sent === undefined
      ? "No CMS has sent a delivery yet. A test, or a call by curl, does not show that your CMS reaches this site."
      : `A delivery by ${sent.userAgent} has arrived.`;
  return { id: "cms", kind: "cms", siteId: null, name: "Your CMS sends publishes", isDone: sent !== undefined, text };
};

const liveStep = (deliveries: readonly Sent[]): SetUpStep => {
  const isDone = deliveries.some(({ stage }) => stage === "live");
  const text = isDone
    ? "A publish was followed to the live site."
    : "Send a test publish, and watch it until visitors see it.";
  return { id: "live", kind: "live", siteId: null, name: "A publish goes live", isDone, text };
};

const NO_SITE: SetUpStep = {
  id: "sites",
  kind: "sites",
  siteId: null,
  name: "A site is connected",
  isDone: false,
  text: "This layer builds nothing yet.",
};

/**
 * Returns the step that the page shows: the one that the person opened, then the one that is shown already, then the
 * first that is not done. A step stays when it is done, because it may show a secret that the API gives only once.
 */
export const shownStep = <S extends Pick<SetUpStep, "id" | "isDone">>(
  steps: readonly S[],
  opened: string,
  shownId: string | undefined,
): S | undefined =>
  steps.find(({ id }) => id === opened) ??
  steps.find(({ id }) => id === shownId) ??
  steps.find(({ isDone }) => !isDone);

/** What a new layer still needs, in order, each with its state as the system knows it. */
export const setUpSteps = (
  {
    layer,
    sites,
    deliveries,
  }: Pick<Activity, "sites"> & {
    readonly layer: Pick<Activity["layer"], "dataSources">;
    readonly deliveries: readonly Sent[];
  },
  known: readonly OverviewSite[],
): readonly SetUpStep[] => [
  ...(sites.length === 0 && layer.dataSources.length === 0 ? [NO_SITE] : []),
  ...sites.flatMap((site) => {
    const found = known.find(({ id }) => id === site.siteId);
    return [hookStep(site, found), deploysStep(site, found)];
  }),
  cmsStep(deliveries),
  ...(sites.length === 0 ? [] : [liveStep(deliveries)]),
];
