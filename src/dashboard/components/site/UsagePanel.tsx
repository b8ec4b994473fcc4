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
              ["Deliveries (at least)", usage.deliveries.toLocaleString()],
              ["Syncs", usage.syncs.toLocaleString()],
              ["Builds", usage.builds.toLocaleString()],
              ["Builds avoided", usage.buildsAvoided.toLocaleString()],
              ["Credits for builds", credits(usage.estimatedCredits.builds)],
              ["Credits for Layerhook", credits(usage.estimatedCredits.running)],
            ]}
          />
          <p class="small muted">
            {usage.month} in UTC, about {credits(usage.estimatedCredits.total)} credits in total. A build costs 15
            credits. A Free plan has 300 credits a month, and all sites of the team pause when the credits are used up.{" "}
            {usage.forecast?.text}{" "}
            {usage.sites
              .filter(({ builds }) => builds > 0)
              .map(
                ({ name, builds, estimatedCredits }) =>
                  `${name ?? "A deleted site"}: ${plural(builds, "build")}, ${credits(estimatedCredits)} credits.`,
              )
              .join(" ")}{" "}
            {usage.complete ? "" : "Some data could not be read, so the numbers are incomplete."}
          </p>
        </>
      )}
    </Await>
  </Panel>
);
