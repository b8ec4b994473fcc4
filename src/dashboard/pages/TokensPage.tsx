import { useState } from "preact/hooks";
import { defined } from "../../core/defined.ts";
import { ask } from "../api/request.ts";
import { overviewAt, tokensAt } from "../api/resources.ts";
import { useMember, whyNot } from "../api/session.tsx";
import type { NewToken, OverviewLayer, Token } from "../api/types.ts";
import { useChange } from "../api/useChange.ts";
import { useLive } from "../api/useLive.ts";
import { joinOverviews, useWhole } from "../api/useWhole.ts";
import { Await } from "../components/Await.tsx";
import { Button, RoleButton } from "../components/Button.tsx";
import { Code } from "../components/CopyButton.tsx";
import { ConfirmDialog, Dialog } from "../components/Dialog.tsx";
import { errorAt, errorUnder, Field, Select } from "../components/Field.tsx";
import { later } from "../components/form/later.tsx";
import { KeyRound, Plus } from "../components/icons.tsx";
import { Moment } from "../components/Moment.tsx";
import { Notice } from "../components/Notice.tsx";
import { Empty, Page } from "../components/Page.tsx";
import { useToast } from "../components/shell/Toasts.tsx";
import { RowTable } from "../components/table/RowTable.tsx";

const ManyOf = later(async () => (await import("../components/form/ManyOf.tsx")).ManyOf, <div class="field-room" />);

const MakeToken = ({
  onClose,
  onMade,
  layers,
}: {
  readonly onClose: () => void;
  readonly onMade: (token: NewToken) => void;
  /** Undefined: not loaded yet. Without a choice, a token is for all layers. */
  readonly layers: readonly OverviewLayer[] | undefined;
}) => {
  const change = useChange();
  const [name, setName] = useState("");
  const [role, setRole] = useState("Developer");
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const [expires, setExpires] = useState("");
  const make = async (): Promise<void> => {
    await change.run(async () => {
      const body = {
        name,
        role,
        ...defined({ dataLayers: chosen.length === 0 ? undefined : chosen }),
        // The token is valid until the end of that day in the reader's time zone.
        ...(expires === "" ? {} : { expiresAt: new Date(`${expires}T23:59:59`).toISOString() }),
      };
      onMade(await ask<NewToken>("POST", "/tokens", { body }));
    });
  };
  return (
    <Dialog
      onClose={onClose}
      title="Create token"
      change={change}
      action="Create token"
      ready={layers !== undefined && name.trim() !== ""}
      onSubmit={make}
    >
      <Field
        label="Name"
        value={name}
        onInput={setName}
        required
        placeholder="Blog team"
        hint="The audit log shows this name."
        error={errorAt(change.problem, "name")}
      />
      <Select
        label="Role"
        value={role}
        onChange={setRole}
        options={[
          ["Developer", "Developer: everything except deleting layers and creating tokens"],
          ["Owner", "Owner: everything"],
          ["Reviewer", "Reviewer: read only"],
        ]}
      />
      <Field
        label="Expires after"
        type="date"
        value={expires}
        onInput={setExpires}
        hint="Leave empty for a token that never expires."
        error={errorAt(change.problem, "expiresAt")}
      />
      {layers === undefined ? <p role="status">Loading the layers…</p> : null}
      {layers === undefined || layers.length === 0 ? null : (
        <ManyOf
          label="Layers"
          none="All layers"
          options={layers.map(({ id, name: text }) => [id, text] as const)}
          chosen={chosen}
          onChange={setChosen}
          error={errorUnder(change.problem, "dataLayers")}
        />
      )}
    </Dialog>
  );
};

const Tokens = () => {
  const live = useLive(tokensAt);
  const overview = useWhole(overviewAt, joinOverviews, () => false, 10 * 60_000);
  const [making, setMaking] = useState(false);
  const [made, setMade] = useState<NewToken>();
  const [deleting, setDeleting] = useState<Token>();
  const say = useToast();
  const layers = overview.data?.dataLayers ?? [];
  const nameOf = (id: string): string => layers.find((layer) => layer.id === id)?.name ?? id;
  return (
    <>
      <div class="row tokens-head">
        <Button look="primary" onClick={() => setMaking(true)}>
          <Plus class="icon" />
          Create token
        </Button>
      </div>
      {made === undefined ? null : (
        <Notice tone="good">
          <div class="stack">
            <p>
              <strong>{made.name}</strong> created. Copy the token now, because it is shown only once.
            </p>
            <Code text={made.token} what={`the token ${made.name}`} />
            <Button small onClick={() => setMade(undefined)}>
              Done
            </Button>
          </div>
        </Notice>
      )}
      <div class="panel">
        <Await live={live}>
          {({ items }) =>
            items.length === 0 ? (
              <Empty
                icon={<KeyRound class="icon" />}
                title="No tokens yet"
                text="Create one token for each person or program. The audit log then tells them apart, and you can delete each token alone. Tokens set in the environment are not listed."
              />
            ) : (
              <RowTable
                caption="Tokens"
                rows={items}
                keyOf={({ id }) => id}
                columns={[
                  [
                    "Token",
                    ({ name, createdAt, createdBy }) => (
                      <>
                        {name}
                        <p class="small muted">
                          created <Moment at={createdAt} /> by {createdBy.name}
                        </p>
                      </>
                    ),
                  ],
                  ["Role", ({ role }) => role],
                  [
                    "Layers",
                    ({ dataLayers }) => (dataLayers === null ? "All layers" : dataLayers.map(nameOf).join(", ")),
                  ],
                  ["Last used", ({ lastUsedAt }) => <Moment at={lastUsedAt} />],
                  [
                    "Expires",
                    ({ expiresAt, expired }) =>
                      expiresAt === null ? (
                        "never"
                      ) : (
                        <>
                          <Moment at={expiresAt} />
                          {expired ? " (expired)" : ""}
                        </>
                      ),
                  ],
                  [
                    "What to do",
                    (token) => (
                      <Button small look="danger" onClick={() => setDeleting(token)} label={`Delete ${token.name}`}>
                        Delete
                      </Button>
                    ),
                    "end",
                  ],
                ]}
              />
            )
          }
        </Await>
      </div>
      {making ? (
        <MakeToken
          onClose={() => setMaking(false)}
          layers={overview.data?.dataLayers}
          onMade={(token) => {
            setMaking(false);
            setMade(token);
            void live.refresh();
          }}
        />
      ) : null}
      <ConfirmDialog
        open={deleting !== undefined}
        onClose={() => setDeleting(undefined)}
        title={`Delete ${deleting?.name ?? ""}?`}
        action="Delete token"
        doing="Deleting…"
        onConfirm={async () => {
          await ask("DELETE", `/tokens/${deleting?.id ?? ""}`);
          say("Token deleted.");
          await live.refresh();
        }}
      >
        <p>The token stops working at once, and its sessions end.</p>
      </ConfirmDialog>
    </>
  );
};

export const TokensPage = () => {
  const reason = whyNot(useMember(), "owner");
  return (
    <Page
      title="Tokens"
      note="People and programs with access, besides your Netlify team and the tokens set in the environment."
    >
      {reason === null ? (
        <Tokens />
      ) : (
        <>
          <Notice>{reason} Ask an Owner to create or delete a token.</Notice>
          <RoleButton needs="owner" look="primary">
            Create token
          </RoleButton>
        </>
      )}
    </Page>
  );
};
