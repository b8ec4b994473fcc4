import { useState } from "preact/hooks";
import { useLocation } from "preact-iso";
import { isResendable } from "../../../core/webhook/isResendable.ts";
import { ask } from "../../api/request.ts";
import { deliveryAt } from "../../api/resources.ts";
import type { Accepted, DeliveryDetail, Layer } from "../../api/types.ts";
import { useLive } from "../../api/useLive.ts";
import { Await } from "../../components/Await.tsx";
import { RoleButton } from "../../components/Button.tsx";
import { CopyButton } from "../../components/CopyButton.tsx";
import { DeliveryChain } from "../../components/chain/DeliveryChain.tsx";
import { nextChange } from "../../components/chain/nextChange.ts";
import { ConfirmDialog } from "../../components/Dialog.tsx";
import { RotateCw } from "../../components/icons.tsx";
import { Moment } from "../../components/Moment.tsx";
import { Notice } from "../../components/Notice.tsx";
import { Facts, Page, Panel } from "../../components/Page.tsx";
import { PagesSeen } from "../../components/proof/PagesSeen.tsx";
import { useToast } from "../../components/shell/Toasts.tsx";
import { DeliveryStatus } from "../../components/webhook/DeliveryStatus.tsx";
import { fixFor, warningWords } from "../../text/refusalTexts.ts";
import { subjectName } from "../../text/subjectText.ts";
import { exactText } from "../../text/times.ts";
import { isBuildLayer, outcomeWords, plural, webhookWords } from "../../text/words.ts";

interface Shown {
  readonly layer: Layer;
  readonly delivery: DeliveryDetail;
}

const nameOf = (delivery: DeliveryDetail): string =>
  subjectName(delivery) ?? `Delivery to ${webhookWords(delivery.webhook)}`;

/** Sends a delivery again after a person has confirmed what happens, and opens the sync that it leads to. */
const SendAgain = ({ layer, delivery }: Shown) => {
  const [open, setOpen] = useState(false);
  const { route } = useLocation();
  const say = useToast();
  const send = async (): Promise<void> => {
    const path = `/data-layers/${layer.id}/deliveries/${delivery.id}/resend`;
    const { message, syncId } = await ask<Accepted>("POST", path);
    say(message);
    if (syncId !== null) route(`/layers/${layer.id}/syncs/${syncId}`);
  };
  const sources = delivery.dataSource === null ? "all sources" : `the source ${delivery.dataSource}`;
  return (
    <>
      <RoleButton needs="writer" onClick={() => setOpen(true)}>
        <RotateCw class="icon" />
        Send again
      </RoleButton>
      <ConfirmDialog
        open={open}
        onClose={() => setOpen(false)}
        title="Send this publish again?"
        action="Send again"
        doing="Sending…"
        look="primary"
        refuse="Cancel"
        onConfirm={send}
      >
        <p>
          {isBuildLayer(layer)
            ? "Layerhook builds the layer's sites as if the publish had arrived now."
            : `Layerhook syncs ${sources} as if the publish had arrived now, and then builds the layer's sites.`}{" "}
          Each build at Netlify costs 15 credits.
        </p>
        {delivery.code === "FILTERED" ? (
          <p>The webhook's conditions ignored this publish. They do not apply now.</p>
        ) : null}
        <p class="muted">The log gets a new delivery. The audit log shows who sent it again.</p>
      </ConfirmDialog>
    </>
  );
};

const AnswerPanel = ({ delivery }: { readonly delivery: DeliveryDetail }) => {
  const { outcome, code, cause, hint, warnings, unlogged } = delivery;
  const isTurnedAway = outcome === "refused" || outcome === "ignored";
  return (
    <Panel title="Answer">
      <Facts
        items={[
          ["Outcome", outcomeWords[outcome]],
          outcome === "refused" || code === "RESENT" ? null : ["HTTP status", "200"],
          code === null ? null : ["Code", <code key="code">{code}</code>],
        ]}
      />
      {cause === null ? null : <p>{cause}</p>}
      {hint === null ? null : <p>{hint}</p>}
      {isTurnedAway ? <p class="muted">{fixFor(code)}</p> : null}
      {warnings.map((warning) => (
        <Notice tone="warn" key={warning}>
          <strong>Warning.</strong> {warningWords(warning)} <code>{warning}</code>
        </Notice>
      ))}
      {unlogged > 0 ? (
        <p class="small muted">
          {plural(unlogged, "similar refusal", "similar refusals")} not logged, because they came too fast.
        </p>
      ) : null}
    </Panel>
  );
};

const RequestPanel = ({ layer, delivery }: Shown) => {
  const { id, receivedAt, subject, dataSource, webhook, userAgent, bytes, secret, formerUrl, otherHost } = delivery;
  const webhooks = `/layers/${layer.id}/webhooks`;
  return (
    <Panel title="Request">
      <Facts
        items={[
          [
            "Arrived",
            <span key="at">
              {exactText(Date.parse(receivedAt))} (<Moment at={receivedAt} />)
            </span>,
          ],
          subject?.event ? ["Event", subject.event] : null,
          subject?.type ? ["Type", subject.type] : null,
          subject?.id ? ["Entry", <code key="entry">{subject.id}</code>] : null,
          [
            "Webhook",
            <a key="webhook" href={webhooks}>
              {webhookWords(webhook)}
            </a>,
          ],
          dataSource === null ? null : ["Source named", <code key="source">{dataSource}</code>],
          userAgent === null ? null : ["Sender", userAgent],
          ["Body", plural(bytes, "byte")],
          secret === null ? null : ["Verified with", `The webhook's ${secret} secret`],
          formerUrl ? ["URL", "A former URL of the webhook"] : null,
          otherHost === null ? null : ["Called at", otherHost],
        ]}
      />
      <p class="row small">
        <span class="muted">Id</span> <code>{id}</code> <CopyButton text={id} what="the delivery's id" />
      </p>
    </Panel>
  );
};

/** One delivery: where it stands on its way to the live site, what was answered, and what arrived. */
export const DeliveryPage = ({ layer, id: deliveryId }: { readonly layer: Layer; readonly id: string }) => {
  const live = useLive(deliveryAt(layer.id, deliveryId), nextChange);
  const delivery = live.data;
  return (
    <Page
      title={delivery === undefined ? "Delivery" : nameOf(delivery)}
      crumbs={
        <>
          <a href="/">Layers</a> / <a href={`/layers/${layer.id}`}>{layer.name}</a> /{" "}
          <a href={`/layers/${layer.id}/deliveries`}>Deliveries</a>
        </>
      }
      {...(delivery === undefined
        ? {}
        : {
            beside: <DeliveryStatus of={delivery} />,
            ...(isResendable(delivery) ? { actions: <SendAgain layer={layer} delivery={delivery} /> } : {}),
          })}
    >
      <Await live={live}>
        {(shown) => (
          <>
            <Panel title="From publish to live">
              <DeliveryChain layer={layer} delivery={shown} />
            </Panel>
            <PagesSeen delivery={shown} />
            <AnswerPanel delivery={shown} />
            <RequestPanel layer={layer} delivery={shown} />
          </>
        )}
      </Await>
    </Page>
  );
};
