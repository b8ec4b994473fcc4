import { useRef, useState } from "preact/hooks";
import { ask } from "../../api/request.ts";
import type { ConditionTested, Layer } from "../../api/types.ts";
import { useChange } from "../../api/useChange.ts";
import { warningWords } from "../../text/refusalTexts.ts";
import { plural } from "../../text/words.ts";
import { Button } from "../Button.tsx";
import { Dialog } from "../Dialog.tsx";
import { errorUnder, Field, Select, TextArea } from "../Field.tsx";
import { announceEdit } from "../form/announceEdit.ts";
import { Plus } from "../icons.tsx";
import { Moment } from "../Moment.tsx";
import { Notice } from "../Notice.tsx";
import { useToast } from "../shell/Toasts.tsx";
import { type ConditionRow, conditionOf, hasValues, NEW_ROW, PLACES, rowOf, TESTS } from "./conditionRows.ts";
import type { WebhookDialogProps } from "./WebhookDialogProps.ts";

const MOST = 5;

const placeholders = { header: "x-contentful-topic", query: "event", bodyPath: "sys.contentType.sys.id" } as const;

const RowFields = ({
  row,
  index,
  error,
  onChange,
  onRemove,
}: {
  readonly row: ConditionRow;
  readonly index: number;
  readonly error: string | undefined;
  readonly onChange: (row: ConditionRow) => void;
  readonly onRemove: () => void;
}) => (
  <fieldset class="stack condition">
    <legend class="field-label">Condition {index + 1}</legend>
    <Select
      label="Place"
      value={row.place}
      onChange={(value) => onChange({ ...row, place: PLACES.find(([place]) => place === value)?.[0] ?? "header" })}
      options={PLACES}
    />
    <Field
      label="Name"
      value={row.name}
      onInput={(name) => onChange({ ...row, name })}
      required
      placeholder={placeholders[row.place]}
      error={error}
    />
    <Select
      label="Test"
      value={row.test}
      onChange={(value) => onChange({ ...row, test: TESTS.find(([test]) => test === value)?.[0] ?? "in" })}
      options={TESTS}
    />
    {hasValues(row.test) ? (
      <TextArea
        label="Values"
        value={row.values}
        onInput={(values) => onChange({ ...row, values })}
        hint="One value per line. One of them is enough."
      />
    ) : null}
    <Button small look="danger" onClick={onRemove} label={`Remove condition ${index + 1}`}>
      Remove
    </Button>
  </fieldset>
);

const verdictText = (matches: boolean | null, cause: string): string => {
  if (matches === null) return "cannot be judged.";
  return matches ? "counts" : `does not count. ${cause}`;
};

const Tried = ({ layer, tested }: { readonly layer: Layer; readonly tested: ConditionTested }) => {
  const { deliveries, notKept, keepRequests } = tested;
  const counting = deliveries.filter(({ matches }) => matches === true).length;
  const mayCount = deliveries.some(({ matches }) => matches !== false);
  return (
    <Notice tone={deliveries.length > 0 && !mayCount ? "warn" : "info"}>
      <p role="status">
        {deliveries.length === 0
          ? "There is no delivery to try the conditions on."
          : `${counting} of the last ${plural(deliveries.length, "delivery", "deliveries")} would count.`}
        {notKept === 0 ? "" : ` ${plural(notKept, "other delivery has", "other deliveries have")} no kept request.`}
        {keepRequests ? "" : " This webhook keeps no requests."}
      </p>
      <ul class="tried">
        {deliveries.map(({ id, receivedAt, matches, unmet, warnings }) => (
          <li key={id}>
            <a href={`/layers/${layer.id}/deliveries/${id}`}>
              <Moment at={receivedAt} />
            </a>
            : {verdictText(matches, unmet?.cause ?? "")} {warnings.map(warningWords).join(" ")}
          </li>
        ))}
      </ul>
    </Notice>
  );
};

/** The dialog for the conditions that a delivery must meet to count, with a try on the last deliveries. */
export const WebhookConditions = ({ layer, webhook, onClose, refresh }: WebhookDialogProps) => {
  const [rows, setRows] = useState<readonly ConditionRow[]>(() => webhook.only.map(rowOf));
  const [tested, setTested] = useState<ConditionTested>();
  const place = useRef<HTMLDivElement>(null);
  const change = useChange();
  const say = useToast();
  const edit = (next: readonly ConditionRow[]): void => {
    setRows(next);
    setTested(undefined);
  };
  const path = `/data-layers/${layer.id}/webhooks/${webhook.ref}`;
  const tryThem = async (): Promise<void> => {
    const body = { only: rows.map(conditionOf) };
    await change.run(async () => setTested(await ask<ConditionTested>("POST", `${path}/test-conditions`, { body })));
  };
  const save = async (): Promise<void> => {
    if (!(await change.run(() => ask("PATCH", path, { body: { only: rows.map(conditionOf) } })))) return;
    say(rows.length === 0 ? "Every delivery counts." : "Conditions saved.");
    onClose();
    await refresh();
  };
  return (
    <Dialog onClose={onClose} title={`Conditions of ${webhook.name}`} change={change} action="Save" onSubmit={save}>
      <p class="small muted">
        A delivery counts if it meets every condition. Other deliveries are answered with 200 and ignored.
      </p>
      {rows.map((row, index) => (
        <RowFields
          key={index}
          row={row}
          index={index}
          error={errorUnder(change.problem, `only.${index}`)}
          onChange={(changed) => edit(rows.map((one, at) => (at === index ? changed : one)))}
          onRemove={() => {
            edit(rows.filter((_, at) => at !== index));
            announceEdit(place.current);
          }}
        />
      ))}
      <div class="row" ref={place}>
        <Button small disabled={rows.length >= MOST} onClick={() => edit([...rows, NEW_ROW])}>
          <Plus class="icon" />
          Add a condition
        </Button>
        <Button small disabled={change.running} onClick={() => void tryThem()}>
          Try on the last deliveries
        </Button>
      </div>
      {tested === undefined ? null : <Tried layer={layer} tested={tested} />}
    </Dialog>
  );
};
