import { useState } from "preact/hooks";
import { type SettingsProps, useSettings } from "../../api/useSettings.ts";
import { Dialog } from "../Dialog.tsx";
import { SourceFields } from "./SourceFields.tsx";
import { draftOf, emptySource, sourceInput } from "./sourceDraft.ts";

/** The dialog for a new source, or for one that exists. */
export const ChangeSource = (
  props: SettingsProps & {
    /** The source; null: a new one. */
    readonly slug: string | null;
    /** The layer's sources as the API takes them. */
    readonly inputs: readonly object[];
    readonly onClose: () => void;
  },
) => {
  const { layer, slug, inputs, onClose } = props;
  const sourceOf = (from: SettingsProps["layer"]) => from.dataSources.find((source) => source.slug === slug);
  const settings = useSettings(props, true, sourceOf);
  const found = layer.dataSources.findIndex((source) => source.slug === slug);
  const source = layer.dataSources[found];
  const [draft, setDraft] = useState(() => (source === undefined ? emptySource : draftOf(source)));
  const at = source === undefined ? inputs.length : found;
  const others = layer.dataSources.map((one) => one.slug).filter((one) => one !== slug);
  const submit = async (): Promise<void> => {
    const dataSources = [...inputs];
    dataSources[at] = sourceInput(draft, others);
    if (await settings.save({ dataSources })) onClose();
  };
  return (
    <Dialog
      onClose={onClose}
      title={slug === null ? "Add a source" : "Change the source"}
      change={settings}
      action={slug === null ? "Add" : "Save"}
      onSubmit={submit}
    >
      <SourceFields
        draft={draft}
        onChange={setDraft}
        problem={settings.problem}
        at={`dataSources.${at}`}
        known={slug !== null}
        others={others}
        layerId={layer.id}
      />
    </Dialog>
  );
};
