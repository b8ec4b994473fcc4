import { useLayoutEffect, useState } from "preact/hooks";
import { ask } from "../../api/request.ts";
import type { Delivery, Layer, Webhook } from "../../api/types.ts";
import { useChange } from "../../api/useChange.ts";
import { plural } from "../../text/words.ts";
import { Button, RoleButton } from "../Button.tsx";
import { Code } from "../CopyButton.tsx";
import { ConfirmDialog, Dialog } from "../Dialog.tsx";
import { errorAt, Field, Select } from "../Field.tsx";
import { Moment } from "../Moment.tsx";
import { Notice, ProblemNotice } from "../Notice.tsx";
import { Facts, Panel } from "../Page.tsx";
import { Commands } from "../shell/Commands.tsx";
import { useToast } from "../shell/Toasts.tsx";
import { TestWebhook } from "./TestWebhook.tsx";
import { WebhookConditions } from "./WebhookConditions.tsx";
import { WebhookProof } from "./WebhookProof.tsx";

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

type Open = "rename" | "proof" | "conditions" | "rotate" | "delete" | null;

const Rename = ({ layer, webhook, open, onClose, refresh }: CardProps & { open: boolean; onClose: () => void }) => {
  const [name, setName] = useState(webhook.name);
  const change = useChange();
  useLayoutEffect(() => {
    if (!open) return;
    setName(webhook.name);
    change.clear();
  }, [open]);
  const rename = async (event: Event): Promise<void> => {
    event.preventDefault();
    const path = `/data-layers/${layer.id}/webhooks/${webhook.ref}`;
    if (!(await change.run(() => ask("PATCH", path, { body: { name } })))) return;
    onClose();
    await refresh();
  };
  return (
    <Dialog open={open} onClose={onClose} title={`Rename ${webhook.name}`}>
      <form onSubmit={(event) => void rename(event)}>
        <Field label="Name" value={name} onInput={setName} required error={errorAt(change.problem, "name")} />
        <ProblemNotice problem={change.problem} />
        <div class="dialog-foot">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" disabled={change.running || name.trim() === ""}>
            Rename
          </Button>
        </div>
      </form>
    </Dialog>
  );
};

const Rotate = ({ layer, webhook, open, onClose, refresh }: CardProps & { open: boolean; onClose: () => void }) => {
  const [keep, setKeep] = useState("86400");
  const change = useChange();
  const say = useToast();
  const rotate = async (event: Event): Promise<void> => {
    event.preventDefault();
    const path = `/data-layers/${layer.id}/webhooks/${webhook.ref}/rotate`;
    if (!(await change.run(() => ask("POST", path, { body: { keepOldForSeconds: Number(keep) } })))) return;
    say("URL rotated. Give the new URL to the sender.");
    onClose();
    await refresh();
  };
  return (
    <Dialog open={open} onClose={onClose} title={`Rotate the URL of ${webhook.name}`}>
      <form onSubmit={(event) => void rotate(event)}>
        <p>The URL contains a secret. Rotate the URL when someone unwanted has seen it, or when someone leaves.</p>
        <Select
          label="Accept the old URL"
          value={keep}
          onChange={setKeep}
          options={[
            ["86400", "for a day"],
            ["3600", "for an hour"],
            ["604800", "for seven days"],
            ["0", "not at all, because it has leaked"],
          ]}
        />
        <ProblemNotice problem={change.problem} />
        <div class="dialog-foot">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" disabled={change.running}>
            Rotate URL
          </Button>
        </div>
      </form>
    </Dialog>
  );
};

export const WebhookCard = (props: CardProps) => {
  const { layer, webhook, last, only, fresh, refresh } = props;
  const [open, setOpen] = useState<Open>(null);
  const say = useToast();
  const close = (): void => setOpen(null);
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
          <RoleButton needs="writer" small onClick={() => setOpen("rename")} label={`Rename ${webhook.name}`}>
            Rename
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
          <RoleButton
            needs="writer"
            small
            onClick={() => setOpen("rotate")}
            label={`Rotate the URL of ${webhook.name}`}
          >
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
          ["Verification", webhook.verification === null ? "URL only" : `URL and ${webhook.verification.scheme}`],
          ["Counts", webhook.only.length === 0 ? "Every delivery" : `${plural(webhook.only.length, "condition")}`],
        ]}
      />
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
          The previous secret works until <Moment at={webhook.verification.previousSecretExpiresAt} />. Enter the new
          secret in the CMS before then.
        </Notice>
      ) : null}
      {webhook.previous === null ? null : (
        <Notice tone="warn">
          The old URL works until <Moment at={webhook.previous.until} />.{" "}
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
          <Code text={webhook.url} what={`the URL of ${webhook.name}`} />
          <details open={fresh}>
            <summary>Try it</summary>
            <div class="stack try">
              <Commands url={webhook.url} />
              <TestWebhook layer={layer} webhook={webhook.ref} />
            </div>
          </details>
        </>
      )}
      <Rename {...props} open={open === "rename"} onClose={close} />
      <WebhookProof layer={layer} webhook={webhook} open={open === "proof"} onClose={close} refresh={refresh} />
      <WebhookConditions
        layer={layer}
        webhook={webhook}
        open={open === "conditions"}
        onClose={close}
        refresh={refresh}
      />
      <Rotate {...props} open={open === "rotate"} onClose={close} />
      <ConfirmDialog
        open={open === "delete"}
        onClose={close}
        title={`Delete ${webhook.name}?`}
        action="Delete webhook"
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
