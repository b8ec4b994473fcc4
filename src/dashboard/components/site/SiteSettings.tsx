import { useState } from "preact/hooks";
import type { siteSettings } from "../../../core/site/siteSettings.ts";
import { ask } from "../../api/request.ts";
import type { Site } from "../../api/types.ts";
import { useChange } from "../../api/useChange.ts";
import { useDraft } from "../../api/useDraft.ts";
import { presets } from "../../text/pacing.ts";
import { Checkbox, Choices, errorAt, Field } from "../Field.tsx";
import { SettingsForm } from "../form/SettingsForm.tsx";
import { Panel } from "../Page.tsx";
import { useToast } from "../shell/Toasts.tsx";
import { BuildHookField, emptyHook, hookInput } from "./BuildHookField.tsx";
import { TestHook } from "./TestHook.tsx";

interface SiteProps {
  readonly site: Site;
  readonly refresh: () => Promise<void>;
}

const text = (value: number | null): string => (value === null ? "" : String(value));
const numberOr = (value: string): number | null => (value.trim() === "" ? null : Number(value));

const Pacing = ({ site, refresh }: SiteProps) => {
  const { pacing } = site;
  const chosen: string = pacing.preset ?? "own";
  const draft = useDraft({
    preset: chosen,
    quiet: text(pacing.quietSeconds),
    most: text(pacing.maxWaitSeconds),
    interval: text(pacing.minIntervalSeconds),
    daily: text(pacing.dailyBuilds),
    monthly: text(pacing.monthlyBuilds),
    adapts: pacing.adapts,
  });
  const [preset, setPreset] = draft.field("preset");
  const [quiet, setQuiet] = draft.field("quiet");
  const [most, setMost] = draft.field("most");
  const [interval, setInterval] = draft.field("interval");
  const [daily, setDaily] = draft.field("daily");
  const [monthly, setMonthly] = draft.field("monthly");
  const [adapts, setAdapts] = draft.field("adapts");
  const change = useChange();
  const say = useToast();
  const save = async (): Promise<void> => {
    const own = {
      quietSeconds: Number(quiet),
      maxWaitSeconds: Number(most),
      minIntervalSeconds: Number(interval),
      dailyBuilds: numberOr(daily),
      monthlyBuilds: numberOr(monthly),
      adapts,
    } satisfies Record<Exclude<keyof Site["pacing"], "preset">, unknown>;
    const body = { pacing: preset === "own" ? own : { preset } };
    if (!(await change.run(() => ask("PATCH", `/sites/${site.id}`, { body })))) return;
    say("Saved. The new pacing also applies to waiting builds.");
    await refresh();
    draft.clear();
  };
  const cap = numberOr(monthly);
  return (
    <Panel title="Pacing">
      <SettingsForm change={change} onSubmit={save} needs="system" action="Save pacing" wide>
        <Choices
          legend="Pacing"
          name="pacing"
          value={preset}
          onChange={setPreset}
          options={[
            ...presets,
            {
              value: "own",
              title: "Custom",
              text: "Set every number yourself.",
            },
          ]}
        />
        {preset === "own" ? (
          <>
            <div class="form-row">
              <Field
                label="Quiet time (seconds)"
                type="number"
                min={0}
                max={3600}
                value={quiet}
                onInput={setQuiet}
                required
                hint="Wait until no one has published for this long."
                error={errorAt(change.problem, "pacing.quietSeconds")}
              />
              <Field
                label="Maximum wait (seconds)"
                type="number"
                min={0}
                max={86400}
                value={most}
                onInput={setMost}
                required
                hint="Counted from the first publish."
                error={errorAt(change.problem, "pacing.maxWaitSeconds")}
              />
              <Field
                label="Minimum time between builds (seconds)"
                type="number"
                min={0}
                value={interval}
                onInput={setInterval}
                required
                error={errorAt(change.problem, "pacing.minIntervalSeconds")}
              />
            </div>
            <div class="form-row">
              <Field
                label="Maximum builds a day"
                type="number"
                min={1}
                value={daily}
                onInput={setDaily}
                hint="Days in UTC. Leave empty for no budget."
                error={errorAt(change.problem, "pacing.dailyBuilds")}
              />
              <Field
                label="Maximum builds a month"
                type="number"
                min={1}
                value={monthly}
                onInput={setMonthly}
                hint={
                  cap === null
                    ? "Leave empty for no budget."
                    : `At Netlify, ${(cap * 15).toLocaleString()} credits a month at most.`
                }
                error={errorAt(change.problem, "pacing.monthlyBuilds")}
              />
            </div>
            <Checkbox checked={adapts} onChange={setAdapts}>
              Shorten the quiet time to how the site's editors publish, and spread the month's builds over the month
            </Checkbox>
          </>
        ) : null}
        <p class="small muted">A budget drops no publish. Waiting publishes are built in the next day or month.</p>
      </SettingsForm>
    </Panel>
  );
};

const General = ({ site, refresh }: SiteProps) => {
  const [hook, setHook] = useState(emptyHook);
  const draft = useDraft({
    name: site.name,
    netlifySiteId: site.netlifySiteId ?? "",
    branch: site.branch ?? "",
    clearCache: site.clearCache,
    publicUrl: site.publicUrl ?? "",
    rebuildStale: site.rebuildStale,
  });
  const [name, setName] = draft.field("name");
  const [netlifySiteId, setNetlifySiteId] = draft.field("netlifySiteId");
  const [branch, setBranch] = draft.field("branch");
  const [clearCache, setClearCache] = draft.field("clearCache");
  const [publicUrl, setPublicUrl] = draft.field("publicUrl");
  const [rebuildStale, setRebuildStale] = draft.field("rebuildStale");
  const change = useChange();
  const say = useToast();
  const save = async (): Promise<void> => {
    const fields = {
      name,
      netlifySiteId: netlifySiteId === "" ? null : netlifySiteId,
      ...({
        branch: branch === "" ? null : branch,
        clearCache,
        publicUrl: publicUrl === "" ? null : publicUrl,
        rebuildStale,
      } satisfies Record<keyof typeof siteSettings, unknown>),
    };
    const changed = Object.fromEntries(Object.entries(fields).filter(([field]) => draft.hasChanged(field)));
    const body = { ...changed, ...(hook.url === "" ? {} : hookInput(hook)) };
    if (!(await change.run(() => ask("PATCH", `/sites/${site.id}`, { body })))) return;
    say("Saved.");
    setHook((now) => (now === hook ? emptyHook : now));
    await refresh();
    draft.clear();
  };
  return (
    <Panel title="Settings">
      <SettingsForm change={change} onSubmit={save} needs="system" action="Save settings">
        <Field label="Name" value={name} onInput={setName} required error={errorAt(change.problem, "name")} />
        <BuildHookField
          draft={hook}
          onChange={setHook}
          label="Replace build hook"
          hint={`Current: ${site.buildHook}${site.kind === "other" ? ", not a Netlify build hook" : ""}. Leave empty to keep it.`}
          problem={change.problem}
          at="buildHook"
        />
        <Field
          label="Public URL"
          type="url"
          value={publicUrl}
          onInput={setPublicUrl}
          hint="After each deploy, Layerhook looks for the build's marker at this URL. Leave empty to rely on Netlify's notifications."
          error={errorAt(change.problem, "publicUrl")}
        />
        <Field
          label="Id at Netlify"
          value={netlifySiteId}
          onInput={setNetlifySiteId}
          hint="With LAYERHOOK_NETLIFY_TOKEN, Layerhook starts and tracks builds with Netlify's API. Only an Owner can set this id."
          error={errorAt(change.problem, "netlifySiteId")}
        />
        <Field
          label="Branch"
          value={branch}
          onInput={setBranch}
          hint="The branch to build. Leave empty for the build hook's branch."
          error={errorAt(change.problem, "branch")}
        />
        <Checkbox checked={rebuildStale} onChange={setRebuildStale}>
          Build once more if a page does not show the published content
        </Checkbox>
        <Checkbox checked={clearCache} onChange={setClearCache}>
          Clear the build cache before every build (slower)
        </Checkbox>
      </SettingsForm>
    </Panel>
  );
};

export const SiteSettings = (props: SiteProps) => (
  <>
    <Pacing {...props} />
    <General {...props} />
    <TestHook {...props} />
  </>
);
