import { useState } from "preact/hooks";
import { deliveriesAt, webhooksAt } from "../../api/resources.ts";
import type { Delivery, Layer } from "../../api/types.ts";
import { useLive } from "../../api/useLive.ts";
import { useMore } from "../../api/useMore.ts";
import { Await } from "../../components/Await.tsx";
import { Button } from "../../components/Button.tsx";
import { Field, Select } from "../../components/Field.tsx";
import { Inbox } from "../../components/icons.tsx";
import { LoadMore } from "../../components/LoadMore.tsx";
import { LayerPage } from "../../components/layer/LayerPage.tsx";
import { Moment } from "../../components/Moment.tsx";
import { Empty, Panel } from "../../components/Page.tsx";
import { DeliveryTable } from "../../components/webhook/DeliveryTable.tsx";
import { outcomeWords, plural, webhookWords } from "../../text/words.ts";

const RECENT = 120_000;

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

export const DeliveriesPage = ({ layer }: { readonly layer: Layer }) => {
  const more = useMore<Delivery>(
    (cursor) => deliveriesAt(layer.id, cursor),
    ({ id }) => id,
    // After a recent delivery the next one is likely soon, so poll faster.
    ({ items }) => items[0] !== undefined && Date.now() - Date.parse(items[0].receivedAt) < RECENT,
  );
  const [outcome, setOutcome] = useState("");
  const [webhook, setWebhook] = useState("");
  const [search, setSearch] = useState("");
  const [warned, setWarned] = useState("");
  const names = new Map(more.items.map((one) => [webhookKey(one.webhook), webhookWords(one.webhook)]));
  const wanted = more.items.filter(
    (one) =>
      (outcome === "" || one.outcome === outcome) &&
      (webhook === "" || webhookKey(one.webhook) === webhook) &&
      (warned === "" || one.warnings.length > 0) &&
      JSON.stringify([one.subject, one.dataSource, one.code, one.cause, one.userAgent, one.syncId])
        .toLowerCase()
        .includes(search.trim().toLowerCase()),
  );
  const clear = (): void => {
    setOutcome("");
    setWebhook("");
    setSearch("");
    setWarned("");
  };
  return (
    <LayerPage layer={layer} at="deliveries">
      <Await live={more.live}>
        {() => (
          <>
            <div class="filters">
              <Field label="Search" type="search" value={search} onInput={setSearch} placeholder="Entry, type, cause" />
              <Select
                label="Outcome"
                value={outcome}
                onChange={setOutcome}
                options={[["", "Any"], ...Object.entries(outcomeWords)]}
              />
              <Select label="Webhook" value={webhook} onChange={setWebhook} options={[["", "Any"], ...names]} />
              <Select
                label="Warnings"
                value={warned}
                onChange={setWarned}
                options={[
                  ["", "With and without"],
                  ["warned", "Only with a warning"],
                ]}
              />
              <span class="muted small" role="status">
                {wanted.length} of the last {plural(more.items.length, "delivery", "deliveries")}
              </span>
            </div>
            <div class="panel">
              {wanted.length === 0 ? (
                <Empty
                  icon={<Inbox class="icon" />}
                  title={more.items.length === 0 ? "No deliveries yet" : "No matching deliveries"}
                  text={
                    more.items.length === 0
                      ? "Every delivery to a working webhook of this layer appears here, including refused ones with the reason."
                      : "No loaded delivery matches. Older deliveries may match."
                  }
                >
                  {more.items.length === 0 ? (
                    <a class="button" href={`/layers/${layer.id}/connect`}>
                      Connect your CMS
                    </a>
                  ) : (
                    <Button onClick={clear}>Show all</Button>
                  )}
                </Empty>
              ) : (
                <DeliveryTable layer={layer} deliveries={wanted} />
              )}
              <LoadMore more={more} what="deliveries" />
            </div>
            <NothingArrived layer={layer} deliveries={more.items} />
          </>
        )}
      </Await>
    </LayerPage>
  );
};
