import { useState } from "preact/hooks";
import type { Site } from "../../api/types.ts";
import { useChange } from "../../api/useChange.ts";
import { RoleButton } from "../Button.tsx";
import { Dialog } from "../Dialog.tsx";
import { Checkbox, errorAt, Field } from "../Field.tsx";
import { Play } from "../icons.tsx";
import { useAction } from "../shell/Toasts.tsx";
import { useBuild } from "./useBuild.ts";

interface Props {
  readonly site: Site;
  readonly onDone: () => Promise<void>;
}

const OptionsDialog = (props: Props & { readonly onClose: () => void }) => {
  const { site, onClose } = props;
  const [branch, setBranch] = useState("");
  const [clearCache, setClearCache] = useState(false);
  const change = useChange();
  const build = useBuild(props.site.id, change, props.onDone);
  const submit = async (): Promise<void> => {
    const asked = { ...(branch.trim() === "" ? {} : { branch: branch.trim() }), ...(clearCache ? { clearCache } : {}) };
    if (await build(asked)) onClose();
  };
  return (
    <Dialog
      onClose={onClose}
      title={`Build ${site.name} with options`}
      change={change}
      action="Build"
      onSubmit={submit}
    >
      <Field
        label="Branch"
        value={branch}
        onInput={setBranch}
        placeholder={site.branch ?? "The branch of the build hook"}
        hint="For this build only. If a publish joins the build before it starts, Netlify builds the site's own branch."
        error={errorAt(change.problem, "branch")}
      />
      <Checkbox checked={clearCache} onChange={setClearCache}>
        Clear the build cache
      </Checkbox>
      <p class="small muted">A build at Netlify costs 15 credits.</p>
    </Dialog>
  );
};

/** Requests a build of a site: as the site is set up, or of another branch or with a cleared cache. */
export const BuildNow = (props: Props) => {
  const [open, setOpen] = useState(false);
  const change = useAction();
  const build = useBuild(props.site.id, change, props.onDone);
  return (
    <>
      <RoleButton needs="system" look="primary" disabled={change.running} onClick={() => void build()}>
        <Play class="icon" />
        Build now
      </RoleButton>
      <RoleButton needs="system" onClick={() => setOpen(true)}>
        Build with options
      </RoleButton>
      {open ? <OptionsDialog {...props} onClose={() => setOpen(false)} /> : null}
    </>
  );
};
