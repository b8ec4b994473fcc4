import type { Layer, Webhook } from "../../api/types.ts";

/** What a dialog about one webhook takes. It is rendered while it is open. */
export interface WebhookDialogProps {
  readonly layer: Layer;
  readonly webhook: Webhook;
  readonly onClose: () => void;
  readonly refresh: () => Promise<void>;
}
