import { useState } from "preact/hooks";
import type { siteSettings } from "../../../core/site/siteSettings.ts";
import { ask } from "../../api/request.ts";
import type { Site } from "../../api/types.ts";
import { useChange } from "../../api/useChange.ts";
import { presets } from "../../text/pacing.ts";
import { RoleButton } from "../Button.tsx";
import { Checkbox, Choices, errorAt, Field } from "../Field.tsx";
import { ProblemNotice } from "../Notice.tsx";
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
  const [preset, setPreset] = useState<string>(pacing.preset ?? "own");
  const [quiet, setQuiet] = useState(text(pacing.quietSeconds));
  const [most, setMost] = useState(text(pacing.maxWaitSeconds));
  const [interval, setInterval] = useState(text(pacing.minIntervalSeconds));
  const [daily, setDaily] = useState(text(pacing.dailyBuilds));
  const [monthly, setMonthly] = useState(text(pacing.monthlyBuilds));
  const change = useChange();
  const say = useToast();
  const save = async (event: Event): Promise<void> => {
    event.preventDefault();
    const own = {
      quietSeconds: Number(quiet),
      maxWaitSeconds: Number(most),
      minIntervalSeconds: Number(interval),
      dailyBuilds: numberOr(daily),
      monthlyBuilds: numberOr(monthly),
    };
    const body = { pacing: preset === "own" ? own : { preset } };
    if (!(await change.run(() => ask("PATCH", `/sites/${site.id}`, { body })))) return;
    say("Saved. It counts at once, also for what waits.");
    await refresh();
  };
  const cap = numberOr(monthly);
  return (
    <Panel title="When it is built">
      <form class="stack" onSubmit={(event) => void save(event)}>
        <Choices
          legend="Pacing"
          name="pacing"
          value={preset}
          onChange={setPreset}
          options={[
            ...presets,
            {
              value: "own",
              title: "Its own",
              text: "Every number by itself.",
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
                hint="So long nobody may have published."
                error={errorAt(change.problem, "pacing.quietSeconds")}
              />
              <Field
                label="Longest wait (seconds)"
                type="number"
                min={0}
                max={86400}
                value={most}
                onInput={setMost}
                hint="After the first publish."
                error={errorAt(change.problem, "pacing.maxWaitSeconds")}
              />
              <Field
                label="Between two builds (seconds)"
                type="number"
                min={0}
                value={interval}
                onInput={setInterval}
                error={errorAt(change.problem, "pacing.minIntervalSeconds")}
              />
            </div>
            <div class="form-row">
              <Field
                label="Builds a day, at most"
                type="number"
                min={1}
                value={daily}
                onInput={setDaily}
                hint="In UTC; empty for no budget."
                error={errorAt(change.problem, "pacing.dailyBuilds")}
              />
              <Field
                label="Builds a month, at most"
                type="number"
                min={1}
                value={monthly}
                onInput={setMonthly}
                hint={cap === null ? "Empty for no budget." : `${(cap * 15).toLocaleString()} credits a month at most.`}
                error={errorAt(change.problem, "pacing.monthlyBuilds")}
              />
            </div>
          </>
        ) : null}
        <p class="small muted">A budget drops nothing: what waits is built when there are credits again.</p>
        <ProblemNotice problem={change.problem} />
        <RoleButton needs="writer" type="submit" disabled={change.running}>
          Save the pacing
        </RoleButton>
      </form>
    </Panel>
  );
};

const General = ({ site, refresh }: SiteProps) => {
  const [name, setName] = useState(site.name);
  const [hook, setHook] = useState(emptyHook);
  const [netlifySiteId, setNetlifySiteId] = useState(site.netlifySiteId ?? "");
  const [branch, setBranch] = useState(site.branch ?? "");
  const [clearCache, setClearCache] = useState(site.clearCache);
  const [publicUrl, setPublicUrl] = useState(site.publicUrl ?? "");
  const change = useChange();
  const say = useToast();
  const save = async (event: Event): Promise<void> => {
    event.preventDefault();
    const body = {
      name,
      netlifySiteId: netlifySiteId === "" ? null : netlifySiteId,
      ...({
        branch: branch === "" ? null : branch,
        clearCache,
        publicUrl: publicUrl === "" ? null : publicUrl,
      } satisfies Record<keyof typeof siteSettings, unknown>),
      ...(hook.url === "" ? {} : hookInput(hook)),
    };
    if (!(await change.run(() => ask("PATCH", `/sites/${site.id}`, { body })))) return;
    say("Saved.");
    setHook(emptyHook);
    await refresh();
  };
  return (
    <Panel title="Settings">
      <form class="form" onSubmit={(event) => void save(event)}>
        <Field label="Name" value={name} onInput={setName} required error={errorAt(change.problem, "name")} />
        <BuildHookField
          draft={hook}
          onChange={setHook}
          label="Another build hook"
          hint={`It is ${site.buildHook} now${site.kind === "other" ? ", not a Netlify build hook" : ""}. Empty: it stays.`}
          problem={change.problem}
          at="buildHook"
        />
        <Field
          label="Public URL"
          type="url"
          value={publicUrl}
          onInput={setPublicUrl}
          hint="After each deploy the marker of the build is looked for there. Empty: Netlify's word counts."
          error={errorAt(change.problem, "publicUrl")}
        />
        <Field
          label="Id at Netlify"
          value={netlifySiteId}
          onInput={setNetlifySiteId}
          hint="Only with LAYERHOOK_NETLIFY_TOKEN: its builds are then begun and followed by Netlify's API. Only an Owner sets it."
          error={errorAt(change.problem, "netlifySiteId")}
        />
        <Field
          label="Branch"
          value={branch}
          onInput={setBranch}
          hint="The branch that is built. Empty: the branch of the build hook."
          error={errorAt(change.problem, "branch")}
        />
        <Checkbox checked={clearCache} onChange={setClearCache}>
          Clear the build cache before every build, which makes builds slower
        </Checkbox>
        <ProblemNotice problem={change.problem} />
        <RoleButton needs="writer" type="submit" disabled={change.running}>
          Save the settings
        </RoleButton>
      </form>
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
