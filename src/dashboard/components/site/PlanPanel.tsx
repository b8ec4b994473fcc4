import { useState } from "preact/hooks";
import { ask } from "../../api/request.ts";
import { planAt } from "../../api/resources.ts";
import type { Plan } from "../../api/types.ts";
import { useChange } from "../../api/useChange.ts";
import { useLive } from "../../api/useLive.ts";
import { Await } from "../Await.tsx";
import { errorAt, Field, Select } from "../Field.tsx";
import { SettingsForm } from "../form/SettingsForm.tsx";
import { Notice } from "../Notice.tsx";
import { Panel } from "../Page.tsx";
import { useToast } from "../shell/Toasts.tsx";

const options = [
  ["free", "Free, 300 credits a month"],
  ["personal", "Personal, 1,000 credits a month"],
  ["pro", "Pro, 3,000 credits a month"],
  ["other", "Another number of credits"],
] as const;

const PlanForm = ({ plan, refresh }: { readonly plan: Plan; readonly refresh: () => Promise<void> }) => {
  const [name, setName] = useState<string>(plan.plan ?? "other");
  const [credits, setCredits] = useState(String(plan.credits));
  const change = useChange();
  const say = useToast();
  const save = async (): Promise<void> => {
    const body = { plan: name === "other" ? Number(credits) : name };
    if (!(await change.run(() => ask<Plan>("PUT", "/plan", { body })))) return;
    say("Plan saved. The builds are shared again within five minutes.");
    await refresh();
  };
  return (
    <SettingsForm change={change} onSubmit={save} needs="owner" action="Save plan">
      {plan.source === "default" ? (
        <Notice tone="warn">
          Choose the plan that your team has at Netlify. Until then, Layerhook counts with a Free plan, and builds wait
          for its share of the month.
        </Notice>
      ) : null}
      <Select label="Plan at Netlify" value={name} onChange={setName} options={options} />
      {name === "other" ? (
        <Field
          label="Credits a month"
          type="number"
          min={1}
          value={credits}
          onInput={setCredits}
          required
          error={errorAt(change.problem, "plan")}
        />
      ) : null}
    </SettingsForm>
  );
};

/** Asks once which plan the team has at Netlify, because its credits pay the builds. */
export const PlanPanel = () => {
  const live = useLive(planAt);
  return (
    <Panel title="Plan">
      <Await live={live}>
        {(plan) =>
          plan.source === "variable" ? (
            <p>
              <code>LAYERHOOK_PLAN</code> says that the plan has {plan.credits.toLocaleString()} credits a month.
            </p>
          ) : (
            <PlanForm key={`${plan.source} ${plan.credits}`} plan={plan} refresh={live.refresh} />
          )
        }
      </Await>
    </Panel>
  );
};
