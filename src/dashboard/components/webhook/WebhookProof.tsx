import { useLayoutEffect, useState } from "preact/hooks";
import { ask } from "../../api/request.ts";
import type { Layer, Webhook } from "../../api/types.ts";
import { useChange } from "../../api/useChange.ts";
import { Button } from "../Button.tsx";
import { Dialog } from "../Dialog.tsx";
import { errorAt, Field, Select } from "../Field.tsx";
import { Notice, ProblemNotice } from "../Notice.tsx";
import { useToast } from "../shell/Toasts.tsx";

const schemes = [
  ["", "URL only"],
  ["standard-webhooks", "Standard Webhooks"],
  ["svix", "Svix"],
  ["contentful", "Contentful"],
  ["sanity", "Sanity"],
  ["storyblok", "Storyblok"],
  ["ghost", "Ghost"],
  ["shopify", "Shopify"],
  ["hygraph", "Hygraph"],
  ["kontent-ai", "Kontent.ai"],
  ["contentstack", "Contentstack"],
  ["github", "GitHub"],
  ["header-secret", "A secret in a header"],
  ["basic", "User name and password"],
  ["body-secret", "A secret in the body"],
  ["hmac", "A signature of another kind (HMAC)"],
  ["rsa", "A signature with a private key (RSA)"],
  ["ecdsa", "A signature with a private key (ECDSA)"],
  ["ed25519", "A signature with a private key (Ed25519)"],
  ["jwt", "A token (JWT)"],
] as const;

const PUBLIC_KEYS = new Set(["rsa", "ecdsa", "ed25519"]);
/** These need a header, and have settings that only the API shows. */
const SIGNATURES = new Set(["hmac", ...PUBLIC_KEYS]);
const WITH_HEADER = new Set(["header-secret", "jwt", ...SIGNATURES]);

/** The dialog for a webhook's verification, which senders must pass in addition to the secret in the URL. */
export const WebhookProof = ({
  layer,
  webhook,
  open,
  onClose,
  refresh,
}: {
  readonly layer: Layer;
  readonly webhook: Webhook;
  readonly open: boolean;
  readonly onClose: () => void;
  readonly refresh: () => Promise<void>;
}) => {
  const stands = webhook.verification?.scheme ?? "";
  const [scheme, setScheme] = useState(stands);
  const [secret, setSecret] = useState("");
  const [header, setHeader] = useState("");
  const change = useChange();
  const say = useToast();
  useLayoutEffect(() => {
    if (!open) return;
    setScheme(stands);
    setSecret("");
    setHeader(webhook.verification?.header ?? "");
    change.clear();
  }, [open]);
  const save = async (event: Event): Promise<void> => {
    event.preventDefault();
    // The settings that this form does not show stay as they are.
    const { algorithm, encoding, prefix, timestamp, keyEncoding, signs, claims, bodyHash } = webhook.verification ?? {};
    const unshown =
      scheme !== stands || !WITH_HEADER.has(scheme)
        ? {}
        : { algorithm, encoding, prefix, timestamp, keyEncoding, signs, claims, bodyHash };
    const verification =
      scheme === ""
        ? null
        : {
            ...unshown,
            scheme,
            ...(secret === "" ? {} : { secret }),
            ...(WITH_HEADER.has(scheme) && header !== "" ? { header } : {}),
          };
    const path = `/data-layers/${layer.id}/webhooks/${webhook.ref}`;
    if (!(await change.run(() => ask("PATCH", path, { body: { verification } })))) return;
    say(
      scheme === ""
        ? "Verification is off. The URL alone is enough."
        : "Verification is on. Unverified requests are refused.",
    );
    onClose();
    await refresh();
  };
  return (
    <Dialog open={open} onClose={onClose} title={`Verification of ${webhook.name}`}>
      <form onSubmit={(event) => void save(event)}>
        <Select
          label="Verification"
          value={scheme}
          onChange={setScheme}
          options={schemes}
          error={errorAt(change.problem, "verification.scheme")}
        />
        {scheme === "" ? null : (
          <Field
            label="Secret"
            type="password"
            value={secret}
            onInput={setSecret}
            autoComplete="off"
            required={scheme !== stands}
            hint={
              scheme === stands
                ? "Leave empty to keep the secret. After a change, the previous secret works for 30 days."
                : scheme === "basic"
                  ? "The name, a colon and the password. Stored encrypted and never shown again."
                  : PUBLIC_KEYS.has(scheme)
                    ? "The sender's public key in PEM, from BEGIN PUBLIC KEY to END PUBLIC KEY."
                    : "The same secret as in the CMS. Stored encrypted and never shown again."
            }
            error={errorAt(change.problem, "verification.secret")}
          />
        )}
        {WITH_HEADER.has(scheme) ? (
          <Field
            label="Header"
            value={header}
            onInput={setHeader}
            required={SIGNATURES.has(scheme)}
            placeholder={SIGNATURES.has(scheme) ? "x-signature" : "authorization"}
            hint={
              scheme === "hmac"
                ? "SHA-256 in hex. The API sets other kinds."
                : PUBLIC_KEYS.has(scheme)
                  ? "SHA-256 in base64. The API sets other kinds."
                  : scheme === "jwt"
                    ? "HS256. The API sets other algorithms, claims and the hash of the body."
                    : "The header that carries the secret."
            }
            error={errorAt(change.problem, "verification.header")}
          />
        ) : null}
        {scheme === "" || scheme === stands ? null : (
          <Notice tone="warn">Unverified requests are refused. Set up the CMS first.</Notice>
        )}
        <ProblemNotice problem={change.problem} />
        <div class="dialog-foot">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" disabled={change.running}>
            Save
          </Button>
        </div>
      </form>
    </Dialog>
  );
};
