import { creditsAt } from "../../api/resources.ts";
import { useLive } from "../../api/useLive.ts";
import { Await } from "../Await.tsx";
import { Panel } from "../Page.tsx";
import { BudgetBar } from "../usage/BudgetBar.tsx";
import { usageDue } from "../usage/usageDue.ts";

const EVERY = 5 * 60_000;

/** This month's credits with the forecast. */
export const UsagePanel = () => {
  const live = useLive(creditsAt, usageDue, EVERY);
  return (
    <Panel title="Credits of this month" actions={<a href="/usage">All of the usage</a>}>
      <Await live={live}>{(usage) => <BudgetBar usage={usage} />}</Await>
    </Panel>
  );
};
