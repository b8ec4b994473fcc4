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
const verbs = { create: "Make", update: "Change", delete: "Delete", unchanged: "Leave" };
const things = { site: "site", data_layer: "layer", webhook: "webhook" };

const Diff = ({ imported }: { readonly imported: Imported }) => {
  const changes = imported.changes.filter(({ action }) => action !== "unchanged");
  const { create, update, delete: remove, unchanged } = imported.counts;
  return (
    <>
      <p>
        {plural(create, "thing")} to make, {update} to change, {remove} to delete, {unchanged} as they are.
      </p>
      {changes.length === 0 ? (
        <p class="muted">Nothing would change.</p>
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
          hint="As it was exported. What it leaves out stays as it is."
        />
        <Checkbox
          checked={prune}
          onChange={(checked) => {
            setPrune(checked);
            setPlan(undefined);
          }}
        >
          Delete layers, webhooks and sites that it does not have
        </Checkbox>
        <ProblemNotice problem={change.problem} />
        {tooLarge ? (
          <Notice tone="bad">
            This document is larger than 1 MB, which is more than this form sends. Apply it with{" "}
            <code>npm run config -- apply layerhook.json</code>: the command sends it in parts.
          </Notice>
        ) : null}
        <RoleButton needs="owner" type="submit" disabled={change.running || tooLarge || text.trim() === ""}>
          Show what would change
        </RoleButton>
      </form>
      {plan === undefined ? null : (
        <section class="stack plan" aria-label="What would change">
          <h3>What would change</h3>
          <Diff imported={plan} />
          {tooMany ? (
            <Notice>
              More than {CHANGES} changes take longer than this page waits. Apply them with{" "}
              <code>npm run config -- apply layerhook.json</code>: the command makes them in parts.
            </Notice>
          ) : null}
          {pending && !tooMany ? (
            <Button look="primary" onClick={() => setConfirming(true)}>
              Apply it
            </Button>
          ) : null}
        </section>
      )}
      <ConfirmDialog
        open={confirming}
        onClose={() => setConfirming(false)}
        title="Apply this configuration?"
        action="Apply it"
        onConfirm={async () => {
          const { counts } = await send(false);
          setPlan(undefined);
          setText("");
          say(`Applied: ${counts.create} made, ${counts.update} changed, ${counts.delete} deleted.`);
        }}
      >
        <p>Layers, webhooks and sites become what the document says. No sync begins by that.</p>
        {(plan?.counts.delete ?? 0) === 0 ? null : (
          <Notice tone="bad">{plural(plan?.counts.delete ?? 0, "thing is", "things are")} deleted by it.</Notice>
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
      note="Layers, webhooks and sites as one document: to keep in Git, to move, to restore. Ids are kept, so senders follow."
    >
      {scoped ? (
        <Notice>
          Your token is for some layers only; the configuration is all of them. Ask for a token without that limit.
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
              With secrets it opens every webhook and signs for every source: keep it as you keep a key. That it was
              taken is in the audit log.
            </p>
            <p class="small muted">
              A configuration of more than 4 MB does not download here. Use{" "}
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
