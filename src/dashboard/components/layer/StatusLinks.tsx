import { useState } from "preact/hooks";
import { ask } from "../../api/request.ts";
import { statusLinksAt } from "../../api/resources.ts";
import type { Layer, Problem, StatusLink } from "../../api/types.ts";
import { useChange } from "../../api/useChange.ts";
import { useLive } from "../../api/useLive.ts";
import { Await } from "../Await.tsx";
import { RoleButton } from "../Button.tsx";
import { Code } from "../CopyButton.tsx";
import { ConfirmDialog, Dialog } from "../Dialog.tsx";
import { errorAt, Field, TextArea } from "../Field.tsx";
import { Plus } from "../icons.tsx";
import { Moment } from "../Moment.tsx";
import { OutsideLink } from "../OutsideLink.tsx";
import { Panel } from "../Page.tsx";
import { useToast } from "../shell/Toasts.tsx";

/** A status link is created and deleted, and never changed. */
const EVERY = 10 * 60_000;

const linesOf = (text: string): string[] =>
  text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");

/** The errors of all origins, each with the origin that it is about. */
const originError = (problem: Problem | undefined, origins: readonly string[]): string | undefined => {
  const found = origins.flatMap((origin, index) => {
    const message = errorAt(problem, `frameAncestors.${index}`);
    return message === undefined ? [] : [`${origin}: ${message}`];
  });
  return found.length === 0 ? errorAt(problem, "frameAncestors") : found.join("; ");
};

const embedCode = (url: string): string =>
  `<iframe src="${url}" sandbox="allow-scripts" title="Status" width="320" height="120"></iframe>`;

const AddLink = ({
  layer,
  onClose,
  refresh,
}: {
  readonly layer: Layer;
  readonly onClose: () => void;
  readonly refresh: () => Promise<void>;
}) => {
  const [name, setName] = useState("");
  const [origins, setOrigins] = useState("");
  const change = useChange();
  const say = useToast();
  const create = async (): Promise<void> => {
    const body = { name: name.trim(), frameAncestors: linesOf(origins) };
    if (!(await change.run(() => ask("POST", `/data-layers/${layer.id}/status-links`, { body })))) return;
    say("Status link created.");
    onClose();
    await refresh();
  };
  return (
    <Dialog onClose={onClose} title="Add a status link" change={change} action="Create status link" onSubmit={create}>
      <Field
        label="Name"
        value={name}
        onInput={setName}
        required
        placeholder="Blog"
        hint="The heading of the status page. Everyone with the link sees it."
        error={errorAt(change.problem, "name")}
      />
      <TextArea
        label="Pages that may embed it"
        value={origins}
        onInput={setOrigins}
        hint="One origin per line, such as https://app.contentful.com. Leave empty if no page embeds it."
        error={originError(change.problem, linesOf(origins))}
      />
    </Dialog>
  );
};

const Urls = ({ link: { name, url, badgeUrl } }: { readonly link: StatusLink }) => {
  if (url === undefined) return <p class="small muted">Only Owners and Developers see its URLs.</p>;
  if (url === null) {
    return (
      <p class="small muted">
        Its URL is encrypted with a secret that Layerhook no longer has. The link still works. To see a URL, create a
        new link.
      </p>
    );
  }
  const secret = url.split("/").at(-1);
  return (
    <details>
      <summary>URLs and embed code</summary>
      <div class="stack">
        <p>
          <OutsideLink url={url}>Open the status page</OutsideLink>
        </p>
        <Code text={url} what={`the page URL of ${name}`} secret={secret} />
        {badgeUrl ? <Code text={badgeUrl} what={`the badge URL of ${name}`} secret={secret} /> : null}
        <Code text={embedCode(url)} what={`the embed code of ${name}`} secret={secret} />
        <p class="small muted">
          Add <code>?entry=</code> and an entry's id to a URL to show that entry alone.
        </p>
      </div>
    </details>
  );
};

/** The links that show where publishes stand to people without an account. */
export const StatusLinks = ({ layer }: { readonly layer: Layer }) => {
  const live = useLive(statusLinksAt(layer.id), () => false, EVERY);
  const [adding, setAdding] = useState(false);
  const [doomed, setDoomed] = useState<StatusLink>();
  const say = useToast();
  const remove = async (): Promise<void> => {
    if (doomed === undefined) return;
    await ask("DELETE", `/data-layers/${layer.id}/status-links/${doomed.ref}`);
    say(`${doomed.name} deleted.`);
    await live.refresh();
  };
  return (
    <Panel
      title="Status links"
      actions={
        <RoleButton needs="writer" small onClick={() => setAdding(true)}>
          <Plus class="icon" />
          Add a status link
        </RoleButton>
      }
    >
      <p class="small muted">
        A status link shows editors without an account where publishes stand: as a page, as a badge, or inside your CMS.
        Anyone with the link can see it.
      </p>
      <Await live={live}>
        {({ items }) =>
          items.length === 0 ? (
            <p class="muted">No status links.</p>
          ) : (
            items.map((link) => (
              <div key={link.ref} class="source">
                <div class="row between">
                  <div>
                    <strong>{link.name}</strong>
                    <p class="small muted">
                      Created <Moment at={link.createdAt} /> by {link.createdBy.name}.{" "}
                      {link.frameAncestors.length === 0
                        ? "No page may embed it."
                        : `${link.frameAncestors.join(", ")} may embed it.`}
                    </p>
                  </div>
                  <RoleButton
                    needs="writer"
                    small
                    look="danger"
                    label={`Delete ${link.name}`}
                    onClick={() => setDoomed(link)}
                  >
                    Delete
                  </RoleButton>
                </div>
                <Urls link={link} />
              </div>
            ))
          )
        }
      </Await>
      {adding ? <AddLink layer={layer} onClose={() => setAdding(false)} refresh={live.refresh} /> : null}
      <ConfirmDialog
        open={doomed !== undefined}
        onClose={() => setDoomed(undefined)}
        title={`Delete ${doomed?.name ?? "the link"}?`}
        action="Delete status link"
        doing="Deleting…"
        onConfirm={remove}
      >
        <p>Its page, its badge and every place that embeds it stop showing the status within ten seconds.</p>
      </ConfirmDialog>
    </Panel>
  );
};
