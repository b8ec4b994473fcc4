import { useEffect, useRef, useState } from "preact/hooks";
import { ask } from "../../api/request.ts";
import type { Delivery, Layer, Webhook } from "../../api/types.ts";
import { plural, wordsFor } from "../../text/words.ts";
import { RoleButton } from "../Button.tsx";
import { Code } from "../CopyButton.tsx";
import { ConfirmDialog } from "../Dialog.tsx";
import { later } from "../form/later.tsx";
import { ExactMoment, Moment } from "../Moment.tsx";
import { Notice } from "../Notice.tsx";
import { Facts, Panel } from "../Page.tsx";
import { Commands } from "../shell/Commands.tsx";
import { useToast } from "../shell/Toasts.tsx";
import { TestWebhook } from "./TestWebhook.tsx";
import { schemeTitles } from "./verification/schemeTitles.ts";

interface CardProps {
  readonly layer: Layer;
  readonly webhook: Webhook;
  readonly last: Delivery | undefined;
  /** Whether this is the layer's only webhook. Deleting it enables the default webhook again. */
  readonly only: boolean;
  /** Whether the webhook was just created. */
  readonly fresh: boolean;
  readonly refresh: () => Promise<void>;
}

type Open = "change" | "proof" | "conditions" | "rotate" | "delete" | null;

const ChangeWebhook = later(async () => (await import("./ChangeWebhook.tsx")).ChangeWebhook);
const WebhookProof = later(async () => (await import("./verification/WebhookProof.tsx")).WebhookProof);
const WebhookConditions = later(async () => (await import("./WebhookConditions.tsx")).WebhookConditions);
const RotateUrl = later(async () => (await import("./RotateUrl.tsx")).RotateUrl);

/** Says that a site's brake holds back what a webhook's deliveries want. */
export const BrakeNotice = ({ brake }: Pick<Webhook, "brake">) =>
  brake ? (
    <Notice tone="warn">
      Deliveries have come without a pause since <Moment at={brake.since} />, so builds wait longer and longer. Check
      what this webhook's sender sends. <a href={`/sites/${brake.siteId}`}>Build the site now</a>, or leave 15 minutes
      without a delivery.
    </Notice>
  ) : null;

export const WebhookCard = (props: CardProps) => {
  const { layer, webhook, last, only, fresh, refresh } = props;
  const [open, setOpen] = useState<Open>(null);
  const place = useRef<HTMLDivElement>(null);
  const say = useToast();
  // The next step after creating a webhook is to copy its URL.
  useEffect(() => {
    if (fresh) [...(place.current?.querySelectorAll("button") ?? [])].at(-1)?.focus();
  }, [fresh]);
  const close = (): void => setOpen(null);
  const dialog = { layer, webhook, refresh, onClose: close };
  const remove = async (): Promise<void> => {
    await ask("DELETE", `/data-layers/${layer.id}/webhooks/${webhook.ref}`);
    say(`${webhook.name} deleted. You can restore it for a day.`);
    await refresh();
  };
  return (
    <Panel
      title={webhook.name}
      actions={
        <>
          <RoleButton needs="writer" small onClick={() => setOpen("change")} label={`Change ${webhook.name}`}>
            Change
          </RoleButton>
          <RoleButton needs="writer" small onClick={() => setOpen("proof")} label={`Verification of ${webhook.name}`}>
            Verification
          </RoleButton>
          <RoleButton
            needs="writer"
            small
            onClick={() => setOpen("conditions")}
            label={`Conditions of ${webhook.name}`}
          >
            Conditions
          </RoleButton>
          <RoleButton needs="writer" small onClick={() => setOpen("rotate")} label={`Rotate URL of ${webhook.name}`}>
            Rotate URL
          </RoleButton>
          <RoleButton
            needs="writer"
            small
            look="danger"
            onClick={() => setOpen("delete")}
            label={`Delete ${webhook.name}`}
          >
            Delete
          </RoleButton>
        </>
      }
    >
      {fresh ? (
        <Notice tone="good">
          Webhook created. Copy its URL into the CMS, or{" "}
          <a href={`/layers/${layer.id}/connect?webhook=${webhook.ref}`}>follow the steps for yours</a>.
        </Notice>
      ) : null}
      <Facts
        items={[
          ["Last delivery", <Moment key="last" at={last?.receivedAt ?? null} />],
          ["Created", <Moment key="created" at={webhook.createdAt} />],
          ["By", webhook.createdBy.name],
          [
            "Verification",
            webhook.verification === null ? (
              "URL only"
            ) : (
              <span key="proof" title={webhook.verification.scheme}>
                {wordsFor(webhook.verification.scheme, schemeTitles)}
              </span>
            ),
          ],
          ["Unknown sources", webhook.strict ? "Refused" : "Accepted with a warning"],
          ["Counts", webhook.only.length === 0 ? "Every delivery" : `${plural(webhook.only.length, "condition")}`],
        ]}
      />
      <BrakeNotice brake={webhook.brake} />
      {webhook.filtered ? (
        <Notice tone="warn">
          The conditions filtered out all of the last {webhook.filtered.deliveries} deliveries, since{" "}
          <Moment at={webhook.filtered.since} />. The log of deliveries says why.
        </Notice>
      ) : null}
      {webhook.warnings?.includes("GUESSABLE_URL") ? (
        <Notice tone="warn">
          The secret in this webhook's URL is easy to guess. Turn on verification or give the webhook a new URL.
        </Notice>
      ) : null}
      {webhook.verification?.previousSecretExpiresAt ? (
        <Notice tone="warn">
          The previous secret works until <ExactMoment at={webhook.verification.previousSecretExpiresAt} />. Enter the
          new secret in the CMS before then.
        </Notice>
      ) : null}
      {webhook.previous === null ? null : (
        <Notice tone="warn">
          The old URL works until <ExactMoment at={webhook.previous.until} />.{" "}
          {webhook.previous.lastDeliveryAt === null ? (
            "No delivery has used the old URL since."
          ) : (
            <>
              A delivery used the old URL <Moment at={webhook.previous.lastDeliveryAt} />. Give its sender the new URL.
            </>
          )}
        </Notice>
      )}
      {webhook.url === undefined ? (
        <p class="muted">
          The URL contains a secret, so only Owners and Developers see it. This webhook's ref is{" "}
          <code>{webhook.ref}</code>.
        </p>
      ) : (
        <>
          <div>
            <h3>URL</h3>
            <p class="small muted">Anyone with this URL can publish. Share the URL securely.</p>
          </div>
          <div ref={place}>
            <Code text={webhook.url} what={`the URL of ${webhook.name}`} secret={webhook.id} />
          </div>
          <details open={fresh}>
            <summary>Try it</summary>
            <div class="stack try">
              <Commands url={webhook.url} secret={webhook.id} />
              <TestWebhook layer={layer} webhook={webhook.ref} />
            </div>
          </details>
        </>
      )}
      {open === "change" ? <ChangeWebhook {...dialog} /> : null}
      {open === "proof" ? <WebhookProof {...dialog} /> : null}
      {open === "conditions" ? <WebhookConditions {...dialog} /> : null}
      {open === "rotate" ? <RotateUrl {...dialog} /> : null}
      <ConfirmDialog
        open={open === "delete"}
        onClose={close}
        title={`Delete ${webhook.name}?`}
        action="Delete webhook"
        doing="Deleting…"
        onConfirm={remove}
      >
        <Facts
          items={[
            ["Ref", <code key="ref">{webhook.ref}</code>],
            ["Created", <Moment key="created" at={webhook.createdAt} />],
            ["By", webhook.createdBy.name],
            ["Last delivery", <Moment key="last" at={last?.receivedAt ?? null} />],
          ]}
        />
        <p>Deliveries to this URL are refused at once. You can restore the webhook for a day.</p>
        {!only || layer.defaultWebhook.setting === "off" ? null : (
          <Notice tone="warn">
            This is the layer's last webhook, so the default webhook, which needs no secret, works again.
          </Notice>
        )}
      </ConfirmDialog>
    </Panel>
  );
};
