import { useState } from "preact/hooks";
import { ask } from "../../api/request.ts";
import type { Delivery, Layer, Webhook } from "../../api/types.ts";
import { useChange } from "../../api/useChange.ts";
import { Dialog } from "../Dialog.tsx";
import { Checkbox, errorAt, Field } from "../Field.tsx";
import { Moment } from "../Moment.tsx";
import { Notice } from "../Notice.tsx";

const KEPT = 7 * 24 * 3_600_000;

/**
 * The dialog that adds a webhook. A layer's first webhook disables the default webhook, at once or after seven days.
 */
export const AddWebhook = ({
  layer,
  onClose,
  onCreated,
  first,
  defaultDeliveries,
}: {
  readonly layer: Layer;
  readonly onClose: () => void;
  readonly onCreated: (webhook: Webhook) => void;
  /** Whether the layer has no webhook yet. */
  readonly first: boolean;
  readonly defaultDeliveries: readonly Delivery[];
}) => {
  const [name, setName] = useState("");
  const [id, setId] = useState("");
  const [keep, setKeep] = useState(false);
  const change = useChange();
  const keeps = first && keep && defaultDeliveries.length > 0;
  const create = async (): Promise<void> => {
    await change.run(async () => {
      // Stay a minute below the API's limit, because the clocks of browser and server can differ.
      const until = new Date(Date.now() + KEPT - 60_000).toISOString();
      const body = { name, ...(id === "" ? {} : { id }), ...(keeps ? { keepDefaultUntil: until } : {}) };
      onCreated(await ask<Webhook>("POST", `/data-layers/${layer.id}/webhooks`, { body }));
    });
  };
  const senders = [...new Set(defaultDeliveries.map(({ userAgent }) => userAgent ?? "a sender without a name"))];
  return (
    <Dialog
      onClose={onClose}
      title="Add a webhook"
      change={change}
      action="Create webhook"
      doing="Creating…"
      ready={name.trim() !== ""}
      onSubmit={create}
    >
      {!first ? null : defaultDeliveries.length === 0 ? (
        <Notice>The first webhook turns the default webhook off. No delivery used the default webhook recently.</Notice>
      ) : (
        <Notice tone="warn">
          <strong>The first webhook turns the default webhook off.</strong> It was last used{" "}
          <Moment at={defaultDeliveries[0]?.receivedAt ?? null} /> by {senders.join(", ")}. These senders need the new
          address.
        </Notice>
      )}
      <Field
        label="Name"
        value={name}
        onInput={setName}
        required
        hint="For example “Contentful” or “Shop”. Logs and lists show this name instead of the secret URL."
        error={errorAt(change.problem, "name")}
      />
      {first && defaultDeliveries.length > 0 ? (
        <Checkbox checked={keep} onChange={setKeep}>
          Keep accepting the default webhook for 7 days
        </Checkbox>
      ) : null}
      <details>
        <summary>Keep the URL of another system</summary>
        <div class="try">
          <Field
            label="Id"
            value={id}
            onInput={setId}
            autoComplete="off"
            hint="The last part of the URL, which is its secret. Leave empty for a random id, which nobody can guess."
            error={errorAt(change.problem, "id")}
          />
        </div>
      </details>
    </Dialog>
  );
};
