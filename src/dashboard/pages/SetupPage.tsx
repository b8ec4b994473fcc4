import { healthAt, overviewAt } from "../api/resources.ts";
import { useLive } from "../api/useLive.ts";
import { Await } from "../components/Await.tsx";
import { Button } from "../components/Button.tsx";
import { Checklist, stepsOf } from "../components/layer/Checklist.tsx";
import { Facts, Page, Panel } from "../components/Page.tsx";
import { lengthText } from "../text/times.ts";

export const SetupPage = () => {
  const overview = useLive(overviewAt);
  const health = useLive(healthAt, () => false, 60_000);
  return (
    <Page
      title="Setup"
      note="What this system needs, and how well it is. The list ticks itself."
      actions={<Button onClick={() => void Promise.all([health.refresh(), overview.refresh()])}>Look again</Button>}
    >
      <Await live={health}>
        {(found) => (
          <>
            <Panel title="First steps" padded={false}>
              <Await live={overview}>{(all) => <Checklist steps={stepsOf(found, all)} />}</Await>
            </Panel>
            <Panel title="Health">
              <Facts
                items={[
                  ["As a whole", found.status === "ok" ? "Well" : "Something is wrong"],
                  ["Release", found.version],
                  ["Store", found.checks.store.status === "ok" ? "Answers" : "Fails"],
                  ["Configuration", found.checks.configuration.status === "ok" ? "Can be read" : "Cannot be read"],
                  [
                    "Last tick",
                    found.checks.drain.ageSeconds === null
                      ? "None yet"
                      : `${lengthText(found.checks.drain.ageSeconds * 1000)} ago`,
                  ],
                  [
                    "Its own worker",
                    found.checks.selfCall.status === "ok"
                      ? "Can be called"
                      : found.checks.selfCall.status === "failing"
                        ? "Cannot be called"
                        : "Not looked at yet",
                  ],
                  [
                    "Seen by senders",
                    {
                      ok: "Public",
                      private: "Private",
                      redirects: "Redirects",
                      unknown: "Not looked at yet",
                    }[found.checks.publicAccess.status],
                  ],
                ]}
              />
              <p class="muted small">
                A monitor may ask <code>/api/v1/health</code>: 200 is well, 503 is not. From outside,{" "}
                <code>npm run doctor -- {window.location.origin}</code> looks as a CMS would.
              </p>
            </Panel>
          </>
        )}
      </Await>
    </Page>
  );
};
