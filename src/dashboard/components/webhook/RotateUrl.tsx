import { useState } from "preact/hooks";
import { ask } from "../../api/request.ts";
import { useChange } from "../../api/useChange.ts";
import { Dialog } from "../Dialog.tsx";
import { Select } from "../Field.tsx";
import { useToast } from "../shell/Toasts.tsx";
import type { WebhookDialogProps } from "./WebhookDialogProps.ts";

/** The dialog that gives a webhook a new URL. */
export const RotateUrl = ({ layer, webhook, onClose, refresh }: WebhookDialogProps) => {
  const [keep, setKeep] = useState("86400");
  const change = useChange();
  const say = useToast();
  const rotate = async (): Promise<void> => {
    const path = `/data-layers/${layer.id}/webhooks/${webhook.ref}/rotate`;
    if (!(await change.run(() => ask("POST", path, { body: { keepOldForSeconds: Number(keep) } })))) return;
    say("URL rotated. Give the new URL to the sender.");
    onClose();
    await refresh();
  };
  return (
    <Dialog
      onClose={onClose}
      title={`Rotate the URL of ${webhook.name}`}
      change={change}
      action="Rotate URL"
      onSubmit={rotate}
    >
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
    </Dialog>
  );
};
