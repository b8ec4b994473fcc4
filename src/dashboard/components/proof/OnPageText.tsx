import type { DeliveryDetail } from "../../api/types.ts";
import { CircleAlert, CircleCheck, CircleDashed } from "../icons.tsx";
import { Moment } from "../Moment.tsx";

type OnPage = NonNullable<DeliveryDetail["sites"][number]["onPage"]>;

const looks = {
  seen: { text: "On the page", tone: "good", Icon: CircleCheck },
  missing: { text: "Not on the page", tone: "warn", Icon: CircleAlert },
  unknown: { text: "Not known", tone: "", Icon: CircleDashed },
} as const;

/** Whether a page shows a publish, when it was looked at, and what was found instead. */
export const OnPageText = ({ onPage: { state, reason, lookedAt, until } }: { readonly onPage: OnPage }) => {
  const { text, tone, Icon } = looks[state];
  return (
    <div>
      <span class="row">
        <span class={`badge ${tone}`}>
          <Icon class="icon" />
          {text}
        </span>
        <span class="small muted">
          Looked at <Moment at={lookedAt} />
          {until === null ? null : (
            <>
              , next look <Moment at={until} />
            </>
          )}
        </span>
      </span>
      {reason === null ? null : <p class="small">{reason}</p>}
    </div>
  );
};
