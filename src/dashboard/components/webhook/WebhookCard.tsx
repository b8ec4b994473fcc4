import { useLayoutEffect, useState } from "preact/hooks";
import { ask } from "../../api/request.ts";
import type { Delivery, Layer, Webhook } from "../../api/types.ts";
import { useChange } from "../../api/useChange.ts";
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

type Open = "rename" | "proof" | "rotate" | "delete" | null;

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
    say("It has a new address. Give it to the sender.");
    onClose();
    await refresh();
  };
  return (
    <Dialog open={open} onClose={onClose} title={`A new address for ${webhook.name}`}>
      <form onSubmit={(event) => void rotate(event)}>
        <p>
          The address holds a secret. Give the webhook a new one when the old one was seen by somebody, or when somebody
          leaves.
        </p>
        <Select
          label="Accept the former address"
          value={keep}
          onChange={setKeep}
          options={[
            ["86400", "for a day"],
            ["3600", "for an hour"],
            ["604800", "for seven days"],
            ["0", "no longer: it has leaked"],
          ]}
        />
        <ProblemNotice problem={change.problem} />
        <div class="dialog-foot">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" disabled={change.running}>
            Give it a new address
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
    say(`${webhook.name} is deleted. It can be restored for a day.`);
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
          <RoleButton needs="writer" small onClick={() => setOpen("proof")} label={`Who may send to ${webhook.name}`}>
            Who may send
          </RoleButton>
          <RoleButton needs="writer" small onClick={() => setOpen("rotate")} label={`New address for ${webhook.name}`}>
            New address
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
          It is there. Copy its address into the CMS, or{" "}
          <a href={`/layers/${layer.id}/connect?webhook=${webhook.ref}`}>follow the steps for yours</a>.
        </Notice>
      ) : null}
      <Facts
        items={[
          ["Last delivery", <Moment key="last" at={last?.receivedAt ?? null} />],
          ["Created", <Moment key="created" at={webhook.createdAt} />],
          ["By", webhook.createdBy.name],
          [
            "Its senders prove themselves",
            webhook.verification === null ? "By the address alone" : `By ${webhook.verification.scheme} too`,
          ],
          [
            "Counts",
            webhook.only.length === 0 ? "Every delivery" : `Those that meet ${webhook.only.length} conditions`,
          ],
        ]}
      />
      {webhook.filtered ? (
        <Notice tone="warn">
          Its conditions left out all of its last {webhook.filtered.deliveries} deliveries, since{" "}
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
          The former secret is accepted until <Moment at={webhook.verification.previousSecretExpiresAt} />. Enter the
          new secret in the CMS before then.
        </Notice>
      ) : null}
      {webhook.previous === null ? null : (
        <Notice tone="warn">
          Its former address is accepted until <Moment at={webhook.previous.until} />.{" "}
          {webhook.previous.lastDeliveryAt === null ? (
            "Nobody has used it since."
          ) : (
            <>
              Somebody used it <Moment at={webhook.previous.lastDeliveryAt} />: give them the new one.
            </>
          )}
        </Notice>
      )}
      {webhook.url === undefined ? (
        <p class="muted">
          Its address holds a secret and is shown to Owners and Developers only. It is known as{" "}
          <code>{webhook.ref}</code>.
        </p>
      ) : (
        <>
          <div>
            <h3>Its address</h3>
            <p class="small muted">Whoever has it can publish. Send it by a way you trust.</p>
          </div>
          <Code text={webhook.url} what={`the address of ${webhook.name}`} />
          <details open={fresh}>
            <summary>Try it</summary>
            <div class="stack try">
              <Commands url={webhook.url} name={webhook.ref} />
              <TestWebhook layer={layer} webhook={webhook.ref} />
            </div>
          </details>
        </>
      )}
      <Rename {...props} open={open === "rename"} onClose={close} />
      <WebhookProof layer={layer} webhook={webhook} open={open === "proof"} onClose={close} refresh={refresh} />
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
            ["Known as", <code key="ref">{webhook.ref}</code>],
            ["Created", <Moment key="created" at={webhook.createdAt} />],
            ["By", webhook.createdBy.name],
            ["Last delivery", <Moment key="last" at={last?.receivedAt ?? null} />],
          ]}
        />
        <p>Whoever sends to its address is refused from then on. For a day it can be restored as it is.</p>
        {!only || layer.defaultWebhook.setting === "off" ? null : (
          <Notice tone="warn">
            It is the last one: the default webhook, which needs no secret, is accepted again.
          </Notice>
        )}
      </ConfirmDialog>
    </Panel>
  );
};
