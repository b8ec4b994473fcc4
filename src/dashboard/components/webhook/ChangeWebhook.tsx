import { useState } from "preact/hooks";
import { ask } from "../../api/request.ts";
import { useChange } from "../../api/useChange.ts";
import { Dialog } from "../Dialog.tsx";
import { Checkbox, errorAt, Field } from "../Field.tsx";
import type { WebhookDialogProps } from "./WebhookDialogProps.ts";

/** The dialog for a webhook's name, and for what it does with a sender's mistakes. */
export const ChangeWebhook = ({ layer, webhook, onClose, refresh }: WebhookDialogProps) => {
  const [name, setName] = useState(webhook.name);
  const [strict, setStrict] = useState(webhook.strict);
  const [keepRequests, setKeepRequests] = useState(webhook.keepRequests);
  const change = useChange();
  const save = async (): Promise<void> => {
    const path = `/data-layers/${layer.id}/webhooks/${webhook.ref}`;
    if (!(await change.run(() => ask("PATCH", path, { body: { name, strict, keepRequests } })))) return;
    onClose();
    await refresh();
  };
  return (
    <Dialog
      onClose={onClose}
      title={`Change ${webhook.name}`}
      change={change}
      action="Save"
      ready={name.trim() !== ""}
      onSubmit={save}
    >
      <Field label="Name" value={name} onInput={setName} required error={errorAt(change.problem, "name")} />
      <div>
        <Checkbox checked={strict} onChange={setStrict}>
          Refuse a delivery that names an unknown source, or whose body is too long to store
        </Checkbox>
        <p class="field-hint">
          Otherwise Layerhook accepts such a delivery with a warning and syncs everything. Many senders do not send a
          refused delivery again.
        </p>
      </div>
      <div>
        <Checkbox checked={keepRequests} onChange={setKeepRequests}>
          Keep the requests of deliveries, encrypted
        </Checkbox>
        <p class="field-hint">A delivery can then be sent again, and conditions and live checks are tried on it.</p>
      </div>
    </Dialog>
  );
};
