import { useState } from "preact/hooks";
import { ask } from "../../api/request.ts";
import type { Layer } from "../../api/types.ts";
import { type SettingsProps, useSettings } from "../../api/useSettings.ts";
import { RoleButton } from "../Button.tsx";
import { Code } from "../CopyButton.tsx";
import { ConfirmDialog } from "../Dialog.tsx";
import { later } from "../form/later.tsx";
import { Plus } from "../icons.tsx";
import { ExactMoment, Moment } from "../Moment.tsx";
import { Panel } from "../Page.tsx";
import { draftOf, sourceInput } from "./sourceDraft.ts";

const ChangeSource = later(async () => (await import("./ChangeSource.tsx")).ChangeSource);

type Source = Layer["dataSources"][number];

const Secret = ({ layer, source, refresh }: SettingsProps & { readonly source: Source }) => {
  const [asking, setAsking] = useState(false);
  if (source.type === "probe") {
    const headers = Object.keys(source.headers);
    return (
      <p class="small muted">
        {headers.length === 0 ? "No headers" : `Headers: ${headers.join(", ")}`}; last check{" "}
        <Moment at={source.checkedAt} />.
      </p>
    );
  }
  if (source.secret === undefined) return <p class="small muted">Its secret is shown to Owners and Developers only.</p>;
  return (
    <details>
      <summary>Signing secret</summary>
      <div class="stack try">
        {source.secret === null ? (
          <p>The secret cannot be decrypted, because LAYERHOOK_SECRET changed. Create a new secret.</p>
        ) : (
          <Code text={source.secret} what={`the secret of ${source.name}`} secret={source.secret} />
        )}
        <p class="small muted">
          Your job verifies the signature of every call with this secret (Standard Webhooks).
          {source.previousSecretExpiresAt ? (
            <>
              {" "}
              The previous secret also signs until <ExactMoment at={source.previousSecretExpiresAt} />.
            </>
          ) : null}
        </p>
        <RoleButton needs="writer" small onClick={() => setAsking(true)}>
          Rotate secret
        </RoleButton>
      </div>
      <ConfirmDialog
        open={asking}
        onClose={() => setAsking(false)}
        title={`Rotate the secret of ${source.name}?`}
        action="Rotate secret"
        doing="Rotating…"
        onConfirm={async () => {
          await ask("POST", `/data-layers/${layer.id}/data-sources/${source.slug}/secret`);
          await refresh();
        }}
      >
        <p>For a day, both the new and the previous secret sign. Enter the new secret in your job within that day.</p>
      </ConfirmDialog>
    </details>
  );
};

/** The settings of a layer's sources. The order of the sources has no meaning. */
export const SourceSettings = (props: SettingsProps) => {
  const { layer } = props;
  const settings = useSettings(props, true);
  /** The slug of the source that is changed; null: a new one; undefined: none. */
  const [changing, setChanging] = useState<string | null>();
  const [removing, setRemoving] = useState<Source | null>(null);
  // The API replaces the whole list. A source sent with the same slug keeps its secret and headers.
  const inputs = layer.dataSources.map((source) => sourceInput(draftOf(source)));
  return (
    <Panel
      title="Sources"
      actions={
        <RoleButton needs="writer" small onClick={() => setChanging(null)}>
          <Plus class="icon" />
          Add a source
        </RoleButton>
      }
    >
      {layer.dataSources.length === 0 ? (
        <p class="muted">No sources. Each publish builds the connected sites.</p>
      ) : (
        layer.dataSources.map((source) => (
          <div key={source.slug} class="source">
            <div class="row between">
              <div>
                <strong>{source.name}</strong> <code>{source.slug}</code>{" "}
                <span class="muted">{source.type === "probe" ? "probe" : "job"}</span>
                <p class="small mono muted">{source.url}</p>
              </div>
              <div class="row">
                <RoleButton
                  needs="writer"
                  small
                  onClick={() => setChanging(source.slug)}
                  label={`Change ${source.name}`}
                >
                  Change
                </RoleButton>
                <RoleButton
                  needs="writer"
                  small
                  look="danger"
                  onClick={() => setRemoving(source)}
                  label={`Delete ${source.name}`}
                >
                  Delete
                </RoleButton>
              </div>
            </div>
            <Secret {...props} source={source} />
          </div>
        ))
      )}
      {changing === undefined ? null : (
        <ChangeSource {...props} slug={changing} inputs={inputs} onClose={() => setChanging(undefined)} />
      )}
      <ConfirmDialog
        open={removing !== null}
        onClose={() => setRemoving(null)}
        title={`Delete ${removing?.name ?? ""}?`}
        action="Delete source"
        doing="Deleting…"
        onConfirm={() => {
          const dataSources = inputs.filter((_, index) => layer.dataSources[index]?.slug !== removing?.slug);
          return settings.saveOrThrow({ dataSources }, "Source deleted.");
        }}
      >
        <p>
          Layerhook no longer calls this source, drops its waiting syncs and deletes its secret. A delivery that names{" "}
          <code>{removing?.slug}</code> syncs all sources, with a warning.
        </p>
      </ConfirmDialog>
    </Panel>
  );
};
