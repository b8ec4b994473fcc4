import { useState } from "preact/hooks";
import { ask } from "../../../api/request.ts";
import type { Problem, Webhook } from "../../../api/types.ts";
import { useChange } from "../../../api/useChange.ts";
import { Dialog } from "../../Dialog.tsx";
import { Checkbox, errorAt, errorUnder, Field, Select, TextArea } from "../../Field.tsx";
import { Pairs } from "../../form/Pairs.tsx";
import { ExactMoment } from "../../Moment.tsx";
import { Notice } from "../../Notice.tsx";
import { useToast } from "../../shell/Toasts.tsx";
import type { WebhookDialogProps } from "../WebhookDialogProps.ts";
import { isScheme, schemeTitles } from "./schemeTitles.ts";
import {
  draftOf,
  isKeyStored,
  keyFor,
  settingsFor,
  type VerificationDraft,
  verificationInput,
} from "./verificationDraft.ts";
import { formOf, type Setting } from "./verificationForms.ts";

const CLAIMS = 5;

interface DraftProps {
  readonly draft: VerificationDraft;
  readonly onChange: (draft: VerificationDraft) => void;
  readonly problem: Problem | undefined;
}

const SettingField = ({ setting, draft, onChange, problem }: DraftProps & { readonly setting: Setting }) => {
  const { path, label, hint, options, range, required = false, placeholder, lines } = setting;
  if (path === "claims") {
    return (
      <Pairs
        legend={label}
        hint={hint}
        what="claim"
        pairs={draft.claims}
        most={CLAIMS}
        onChange={(claims) => onChange({ ...draft, claims })}
        error={errorAt(problem, "verification.claims")}
        errorOf={(name) => errorUnder(problem, `verification.claims.${name}`)}
      />
    );
  }
  const common = {
    label,
    hint,
    value: draft.texts[path] ?? "",
    error: errorAt(problem, `verification.${path}`),
  };
  const set = (text: string): void => onChange({ ...draft, texts: { ...draft.texts, [path]: text } });
  if (options !== undefined) {
    return <Select {...common} onChange={set} options={options.map((value) => [value, value] as const)} />;
  }
  if (lines) return <TextArea {...common} onInput={set} placeholder={placeholder} />;
  const [min, max] = range ?? [];
  return (
    <Field
      {...common}
      onInput={set}
      type={range === undefined ? "text" : "number"}
      required={required}
      {...(placeholder === undefined ? {} : { placeholder })}
      {...(min === undefined || max === undefined ? {} : { min, max })}
    />
  );
};

const KeyFields = ({ draft, onChange, problem, webhook }: DraftProps & { readonly webhook: Webhook }) => {
  const isStored = isKeyStored(webhook.verification, draft);
  const key = keyFor(draft);
  if (key === "key-set") return null;
  const secretHint =
    formOf(draft.scheme)?.secretHint ?? "The same secret as in the CMS. Stored encrypted and never shown again.";
  const keep = "Leave empty to keep the secret. After a change, the previous secret works for 30 days.";
  const set = (secret: string): void => onChange({ ...draft, secret });
  const error = errorAt(problem, "verification.secret");
  const until = isStored ? webhook.verification?.previousSecretExpiresAt : null;
  return (
    <>
      {key === "public-key" ? (
        <TextArea
          label="Public key"
          value={draft.secret}
          onInput={set}
          placeholder="-----BEGIN PUBLIC KEY-----"
          hint={isStored ? "In PEM. Leave empty to keep the key." : "The sender's public key in PEM."}
          error={error}
        />
      ) : (
        <Field
          label="Secret"
          type="password"
          value={draft.secret}
          onInput={set}
          autoComplete="off"
          required={!isStored}
          hint={isStored ? keep : secretHint}
          error={error}
        />
      )}
      {until ? (
        <Checkbox checked={draft.dropsPrevious} onChange={(dropsPrevious) => onChange({ ...draft, dropsPrevious })}>
          Refuse the previous secret from now on. It works until <ExactMoment at={until} />.
        </Checkbox>
      ) : null}
      <details>
        <summary>Another secret that also works</summary>
        <div class="try">
          <Field
            label="Previous secret"
            type="password"
            value={draft.previousSecret}
            onInput={(previousSecret) => onChange({ ...draft, previousSecret })}
            autoComplete="off"
            hint="Also accepted for 30 days, for senders that still use it. Leave empty for no change."
            error={errorAt(problem, "verification.previousSecret")}
          />
        </div>
      </details>
    </>
  );
};

/** The dialog for a webhook's verification, which senders must pass in addition to the secret in the URL. */
export const WebhookProof = ({ layer, webhook, onClose, refresh }: WebhookDialogProps) => {
  const { verification } = webhook;
  const stands = verification?.scheme ?? "";
  const [draft, setDraft] = useState(() => draftOf(verification, stands));
  const { scheme } = draft;
  const change = useChange();
  const { problem } = change;
  const say = useToast();
  const save = async (): Promise<void> => {
    const path = `/data-layers/${layer.id}/webhooks/${webhook.ref}`;
    const body = { verification: verificationInput(draft) };
    if (!(await change.run(() => ask("PATCH", path, { body })))) return;
    say(
      scheme === ""
        ? "Verification is off. The URL alone is enough."
        : "Verification is on. Unverified requests are refused.",
    );
    onClose();
    await refresh();
  };
  return (
    <Dialog onClose={onClose} title={`Verification of ${webhook.name}`} change={change} action="Save" onSubmit={save}>
      <Select
        label="Verification"
        value={scheme}
        onChange={(chosen) => setDraft(draftOf(verification, chosen))}
        options={[
          ["", "URL only"],
          ...Object.entries(schemeTitles),
          ...(stands === "" || isScheme(stands) ? [] : [[stands, stands] as const]),
        ]}
        error={errorAt(problem, "verification.scheme")}
      />
      {scheme === "" ? null : <KeyFields draft={draft} onChange={setDraft} problem={problem} webhook={webhook} />}
      {settingsFor(draft).map((setting) => (
        <SettingField key={setting.path} setting={setting} draft={draft} onChange={setDraft} problem={problem} />
      ))}
      {scheme === "" || scheme === stands ? null : (
        <Notice tone="warn">Unverified requests are refused. Set up the CMS first.</Notice>
      )}
    </Dialog>
  );
};
