import type { httpSettings, probeSettings } from "../../../core/layer/source.ts";
import type { Layer, Problem } from "../../api/types.ts";
import { errorAt, Field, Select } from "../Field.tsx";

export interface SourceDraft {
  readonly type: "http" | "probe";
  readonly slug: string;
  readonly name: string;
  readonly url: string;
  readonly pick: string;
  readonly checkEvery: string;
  readonly timeoutSeconds: string;
  readonly settleSeconds: string;
}

export const emptySource: SourceDraft = {
  type: "http",
  slug: "",
  name: "",
  url: "",
  pick: "",
  checkEvery: "",
  timeoutSeconds: "900",
  settleSeconds: "3",
};

/** Makes a slug from a name. */
export const slugOf = (name: string): string =>
  name
    .toLowerCase()
    .normalize("NFD")
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-+|-+$/g, "")
    .slice(0, 64);

/** Makes the form's draft from a source. */
export const draftOf = (source: Layer["dataSources"][number]): SourceDraft => ({
  ...emptySource,
  type: source.type,
  slug: source.slug,
  name: source.name,
  url: source.url,
  ...(source.type === "probe"
    ? { pick: source.pick ?? "", checkEvery: source.checkEvery ?? "" }
    : { timeoutSeconds: String(source.timeoutSeconds), settleSeconds: String(source.settleSeconds) }),
});

/** Makes the API's input from a draft. It names every setting, because the API resets an omitted one to its default. */
export const sourceInput = (draft: SourceDraft): object => {
  const named = { slug: draft.slug || slugOf(draft.name), name: draft.name, url: draft.url, type: draft.type };
  if (draft.type === "http") {
    const settings = {
      timeoutSeconds: Number(draft.timeoutSeconds),
      settleSeconds: Number(draft.settleSeconds),
    } satisfies Record<keyof typeof httpSettings, unknown>;
    return { ...named, ...settings };
  }
  const settings = {
    pick: draft.pick || undefined,
    checkEvery: draft.checkEvery || undefined,
  } satisfies Record<keyof typeof probeSettings, unknown>;
  return { ...named, ...settings };
};

export const SourceFields = ({
  draft,
  onChange,
  problem,
  at,
  known,
}: {
  readonly draft: SourceDraft;
  readonly onChange: (draft: SourceDraft) => void;
  readonly problem: Problem | undefined;
  /** The path of the source in the API's errors. */
  readonly at: string;
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
            placeholder={slugOf(draft.name)}
            hint="The name that senders use for this source."
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
            error={error("timeoutSeconds")}
          />
        </div>
      ) : (
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
      )}
    </>
  );
};
