const WARNINGS: Readonly<Record<string, string>> = {
  UNKNOWN_DATA_SOURCE:
    "The delivery names a source that this layer does not have, so all sources are synced. Check the slug.",
  BODY_NOT_KEPT: "The body was longer than 16 KB and was not stored, so the whole source is synced.",
  BODY_NOT_READABLE: "The body could not be read reliably, so the webhook's conditions were not applied.",
  VALUE_NOT_KEPT: "The log does not keep the value that a condition asks for.",
};
export const warningWords = (warning: string): string => WARNINGS[warning] ?? warning;

const FIXES: Readonly<Record<string, string>> = {
  METHOD_NOT_ALLOWED:
    "Choose POST in the CMS, and enter this webhook's URL exactly as shown. A redirect turns a POST into a GET.",
  SIGNATURE_MISSING:
    "Turn on signing in the CMS with this webhook's secret, or turn off verification for this webhook.",
  SIGNATURE_MISMATCH: "Enter the same new secret in the CMS and in this webhook's settings.",
  SIGNATURE_MALFORMED: "Choose the verification scheme that your CMS uses.",
  TIMESTAMP_OUT_OF_RANGE: "Correct the sender's clock, or set a longer tolerance for this webhook.",
  BODY_INCOMPLETE: "The sender closed the connection. Most senders send again. If yours does not, publish again.",
  BODY_NOT_VERIFIABLE: "The cause says why. Make the CMS send a shorter body, or change what the CMS signs.",
  SECRET_UNREADABLE:
    "The webhook's secret is blank or can no longer be decrypted. Enter a new secret here and in the CMS.",
  KEYS_UNAVAILABLE: "Check the URL of the sender's key set. The sender may send the delivery again.",
  SCHEME_UNKNOWN: "A later release set this webhook's scheme. Choose a scheme that this release supports.",
  UNKNOWN_DATA_SOURCE: "Correct the slug that the CMS sends, or add a source with this slug.",
  RESENT: "Nothing to do. A person sent an earlier delivery again.",
  BODY_NOT_KEPT: "Make the CMS send a shorter body, or let the webhook accept deliveries with such mistakes.",
  HANDSHAKE: "Nothing to do. The sender checked this URL, and Layerhook answered.",
  TEST: "Nothing to do. The CMS tested this URL, and the test worked.",
  FILTERED: "Nothing to do. If this delivery should start a sync, change the webhook's conditions.",
  REPEATED: "Nothing to do. The sender sent the same delivery twice.",
};
/** Says what to do about a delivery with this refusal code. */
export const fixFor = (code: string | null): string =>
  FIXES[code ?? ""] ?? "Compare the webhook's settings with the settings in the CMS.";
