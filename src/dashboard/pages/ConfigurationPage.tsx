import { useState } from "preact/hooks";
import { IMPORT_BODY_BYTES } from "../../core/limits.ts";
import { ask } from "../api/request.ts";
import { useMember, whyNot } from "../api/session.tsx";
import type { Imported } from "../api/types.ts";
import { useChange } from "../api/useChange.ts";
import { Button, RoleButton } from "../components/Button.tsx";
import { ConfirmDialog } from "../components/Dialog.tsx";
import { Checkbox, TextArea } from "../components/Field.tsx";
import { Download, Equal, Minus, Pencil, Plus } from "../components/icons.tsx";
import { Notice, ProblemNotice } from "../components/Notice.tsx";
import { Page, Panel } from "../components/Page.tsx";
import { useToast } from "../components/shell/Toasts.tsx";
import { plural } from "../text/words.ts";

/** The most changes that this page applies. At 100 ms each they end within the 15 seconds that a request waits. */
const CHANGES = 100;

const icons = { create: Plus, update: Pencil, delete: Minus, unchanged: Equal };
const verbs = { create: "Create", update: "Update", delete: "Delete", unchanged: "Keep" };
const things = { site: "site", data_layer: "layer", webhook: "webhook" };

const Diff = ({ imported }: { readonly imported: Imported }) => {
  const changes = imported.changes.filter(({ action }) => action !== "unchanged");
  const { create, update, delete: remove, unchanged } = imported.counts;
  return (
    <>
      <p>
        {create} to create, {update} to update, {remove} to delete, {unchanged} unchanged.
      </p>
      {changes.length === 0 ? (
        <p class="muted">No changes.</p>
      ) : (
        <ul class="diff">
          {changes.map(({ type, id, name, action, fields }) => {
            const Icon = icons[action];
            return (
              <li key={`${type} ${id ?? name}`} class={action}>
                <Icon class="icon" />
                <span>
                  {verbs[action]} {things[type]} “{name}”{fields.length === 0 ? "" : `: ${fields.join(", ")}`}
                </span>
              </li>
            );
          })}
        </ul>
      )}
    </>
  );
};

const Import = () => {
  const [text, setText] = useState("");
  const [prune, setPrune] = useState(false);
  const [plan, setPlan] = useState<Imported>();
  const [confirming, setConfirming] = useState(false);
  const change = useChange();
  const say = useToast();
  const send = (dryRun: boolean): Promise<Imported> =>
    ask<Imported>("PUT", `/import?dryRun=${dryRun}&prune=${prune}`, { text });
  const look = async (event: Event): Promise<void> => {
    event.preventDefault();
    setPlan(undefined);
    await change.run(async () => setPlan(await send(true)));
  };
  const choose = async (input: HTMLInputElement): Promise<void> => {
    const [file] = input.files ?? [];
    if (file === undefined) return;
    setText(await file.text());
    setPlan(undefined);
  };
  const pending = plan?.changes.some(({ action }) => action !== "unchanged");
  const tooMany = (plan?.changes.length ?? 0) - (plan?.counts.unchanged ?? 0) > CHANGES;
  const tooLarge = new Blob([text]).size > IMPORT_BODY_BYTES;
  return (
    <>
      <form class="stack" onSubmit={(event) => void look(event)}>
        <label class="field">
          <span class="field-label">File</span>
          <input
            class="input narrow"
            type="file"
            accept="application/json,.json"
            onChange={(event) => void choose(event.currentTarget)}
          />
        </label>
        <TextArea
          label="Configuration"
          value={text}
          onInput={(value) => {
            setText(value);
            setPlan(undefined);
          }}
          hint="Paste an exported configuration. Everything that the document leaves out stays unchanged."
        />
        <Checkbox
          checked={prune}
          onChange={(checked) => {
            setPrune(checked);
            setPlan(undefined);
          }}
        >
          Delete layers, webhooks and sites that the document does not contain
        </Checkbox>
        <ProblemNotice problem={change.problem} />
        {tooLarge ? (
          <Notice tone="bad">
            This document is larger than 1 MB, the limit of this form. Apply the document with{" "}
            <code>npm run config -- apply layerhook.json</code>, which sends the document in parts.
          </Notice>
        ) : null}
        <RoleButton needs="owner" type="submit" disabled={change.running || tooLarge || text.trim() === ""}>
          Preview changes
        </RoleButton>
      </form>
      {plan === undefined ? null : (
        <section class="stack plan" aria-label="Preview">
          <h3>Preview</h3>
          <Diff imported={plan} />
          {tooMany ? (
            <Notice>
              This page applies at most {CHANGES} changes. Apply the document with{" "}
              <code>npm run config -- apply layerhook.json</code>, which applies the changes in parts.
            </Notice>
          ) : null}
          {pending && !tooMany ? (
            <Button look="primary" onClick={() => setConfirming(true)}>
              Apply
            </Button>
          ) : null}
        </section>
      )}
      <ConfirmDialog
        open={confirming}
        onClose={() => setConfirming(false)}
        title="Apply this configuration?"
        action="Apply"
        doing="Applying…"
        onConfirm={async () => {
          const { counts } = await send(false);
          setPlan(undefined);
          setText("");
          say(`Applied: ${counts.create} created, ${counts.update} updated, ${counts.delete} deleted.`);
        }}
      >
        <p>Layers, webhooks and sites are set to the state of the document. No sync starts.</p>
        {(plan?.counts.delete ?? 0) === 0 ? null : (
          <Notice tone="bad">{plural(plan?.counts.delete ?? 0, "item")} will be deleted.</Notice>
        )}
      </ConfirmDialog>
    </>
  );
};

export const ConfigurationPage = () => {
  const member = useMember();
  const owners = whyNot(member, "owner");
  const scoped = member.session.dataLayers !== null;
  return (
    <Page
      title="Configuration"
      note="Layers, webhooks and sites as one document, to keep in Git, move or restore. Ids stay the same, so webhook URLs keep working."
    >
      {scoped ? (
        <Notice>
          Your token is limited to some layers, and the configuration covers all layers. Ask an Owner for a token
          without this limit.
        </Notice>
      ) : (
        <>
          <Panel title="Export">
            <div class="row">
              <a class="button" href="/api/v1/export" download="layerhook.json">
                <Download class="icon" />
                Without secrets
              </a>
              {owners === null ? (
                <a class="button" href="/api/v1/export?secrets=true" download="layerhook-with-secrets.json">
                  <Download class="icon" />
                  With secrets
                </a>
              ) : (
                <RoleButton needs="owner">
                  <Download class="icon" />
                  With secrets
                </RoleButton>
              )}
            </div>
            <p class="small muted">
              The export with secrets includes every secret. Protect the file like a key. The audit log records the
              export.
            </p>
            <p class="small muted">
              A configuration of more than 4 MB cannot be downloaded here. Use{" "}
              <code>npm run config -- pull layerhook.json</code>: the command reads it in pages.
            </p>
          </Panel>
          <Panel title="Import">
            {owners === null ? null : <Notice>{owners}</Notice>}
            <Import />
          </Panel>
        </>
      )}
    </Page>
  );
};
