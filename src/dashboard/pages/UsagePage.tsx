import { USAGE_MONTHS } from "../../core/limits.ts";
import { usageAt } from "../api/resources.ts";
import type { Usage } from "../api/types.ts";
import { useFilters } from "../api/useFilters.ts";
import { joinUsages, useWhole } from "../api/useWhole.ts";
import { Await } from "../components/Await.tsx";
import { Select } from "../components/Field.tsx";
import { Notice } from "../components/Notice.tsx";
import { Facts, Page, Panel } from "../components/Page.tsx";
import { BudgetBar } from "../components/usage/BudgetBar.tsx";
import { DayBars } from "../components/usage/DayBars.tsx";
import { LiveTimes } from "../components/usage/LiveTimes.tsx";
import { UsageTables } from "../components/usage/UsageTables.tsx";
import { usageDue } from "../components/usage/usageDue.ts";
import { creditsText } from "../text/creditsText.ts";
import { monthText, newestMonths } from "../text/months.ts";
import { plural } from "../text/words.ts";

const EVERY = 5 * 60_000;
const NONE = { month: "", of: "" };
/** What a build costs at Netlify. */
const BUILD_CREDITS = 15;

type SiteUsage = Usage["sites"][number];
type LayerUsage = Usage["dataLayers"][number];

const OneSite = ({ site, month }: { readonly site: SiteUsage; readonly month: string }) => (
  <Panel title={`Builds of ${site.name ?? "a deleted site"}`} actions={<a href={`/sites/${site.siteId}`}>The site</a>}>
    <DayBars what="builds" month={month} byDay={site.buildsByDay} total={site.builds} />
    <p class="small muted">
      {creditsText(site.estimatedCredits)} credits. Requested {plural(site.asked, "time")}. A bare build hook would have
      made {plural(site.buildsAvoided, "build")} more.
    </p>
  </Panel>
);

const OneLayer = ({ layer, month }: { readonly layer: LayerUsage; readonly month: string }) => (
  <>
    <Panel
      title={`Deliveries to ${layer.name ?? "a deleted layer"}`}
      actions={<a href={`/layers/${layer.dataLayerId}`}>The layer</a>}
    >
      <DayBars what="deliveries" month={month} byDay={layer.deliveriesByDay} total={layer.deliveries} tone="accent" />
    </Panel>
    <Panel title="From publish to live">
      <LiveTimes times={layer.publishToLive} />
    </Panel>
  </>
);

const Whole = ({ usage }: { readonly usage: Usage }) => (
  <>
    <div class="columns even">
      <Panel title="Builds a day">
        <DayBars what="builds" month={usage.month} byDay={usage.buildsByDay} total={usage.builds} />
      </Panel>
      <Panel title="Deliveries a day">
        <DayBars
          what="deliveries"
          month={usage.month}
          byDay={usage.deliveriesByDay}
          total={usage.deliveries}
          tone="accent"
        />
      </Panel>
    </div>
    <Panel title="From publish to live">
      <LiveTimes times={usage.publishToLive} />
    </Panel>
    <UsageTables usage={usage} />
  </>
);

const Shown = ({ usage, of }: { readonly usage: Usage; readonly of: string }) => {
  const site = usage.sites.find(({ siteId }) => siteId === of);
  const layer = usage.dataLayers.find(({ dataLayerId }) => dataLayerId === of);
  if (site !== undefined) return <OneSite site={site} month={usage.month} />;
  if (layer !== undefined) return <OneLayer layer={layer} month={usage.month} />;
  return <Whole usage={usage} />;
};

const Credits = ({ usage }: { readonly usage: Usage }) => (
  <Panel title={`Credits, ${monthText(usage.month)}`}>
    <BudgetBar usage={usage} />
    <Facts
      items={[
        ["Builds", usage.builds.toLocaleString()],
        ["Builds avoided", usage.buildsAvoided.toLocaleString()],
        ["Credits saved", usage.creditsSaved.toLocaleString()],
        ["Syncs without a change", usage.unchangedSyncs.toLocaleString()],
      ]}
    />
    <p class="small muted">
      Months and days are in UTC. A build at Netlify costs {BUILD_CREDITS} credits. Deliveries are a lower limit,
      because a delivery that merges within a second writes nothing. Refused deliveries are not counted by month; each
      layer's Deliveries page shows them. When a plan's credits are used up, Netlify pauses all sites of the team.
    </p>
  </Panel>
);

const choicesOf = (usage: Usage | undefined): readonly (readonly [string, string])[] => [
  ["", "Everything"],
  ...(usage?.sites ?? []).map(({ siteId, name }) => [siteId, `Site: ${name ?? "deleted"}`] as const),
  ...(usage?.dataLayers ?? []).map(({ dataLayerId, name }) => [dataLayerId, `Layer: ${name ?? "deleted"}`] as const),
];

/** A month in pictures: credits with the forecast, builds and deliveries of each day, and the times to live. */
export const UsagePage = () => {
  const { values, change } = useFilters(NONE);
  const live = useWhole(usageAt(values.month), joinUsages, usageDue, EVERY);
  const months = newestMonths(Date.now(), USAGE_MONTHS);
  return (
    <Page title="Usage" note="What publishes led to in a month, and about what that costs.">
      <div class="filters">
        <Select
          label="Month"
          value={values.month === "" ? (months[0] ?? "") : values.month}
          onChange={(month) => change({ month: month === months[0] ? "" : month })}
          options={months.map((month) => [month, monthText(month)] as const)}
        />
        <Select label="Show" value={values.of} onChange={(of) => change({ of })} options={choicesOf(live.data)} />
      </div>
      <Await live={live}>
        {(usage) => (
          <>
            {usage.left > 0 ? (
              <Notice>
                {plural(usage.left, "more layer or site is", "more layers and sites are")} being counted. The numbers
                still grow.
              </Notice>
            ) : usage.complete ? null : (
              <Notice tone="warn">Some data could not be read, so the numbers are incomplete.</Notice>
            )}
            <Credits usage={usage} />
            <Shown usage={usage} of={values.of} />
          </>
        )}
      </Await>
    </Page>
  );
};
