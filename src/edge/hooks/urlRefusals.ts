/** Why a URL is not that of a working webhook, and what to do. */
export const urlRefusals = {
  WEBHOOK_UNKNOWN:
    "This URL belongs to no webhook of the data layer. Copy the URL again from the data layer's settings.",
  WEBHOOK_ROTATED:
    "This webhook has a new URL, and this old URL no longer works. Copy the new URL from the data layer's settings.",
  WEBHOOK_DELETED: "This webhook was deleted. Create a new webhook in the data layer's settings and use its URL.",
  DEFAULT_WEBHOOK_OFF:
    "The default webhook is off, because the data layer has webhooks of its own or forbids the default webhook. Use the URL of one of the layer's webhooks.",
} as const;
