import { besideLive } from "../api/bothLive.ts";
import { healthAt, overviewAt } from "../api/resources.ts";
import { useMember } from "../api/session.tsx";
import { useLive } from "../api/useLive.ts";
import { joinOverviews, useWhole } from "../api/useWhole.ts";
import { Await } from "../components/Await.tsx";
import { Button } from "../components/Button.tsx";
import { Checklist, stepsOf } from "../components/layer/Checklist.tsx";
import { Facts, Page, Panel } from "../components/Page.tsx";
import { PlanPanel } from "../components/site/PlanPanel.tsx";
import { lengthText } from "../text/times.ts";

export const SetupPage = () => {
  const { session } = useMember();
  const overview = useWhole(overviewAt, joinOverviews);
  const health = useLive(healthAt, () => false, 60_000);
  const both = besideLive(health, overview);
  return (
    <Page
      title="Setup"
      note="Setup steps and health of this system."
      actions={<Button onClick={() => void both.refresh()}>Check again</Button>}
    >
      <Await live={both}>
        {(found) => (
          <>
            <Await live={overview}>
              {(all) => (
                <Panel title="First steps" padded={false}>
                  <Checklist steps={stepsOf(found, all)} />
                </Panel>
              )}
            </Await>
            {session.dataLayers === null ? <PlanPanel /> : null}
            <Panel title="Health">
              <Facts
                items={[
                  ["Overall", found.status === "ok" ? "OK" : "Failing"],
                  ["Release", found.version],
                  ["Store", found.checks.store.status === "ok" ? "Answers" : "Fails"],
                  ["Configuration", found.checks.configuration.status === "ok" ? "OK" : "Failing"],
                  [
                    "Last tick",
                    found.checks.drain.ageSeconds === null
                      ? "None yet"
                      : `${lengthText(found.checks.drain.ageSeconds * 1000)} ago`,
                  ],
                  [
                    "Worker",
                    found.checks.selfCall.status === "ok"
                      ? "OK"
                      : found.checks.selfCall.status === "failing"
                        ? "Not reachable"
                        : "Not checked yet",
                  ],
                  [
                    "Public access",
                    {
                      ok: "Public",
                      private: "Private",
                      redirects: "Redirects",
                      unknown: "Not checked yet",
                    }[found.checks.publicAccess.status],
                  ],
                ]}
              />
              <p class="muted small">
                Monitors can call <code>/api/v1/health</code>: 200 means healthy, 503 means unhealthy. From outside,{" "}
                <code>npm run doctor -- {window.location.origin}</code> looks as a CMS would.
              </p>
            </Panel>
          </>
        )}
      </Await>
    </Page>
  );
};
