import type { Problem } from "../../api/types.ts";
import { slugOf } from "../../text/slugOf.ts";
import { Button } from "../Button.tsx";
import { errorAt, Field, Select } from "../Field.tsx";
import { Pairs } from "../form/Pairs.tsx";
import { type SourceDraft, sourceInput } from "./sourceDraft.ts";
import { TryProbe } from "./TryProbe.tsx";

/** The most headers of a probe. */
const HEADERS = 5;

const HeaderFields = ({
  draft,
  onChange,
  problem,
  at,
}: {
  readonly draft: SourceDraft;
  readonly onChange: (draft: SourceDraft) => void;
  readonly problem: Problem | undefined;
  readonly at: string;
}) => {
  const { headers, storedHeaders } = draft;
  const error = errorAt(problem, at);
  if (headers === null) {
    return (
      <div class="field">
        <span class="field-label">Headers</span>
        <div class="row">
          <span>
            <code>{storedHeaders.join(", ")}</code> stay as they are.
          </span>
          <Button small onClick={() => onChange({ ...draft, headers: storedHeaders.map((name) => [name, ""]) })}>
            Enter headers again
          </Button>
        </div>
        {error === undefined ? null : (
          <p class="field-error" role="alert">
            {error}
          </p>
        )}
      </div>
    );
  }
  return (
    <Pairs
      legend="Headers"
      hint="For a key of your CMS, for example authorization. Stored encrypted and never shown again."
      what="header"
      type="password"
      pairs={headers}
      most={HEADERS}
      onChange={(next) => onChange({ ...draft, headers: next })}
      error={error}
      errorOf={(name) => errorAt(problem, `${at}.${name}`)}
    />
  );
};

export const SourceFields = ({
  draft,
  onChange,
  problem,
  at,
  known,
  others = [],
  layerId,
}: {
  readonly draft: SourceDraft;
  readonly onChange: (draft: SourceDraft) => void;
  readonly problem: Problem | undefined;
  /** The path of the source in the API's errors. */
  readonly at: string;
  /** The slugs of the layer's other sources. */
  readonly others?: readonly string[];
  /** The layer of the source; absent: it is yet to be created, so that a probe cannot be tried. */
  readonly layerId?: string;
  /** Whether the source exists. The slug of an existing source cannot change, because senders use it. */
  readonly known: boolean;
}) => {
  const set = (fields: Partial<SourceDraft>): void => onChange({ ...draft, ...fields });
  const error = (field: string): string | undefined => errorAt(problem, `${at}.${field}`);
  return (
    <>
      <Select
        label="Type"
        value={draft.type}
        onChange={(type) => set({ type: type === "probe" ? "probe" : "http" })}
        options={[
          ["http", "Job: Layerhook calls your URL"],
          ["probe", "Probe: Layerhook compares a URL's answer with the previous answer"],
        ]}
      />
      <div class="form-row">
        <Field label="Name" value={draft.name} onInput={(name) => set({ name })} required error={error("name")} />
        {known ? null : (
          <Field
            label="Slug"
            value={draft.slug}
            onInput={(slug) => set({ slug })}
            placeholder={draft.name.trim() === "" ? "blog" : slugOf(draft.name, others)}
            hint="The name that senders use for this source: a-z, 0-9, - and _."
            error={error("slug")}
          />
        )}
      </div>
      <Field
        label="URL"
        type="url"
        value={draft.url}
        onInput={(url) => set({ url })}
        required
        placeholder="https://"
        error={error("url")}
      />
      {draft.type === "http" ? (
        <div class="form-row">
          <Field
            label="Delay before calling (seconds)"
            type="number"
            min={0}
            max={60}
            value={draft.settleSeconds}
            onInput={(settleSeconds) => set({ settleSeconds })}
            required
            hint="Some CMSs send the webhook before their API serves the new content."
            error={error("settleSeconds")}
          />
          <Field
            label="Timeout (seconds)"
            type="number"
            min={1}
            max={900}
            value={draft.timeoutSeconds}
            onInput={(timeoutSeconds) => set({ timeoutSeconds })}
            required
            error={error("timeoutSeconds")}
          />
        </div>
      ) : (
        <>
          <HeaderFields draft={draft} onChange={onChange} problem={problem} at={`${at}.headers`} />
          <div class="form-row">
            <Field
              label="What to compare"
              value={draft.pick}
              onInput={(pick) => set({ pick })}
              placeholder="/items/0/updatedAt"
              hint="A JSON Pointer. Leave empty to compare the whole answer."
              error={error("pick")}
            />
            <Select
              label="Check on a schedule"
              value={draft.checkEvery}
              onChange={(checkEvery) => set({ checkEvery })}
              options={[
                ["", "Never"],
                ["15m", "Every 15 minutes (5 credits a month)"],
                ["1h", "Every hour (1 credit a month)"],
                ["6h", "Every 6 hours"],
                ["24h", "Once a day"],
              ]}
            />
          </div>
          {layerId === undefined ? null : (
            <TryProbe layerId={layerId} probe={sourceInput(draft, others)} onPick={(pick) => set({ pick })} />
          )}
        </>
      )}
    </>
  );
};
