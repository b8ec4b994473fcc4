import type { Usage } from "../../api/types.ts";
import type { Live } from "../../api/useLive.ts";
import { plural } from "../../text/words.ts";
import { Await } from "../Await.tsx";
import { Facts, Panel } from "../Page.tsx";

const credits = (count: number): string => (count < 10 ? count.toFixed(1) : Math.round(count).toLocaleString());

/** This month's usage and its approximate cost. */
export const UsagePanel = ({ live }: { readonly live: Live<Usage> }) => (
  <Panel title="This month">
    <Await live={live}>
      {(usage) => (
        <>
          <Facts
            items={[
              ["Deliveries, at least", usage.deliveries.toLocaleString()],
              ["Syncs", usage.syncs.toLocaleString()],
              ["Builds", usage.builds.toLocaleString()],
              ["Builds avoided", usage.buildsAvoided.toLocaleString()],
              ["Credits for builds", credits(usage.estimatedCredits.builds)],
              ["Credits for running this", credits(usage.estimatedCredits.running)],
            ]}
          />
          <p class="small muted">
            {usage.month} in UTC; about {credits(usage.estimatedCredits.total)} credits in all. A build costs 15; a Free
            plan has 300 a month, and when they are spent all sites of the team pause.{" "}
            {usage.sites
              .filter(({ builds }) => builds > 0)
              .map(
                ({ name, builds, estimatedCredits }) =>
                  `${name ?? "A deleted site"}: ${plural(builds, "build")}, ${credits(estimatedCredits)} credits.`,
              )
              .join(" ")}{" "}
            {usage.complete ? "" : "Something could not be read, and is missing here."}
          </p>
        </>
      )}
    </Await>
  </Panel>
);
