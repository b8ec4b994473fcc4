import { useRef } from "preact/hooks";
import { bothLive } from "../../api/bothLive.ts";
import { activityAt, overviewAt, siteAt, webhooksAt } from "../../api/resources.ts";
import type { Layer } from "../../api/types.ts";
import { useFilters } from "../../api/useFilters.ts";
import { useLive } from "../../api/useLive.ts";
import { joinOverviews, useWhole } from "../../api/useWhole.ts";
import { Await } from "../../components/Await.tsx";
import { Button } from "../../components/Button.tsx";
import { Checklist } from "../../components/layer/Checklist.tsx";
import { LayerPage } from "../../components/layer/LayerPage.tsx";
import { type SetUpStep, setUpSteps, shownStep } from "../../components/layer/setUpSteps.ts";
import { Notice } from "../../components/Notice.tsx";
import { Panel } from "../../components/Page.tsx";
import { SiteDeploys } from "../../components/site/SiteDeploys.tsx";
import { TestHook } from "../../components/site/TestHook.tsx";
import { TestWebhook } from "../../components/webhook/TestWebhook.tsx";

const WEEK = 168;
const EVERY = 5_000;

const SiteStep = ({
  siteId,
  kind,
  refresh,
}: {
  readonly siteId: string;
  readonly kind: "hook" | "deploys";
  readonly refresh: () => Promise<void>;
}) => {
  const live = useLive(siteAt(siteId), () => false, EVERY);
  const again = async (): Promise<void> => {
    await Promise.all([live.refresh(), refresh()]);
  };
  return (
    <Await live={live}>
      {(site) =>
        kind === "hook" ? <TestHook site={site} refresh={again} /> : <SiteDeploys site={site} refresh={again} />
      }
    </Await>
  );
};

const TestStep = ({ layer }: { readonly layer: Layer }) => {
  const live = useLive(webhooksAt(layer.id));
  return (
    <Panel title="Send a test publish">
      <Await live={live}>
        {({ items, defaultWebhook }) => {
          const webhook = items[0]?.ref ?? (defaultWebhook.enabled ? "default" : null);
          return webhook === null ? (
            <p>
              This layer has no webhook. <a href={`/layers/${layer.id}/webhooks`}>Add a webhook first.</a>
            </p>
          ) : (
            <TestWebhook layer={layer} webhook={webhook} />
          );
        }}
      </Await>
    </Panel>
  );
};

const StepContent = ({
  layer,
  step: { kind, siteId },
  refresh,
}: {
  readonly layer: Layer;
  readonly step: SetUpStep;
  readonly refresh: () => Promise<void>;
}) => {
  if ((kind === "hook" || kind === "deploys") && siteId !== null) {
    return <SiteStep key={`${kind} ${siteId}`} kind={kind} siteId={siteId} refresh={refresh} />;
  }
  if (kind === "live") return <TestStep layer={layer} />;
  if (kind === "sites") {
    return (
      <Panel title="Connect a site">
        <p>
          <a href={`/layers/${layer.id}/settings`}>Connect a site in the settings</a>, or add a source there.
        </p>
      </Panel>
    );
  }
  return (
    <Panel title="Connect your CMS">
      <p>Create a webhook for each sender, and enter its URL in the CMS. Then publish something there.</p>
      <div class="row">
        <a class="button" href={`/layers/${layer.id}/webhooks`}>
          Webhooks
        </a>
        <a class="button primary" href={`/layers/${layer.id}/connect`}>
          The steps for your CMS
        </a>
      </div>
    </Panel>
  );
};

/** What follows a new layer, in order. The URL keeps the step, and the system knows what is done: one may leave and return. */
export const SetUpPage = ({ layer }: { readonly layer: Layer }) => {
  const { values, change } = useFilters({ step: "" });
  const activity = useLive(activityAt(layer.id, WEEK), () => false, EVERY);
  const overview = useWhole(overviewAt, joinOverviews, () => false, EVERY);
  const both = bothLive(activity, overview);
  const { refresh } = both;
  const shownId = useRef<string>();
  return (
    <LayerPage layer={layer} at="set-up">
      <Await live={both}>
        {([found, { sites }]) => {
          const steps = setUpSteps(found, sites);
          const done = steps.filter(({ isDone }) => isDone).length;
          const chosen = shownStep(steps, values.step, shownId.current);
          shownId.current = chosen?.id;
          const next = chosen?.isDone === true ? steps.find(({ isDone }) => !isDone) : undefined;
          return (
            <>
              <Panel title={`Set up: ${done} of ${steps.length} done`} padded={false}>
                <Checklist
                  steps={steps.map(({ id, name, isDone, text }) => ({
                    name,
                    state: isDone ? "done" : "open",
                    text,
                    next:
                      id === chosen?.id ? (
                        <span class="small muted">Below</span>
                      ) : (
                        <Button
                          small
                          look={isDone ? "quiet" : id === next?.id ? "primary" : undefined}
                          onClick={() => change({ step: id })}
                          label={`Open the step: ${name}`}
                        >
                          Open
                        </Button>
                      ),
                  }))}
                />
              </Panel>
              {done === steps.length ? (
                <Notice tone="good">
                  Everything is set up. <a href={`/layers/${layer.id}`}>Watch the layer</a>
                </Notice>
              ) : null}
              {chosen === undefined ? null : <StepContent layer={layer} step={chosen} refresh={refresh} />}
            </>
          );
        }}
      </Await>
    </LayerPage>
  );
};
