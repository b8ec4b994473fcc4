import { useState } from "preact/hooks";
import { ask } from "../../api/request.ts";
import type { HookTested, Site } from "../../api/types.ts";
import { RoleButton } from "../Button.tsx";
import { ConfirmDialog } from "../Dialog.tsx";
import { Notice } from "../Notice.tsx";
import { Panel } from "../Page.tsx";

/** Calls the build hook once, after a dialog has said what that costs, and shows what the hook answered. */
export const TestHook = ({ site, refresh }: { readonly site: Site; readonly refresh: () => Promise<void> }) => {
  const [open, setOpen] = useState(false);
  const [tested, setTested] = useState<HookTested>();
  const test = async (): Promise<void> => {
    setTested(await ask<HookTested>("POST", `/sites/${site.id}/test-hook`));
    await refresh();
  };
  return (
    <Panel title="Test the build hook">
      <div class="row between">
        <p class="small muted">Calls {site.buildHook} once and shows the answer.</p>
        <RoleButton needs="system" onClick={() => setOpen(true)}>
          Test the build hook
        </RoleButton>
      </div>
      {tested === undefined ? null : (
        <Notice tone={tested.accepted ? "live" : "warn"}>
          {tested.meaning}
          {tested.accepted && tested.answer !== "" ? ` Answer ${tested.status}: “${tested.answer}”.` : ""}{" "}
          <a href={`/sites/${site.id}/builds/${tested.buildId}`}>The build</a>
        </Notice>
      )}
      <ConfirmDialog
        open={open}
        onClose={() => setOpen(false)}
        title="Test the build hook?"
        action="Start a build"
        doing="Starting…"
        refuse="Cancel"
        onConfirm={test}
      >
        <p>This starts a build. A build at Netlify costs 15 credits.</p>
      </ConfirmDialog>
    </Panel>
  );
};
