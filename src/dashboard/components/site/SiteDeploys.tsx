import { useState } from "preact/hooks";
import { ask } from "../../api/request.ts";
import type { DeployReceiver, Site } from "../../api/types.ts";
import { useChange } from "../../api/useChange.ts";
import { deployText } from "../../text/deployText.ts";
import { lengthText } from "../../text/times.ts";
import { RoleButton } from "../Button.tsx";
import { Code } from "../CopyButton.tsx";
import { ConfirmDialog } from "../Dialog.tsx";
import { Checklist, type Step } from "../layer/Checklist.tsx";
import { Moment } from "../Moment.tsx";
import { Notice, ProblemNotice } from "../Notice.tsx";
import { OutsideLink } from "../OutsideLink.tsx";
import { Panel } from "../Page.tsx";
import { RowTable } from "../table/RowTable.tsx";

const followingWords = {
  notifications: "Deploy notifications are connected. A build ends when its deploy has ended.",
  token: "Layerhook reads the deploys with Netlify's API. A build ends when its deploy has ended.",
  none: "Deploy tracking is off: builds are marked done as soon as the build hook responds.",
} as const;

/** How the end of a build is known. A connected site without a notification so far is no site without a connection. */
const followingText = ({ following, deployNotifications: { enabled } }: Site): string =>
  following === "none" && enabled
    ? "Netlify has sent no deploy notification yet. Until the first one, builds are marked done as soon as the build hook responds."
    : followingWords[following];

/** An event of Netlify's forms, ticked once it was heard. */
const heardStep = ({ event, heardAt }: Site["deployNotifications"]["events"][number]): Step => ({
  name: event,
  state: heardAt === null ? "open" : "done",
  text: heardAt === null ? "Not received yet." : <Moment at={heardAt} />,
});

/** Whether the site's deploy notifications are connected, and how to connect them. */
export const SiteDeploys = ({ site, refresh }: { readonly site: Site; readonly refresh: () => Promise<void> }) => {
  const change = useChange();
  const [receiver, setReceiver] = useState<DeployReceiver>();
  const [closing, setClosing] = useState(false);
  const { enabled, heardAt, events } = site.deployNotifications;
  const open = async (query = ""): Promise<void> => {
    const done = await change.run(async () =>
      setReceiver(await ask<DeployReceiver>("POST", `/sites/${site.id}/deploy-notifications${query}`)),
    );
    if (done) await refresh();
  };
  return (
    <Panel
      title="Deploy status"
      actions={
        <>
          <RoleButton needs="system" small disabled={change.running} onClick={() => void open()}>
            {enabled ? "Rotate URL" : "Connect deploy notifications"}
          </RoleButton>
          {site.netlifySiteId === null ? null : (
            <RoleButton needs="system" small disabled={change.running} onClick={() => void open("?register=true")}>
              Create them at Netlify
            </RoleButton>
          )}
          {enabled ? (
            <RoleButton needs="system" small look="danger" onClick={() => setClosing(true)}>
              Disconnect
            </RoleButton>
          ) : null}
        </>
      }
    >
      <p>
        {followingText(site)}{" "}
        {enabled && heardAt !== null ? (
          <>
            Last notification: <Moment at={heardAt} />.
          </>
        ) : null}
      </p>
      {enabled ? <Checklist steps={events.map(heardStep)} /> : null}
      <ProblemNotice problem={change.problem} />
      {receiver?.registered == null ? null : (
        <Notice tone={receiver.registered.every(({ error }) => error === null) ? "good" : "warn"}>
          {receiver.registered.every(({ error }) => error === null)
            ? "All deploy notifications are set up at Netlify."
            : receiver.registered
                .filter(({ error }) => error !== null)
                .map(({ event, error }) => `${event}: ${error}.`)
                .join(" ")}
        </Notice>
      )}
      {receiver === undefined || receiver.registered?.every(({ error }) => error === null) === true ? null : (
        <Notice tone="good">
          <div class="stack">
            <p>
              <strong>Copy both now, because they are shown only once.</strong> At Netlify: Project configuration,
              Notifications, Deploy notifications, Add notification, HTTP POST request. Enter both, once for each event:{" "}
              {receiver.events.join(", ")}.
            </p>
            <div>
              <p class="field-label">URL to notify</p>
              <Code text={receiver.url} what="the URL to notify" />
            </div>
            <div>
              <p class="field-label">JWS secret token</p>
              <Code text={receiver.signingSecret} what="the JWS secret token" />
            </div>
            <details>
              <summary>Or add one file to the site instead</summary>
              <div class="stack">
                <p>
                  Put this into <span class="mono">{receiver.function.path}</span> of the site, set the two environment
                  variables for Functions, and deploy the site once.
                </p>
                <Code text={receiver.function.source} what="the function" />
                {Object.entries(receiver.function.environment).map(([name, value]) => (
                  <Code key={name} text={`${name}=${value}`} what={name} />
                ))}
              </div>
            </details>
          </div>
        </Notice>
      )}
      {site.deploys.length === 0 ? null : (
        <RowTable
          caption="The last production deploys"
          rows={site.deploys}
          keyOf={({ id, startedAt }) => id ?? String(startedAt)}
          columns={[
            [
              "Deploy",
              ({ id, url }) =>
                url === null ? (
                  <span class="mono">{id ?? "unknown"}</span>
                ) : (
                  <OutsideLink url={url} mono>
                    {id?.slice(0, 8) ?? "open"}
                  </OutsideLink>
                ),
            ],
            [
              "Result",
              (deploy) => (
                <>
                  {deployText(deploy)}{" "}
                  {deploy.id !== null && deploy.id === site.liveDeployId ? <strong>(live)</strong> : null}
                </>
              ),
            ],
            ["Started", ({ startedAt }) => <Moment at={startedAt} />],
            [
              "Took",
              ({ durationSeconds }) => (durationSeconds === null ? "–" : lengthText(durationSeconds * 1000)),
              "nowrap",
            ],
            ["By", ({ foreign }) => (foreign ? "Git or Netlify" : "Layerhook")],
          ]}
        />
      )}
      <ConfirmDialog
        open={closing}
        onClose={() => setClosing(false)}
        title="Disconnect deploy notifications?"
        action="Disconnect"
        doing="Disconnecting…"
        onConfirm={async () => {
          await ask("DELETE", `/sites/${site.id}/deploy-notifications`);
          setReceiver(undefined);
          await refresh();
        }}
      >
        <p>The URL stops working. Builds are then marked done as soon as the build hook responds.</p>
      </ConfirmDialog>
    </Panel>
  );
};
