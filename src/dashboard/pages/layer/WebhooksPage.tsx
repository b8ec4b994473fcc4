import { useState } from "preact/hooks";
import { ask } from "../../api/request.ts";
import { deliveriesAt, webhooksAt } from "../../api/resources.ts";
import type { Delivery, Layer, Webhook, WebhookList } from "../../api/types.ts";
import { useChange } from "../../api/useChange.ts";
import { useLive } from "../../api/useLive.ts";
import { useMore } from "../../api/useMore.ts";
import { Await } from "../../components/Await.tsx";
import { RoleButton } from "../../components/Button.tsx";
import { Code } from "../../components/CopyButton.tsx";
import { Plus } from "../../components/icons.tsx";
import { LayerPage } from "../../components/layer/LayerPage.tsx";
import { ExactMoment, Moment } from "../../components/Moment.tsx";
import { Notice, ProblemNotice } from "../../components/Notice.tsx";
import { Panel } from "../../components/Page.tsx";
import { Commands } from "../../components/shell/Commands.tsx";
import { useToast } from "../../components/shell/Toasts.tsx";
import { LoadMore } from "../../components/table/LoadMore.tsx";
import { AddWebhook } from "../../components/webhook/AddWebhook.tsx";
import { TestWebhook } from "../../components/webhook/TestWebhook.tsx";
import { BrakeNotice, WebhookCard } from "../../components/webhook/WebhookCard.tsx";

const EVERY = 30_000;

const DefaultWebhook = ({
  layer,
  list: { defaultWebhook },
  last,
}: {
  readonly layer: Layer;
  readonly list: WebhookList;
  readonly last: Delivery | undefined;
}) => {
  const { enabled, setting, keptUntil, url } = defaultWebhook;
  return (
    <Panel
      title="Default webhook"
      actions={
        <span class={`badge ${keptUntil !== null ? "warn" : enabled ? "good" : ""}`}>
          {keptUntil !== null ? "Ends soon" : enabled ? "Accepted" : "Off"}
        </span>
      }
    >
      <BrakeNotice brake={defaultWebhook.brake} />
      {defaultWebhook.warnings.includes("GUESSABLE_URL") ? (
        <Notice tone="warn">
          The layer's id, the only secret in this URL, is easy to guess. Add a webhook: its URL contains a secret.
        </Notice>
      ) : null}
      {keptUntil !== null ? (
        <Notice tone="warn">
          The default webhook works until <ExactMoment at={keptUntil} />, so that senders can move.{" "}
          {defaultWebhook.lastDeliveryAt === null ? (
            "No delivery has used the old URL since."
          ) : (
            <>
              A delivery used it <Moment at={defaultWebhook.lastDeliveryAt} />. Give its sender the URL of a webhook
              below.
            </>
          )}
        </Notice>
      ) : enabled ? (
        <>
          <p>
            The default webhook works until this layer has a webhook of its own. The layer's id is the only secret in
            its URL. Last delivery: <Moment at={last?.receivedAt ?? null} />.
          </p>
          <Code text={url} what="the default URL" />
          <details>
            <summary>Try it</summary>
            <div class="stack try">
              <Commands url={url} />
              <TestWebhook layer={layer} webhook="default" />
            </div>
          </details>
        </>
      ) : setting === "off" ? (
        <p>The default webhook is permanently off for this layer.</p>
      ) : (
        <p>
          The default webhook is off, because this layer has webhooks of its own. It works again when the last webhook
          is deleted.
        </p>
      )}
    </Panel>
  );
};

const Restorable = ({
  layer,
  list: { restorable },
  refresh,
}: {
  readonly layer: Layer;
  readonly list: WebhookList;
  readonly refresh: () => Promise<void>;
}) => {
  const change = useChange();
  const say = useToast();
  if (restorable.length === 0) return null;
  const restore = async (ref: string, name: string): Promise<void> => {
    if (!(await change.run(() => ask("POST", `/data-layers/${layer.id}/webhooks/${ref}/restore`)))) return;
    say(`${name} restored, with the same URL.`);
    await refresh();
  };
  return (
    <Panel title="Recently deleted">
      {restorable.map(({ ref, name, deletedAt, restorableUntil }) => (
        <div class="row between" key={ref}>
          <span>
            <strong>{name}</strong>, deleted <Moment at={deletedAt} />. You can restore it until{" "}
            <ExactMoment at={restorableUntil} />.
          </span>
          <RoleButton
            needs="writer"
            small
            disabled={change.running}
            onClick={() => void restore(ref, name)}
            label={`Restore ${name}`}
          >
            Restore
          </RoleButton>
        </div>
      ))}
      <ProblemNotice problem={change.problem} />
    </Panel>
  );
};

export const WebhooksPage = ({ layer }: { readonly layer: Layer }) => {
  const more = useMore<Webhook, WebhookList>(
    (cursor) => webhooksAt(layer.id, cursor),
    ({ ref }) => ref,
  );
  const { live, items } = more;
  const refresh = async (): Promise<void> => {
    more.reset();
    await live.refresh();
  };
  const deliveries = useLive(deliveriesAt(layer.id), () => false, EVERY);
  const [adding, setAdding] = useState(false);
  const [fresh, setFresh] = useState<string>();
  const say = useToast();
  const log = deliveries.data?.items ?? [];
  const lastBy = (key: string): Delivery | undefined =>
    log.find(({ webhook }) => (webhook === "default" ? "default" : webhook.ref) === key);
  return (
    <LayerPage
      layer={layer}
      at="webhooks"
      actions={
        <RoleButton needs="writer" look="primary" onClick={() => setAdding(true)}>
          <Plus class="icon" />
          Add a webhook
        </RoleButton>
      }
    >
      <Await live={live}>
        {(list) => (
          <>
            {items.map((webhook) => (
              <WebhookCard
                key={webhook.ref}
                layer={layer}
                webhook={webhook}
                last={lastBy(webhook.ref)}
                only={items.length === 1}
                fresh={fresh === webhook.ref}
                refresh={refresh}
              />
            ))}
            <LoadMore more={more} what="webhooks" />
            {items.length > 0 ? null : (
              <Notice>
                This layer has no webhook of its own yet. Add a webhook for each sender: its URL contains a secret,
                which is safer.
              </Notice>
            )}
            <DefaultWebhook layer={layer} list={list} last={lastBy("default")} />
            <Restorable layer={layer} list={list} refresh={refresh} />
            {adding ? (
              <AddWebhook
                layer={layer}
                onClose={() => setAdding(false)}
                first={list.items.length === 0 && list.defaultWebhook.enabled}
                defaultDeliveries={log.filter(({ webhook }) => webhook === "default")}
                onCreated={(webhook) => {
                  setAdding(false);
                  setFresh(webhook.ref);
                  say(`${webhook.name} created.`);
                  void refresh();
                }}
              />
            ) : null}
          </>
        )}
      </Await>
    </LayerPage>
  );
};
