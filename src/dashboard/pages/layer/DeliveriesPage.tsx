import { useEffect } from "preact/hooks";
import { STAGES } from "../../../core/stage/stage.ts";
import { type DeliveryFilter, deliveriesAt, webhooksAt } from "../../api/resources.ts";
import type { Delivery, Layer } from "../../api/types.ts";
import { type Filters, useFilters } from "../../api/useFilters.ts";
import { useLive } from "../../api/useLive.ts";
import { useMore } from "../../api/useMore.ts";
import { Await } from "../../components/Await.tsx";
import { Button } from "../../components/Button.tsx";
import { nextChange } from "../../components/chain/nextChange.ts";
import { Field, Select } from "../../components/Field.tsx";
import { Inbox } from "../../components/icons.tsx";
import { LayerPage } from "../../components/layer/LayerPage.tsx";
import { Moment } from "../../components/Moment.tsx";
import { Empty, Panel } from "../../components/Page.tsx";
import { SearchField } from "../../components/SearchField.tsx";
import { LoadMore } from "../../components/table/LoadMore.tsx";
import { DeliveryTable } from "../../components/webhook/DeliveryTable.tsx";
import { OutcomeShare } from "../../components/webhook/OutcomeShare.tsx";
import { dayEnd, dayStart } from "../../text/days.ts";
import { outcomeWords, plural, statusWords, webhookWords } from "../../text/words.ts";

const webhookKey = (webhook: Delivery["webhook"]): string => (webhook === "default" ? "default" : webhook.ref);

/** Shown when no delivery has arrived: the usual causes. */
const NothingArrived = ({ layer, deliveries }: { readonly layer: Layer; readonly deliveries: readonly Delivery[] }) => {
  const webhooks = useLive(webhooksAt(layer.id), () => false, 60_000);
  const last = (key: string): string | null =>
    deliveries.find(({ webhook }) => webhookKey(webhook) === key)?.receivedAt ?? null;
  return (
    <Panel title="Missing a delivery?">
      <Await live={webhooks}>
        {({ items, defaultWebhook, calledInVain }) => (
          <>
            <ul>
              {defaultWebhook.enabled ? (
                <li>
                  Default webhook: last delivery <Moment at={last("default")} />
                </li>
              ) : null}
              {items.map(({ ref, name }) => (
                <li key={ref}>
                  {name}: last delivery <Moment at={last(ref)} />
                </li>
              ))}
              {calledInVain.map(({ webhook, lastAt, userAgent }) => (
                <li key={webhookKey(webhook)}>
                  <strong>
                    {webhook === "default"
                      ? "A sender still calls the default webhook, which is off"
                      : `A sender still calls “${webhook.name}”, which was deleted`}
                  </strong>
                  : last <Moment at={lastAt} />
                  {userAgent === null ? "" : `, by ${userAgent}`}. Give this sender the URL of a working webhook.
                </li>
              ))}
            </ul>
            <p class="small muted">
              If the CMS has sent a webhook, compare its URL letter by letter with the URL under{" "}
              <a href={`/layers/${layer.id}/webhooks`}>Webhooks</a>. Check under <a href="/setup">Setup</a> whether this
              site is public, and check the CMS's own webhook log. If the CMS has not sent one: many CMSs send a webhook
              on publish, not on save.
            </p>
          </>
        )}
      </Await>
    </Panel>
  );
};

const NONE: DeliveryFilter & Readonly<Record<string, string>> = {
  q: "",
  stage: "",
  outcome: "",
  webhook: "",
  source: "",
  from: "",
  until: "",
};

const FilterBar = ({
  layer,
  filters: { values, change },
  found,
}: {
  readonly layer: Layer;
  readonly filters: Filters<typeof NONE>;
  /** How many deliveries the page shows, in words. */
  readonly found: string;
}) => {
  const webhooks = useLive(webhooksAt(layer.id), () => false, 60_000);
  const named = (webhooks.data?.items ?? []).map(({ ref, name }) => [ref, name] as const);
  const known = [["", "Any"], ["default", webhookWords("default")], ...named] as const;
  // A deleted webhook is in no list, but a link may still name it.
  const options = known.some(([ref]) => ref === values.webhook)
    ? known
    : [...known, [values.webhook, values.webhook] as const];
  return (
    <div class="filters">
      <SearchField value={values.q} onSearch={(q) => change({ q })} placeholder="Entry, type or event" />
      <Select
        label="Status"
        value={values.stage}
        onChange={(stage) => change({ stage })}
        options={[["", "Any"], ...STAGES.map((stage) => [stage, statusWords[stage]] as const)]}
      />
      <Select
        label="Outcome"
        value={values.outcome}
        onChange={(outcome) => change({ outcome })}
        options={[["", "Any"], ...Object.entries(outcomeWords)]}
      />
      <Select label="Webhook" value={values.webhook} onChange={(webhook) => change({ webhook })} options={options} />
      {layer.dataSources.length === 0 ? (
        <SearchField
          label="Source"
          value={values.source}
          onSearch={(source) => change({ source })}
          placeholder="A label, such as blog"
        />
      ) : (
        <Select
          label="Source"
          value={values.source}
          onChange={(source) => change({ source })}
          options={[["", "Any"], ...layer.dataSources.map(({ slug, name }) => [slug, name] as const)]}
        />
      )}
      <Field label="From" type="date" value={values.from} onInput={(from) => change({ from })} />
      <Field label="Until" type="date" value={values.until} onInput={(until) => change({ until })} />
      <span class="muted small" role="status">
        {found}
      </span>
    </div>
  );
};

const NothingHere = ({ layer, filters }: { readonly layer: Layer; readonly filters: Filters<typeof NONE> }) =>
  filters.isSet ? (
    <Empty
      icon={<Inbox class="icon" />}
      title="No matching deliveries"
      text="Remove a filter, or choose another period."
    >
      <Button onClick={filters.clear}>Show all</Button>
    </Empty>
  ) : (
    <Empty
      icon={<Inbox class="icon" />}
      title="No deliveries yet"
      text="Every delivery to a working webhook of this layer appears here, including refused ones with the reason."
    >
      <a class="button" href={`/layers/${layer.id}/connect`}>
        Connect your CMS
      </a>
    </Empty>
  );

/** The deliveries of a layer. The server filters them, and the URL keeps the filters. */
export const DeliveriesPage = ({ layer }: { readonly layer: Layer }) => {
  const filters = useFilters(NONE);
  const { values } = filters;
  const filter = { ...values, from: dayStart(values.from), until: dayEnd(values.until) };
  const more = useMore<Delivery>(
    (cursor) => deliveriesAt(layer.id, filter, cursor),
    ({ id }) => id,
    ({ items }) => Math.min(...items.map(nextChange)),
  );
  const { items, hasMore, loading, problem } = more;
  // One filtered page looks at a part of the log, so a page may be empty although an older delivery matches.
  const goesOn = items.length === 0 && hasMore && problem === undefined;
  useEffect(() => {
    if (goesOn && !loading) void more.load();
  });
  const count = plural(items.length, "delivery", "deliveries");
  const found = goesOn ? "Searching older deliveries…" : hasMore ? `The newest ${count}` : count;
  return (
    <LayerPage layer={layer} at="deliveries">
      <FilterBar layer={layer} filters={filters} found={more.live.data === undefined ? "" : found} />
      <Await live={more.live}>
        {() => (
          <>
            <div class="panel">
              {items.length > 0 && values.outcome === "" ? <OutcomeShare deliveries={items} isAll={!hasMore} /> : null}
              {items.length > 0 ? (
                <DeliveryTable layer={layer} deliveries={items} />
              ) : goesOn ? null : (
                <NothingHere layer={layer} filters={filters} />
              )}
              <LoadMore more={more} what="deliveries" />
            </div>
            {filters.isSet ? null : <NothingArrived layer={layer} deliveries={items} />}
          </>
        )}
      </Await>
    </LayerPage>
  );
};
