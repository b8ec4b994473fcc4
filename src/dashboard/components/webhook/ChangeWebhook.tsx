import { useState } from "preact/hooks";
import { ask } from "../../api/request.ts";
import { useChange } from "../../api/useChange.ts";
import { Button } from "../Button.tsx";
import { Dialog } from "../Dialog.tsx";
import { Checkbox, errorAt, Field } from "../Field.tsx";
import { ProblemNotice } from "../Notice.tsx";
import type { WebhookDialogProps } from "./WebhookDialogProps.ts";

/** The dialog for a webhook's name, and for what it does with a sender's mistakes. */
export const ChangeWebhook = ({ layer, webhook, onClose, refresh }: WebhookDialogProps) => {
  const [name, setName] = useState(webhook.name);
  const [strict, setStrict] = useState(webhook.strict);
  const [keepRequests, setKeepRequests] = useState(webhook.keepRequests);
  const change = useChange();
  const save = async (event: Event): Promise<void> => {
    event.preventDefault();
    const path = `/data-layers/${layer.id}/webhooks/${webhook.ref}`;
    if (!(await change.run(() => ask("PATCH", path, { body: { name, strict, keepRequests } })))) return;
    onClose();
    await refresh();
  };
  return (
    <Dialog open onClose={onClose} title={`Change ${webhook.name}`}>
      <form onSubmit={(event) => void save(event)}>
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
        <ProblemNotice problem={change.problem} />
        <div class="dialog-foot">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" disabled={change.running || name.trim() === ""}>
            Save
          </Button>
        </div>
      </form>
    </Dialog>
  );
};
