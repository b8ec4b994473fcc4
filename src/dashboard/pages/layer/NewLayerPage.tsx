import { useRef, useState } from "preact/hooks";
import { useLocation } from "preact-iso";
import { ask } from "../../api/request.ts";
import { overviewAt } from "../../api/resources.ts";
import { useMember, whyNot } from "../../api/session.tsx";
import type { Layer } from "../../api/types.ts";
import { useChange } from "../../api/useChange.ts";
import { joinOverviews, useWhole } from "../../api/useWhole.ts";
import { Loading } from "../../components/Await.tsx";
import { Button } from "../../components/Button.tsx";
import { Choices, errorAt, Field, Select } from "../../components/Field.tsx";
import { Notice, ProblemNotice } from "../../components/Notice.tsx";
import { Page, Panel } from "../../components/Page.tsx";
import { BuildHookField, emptyHook, hookInput } from "../../components/site/BuildHookField.tsx";
import { SourceFields } from "../../components/source/SourceFields.tsx";
import { emptySource, sourceInput } from "../../components/source/sourceDraft.ts";
import { DEFAULT_PRESET, pacingInput, presets } from "../../text/pacing.ts";

const goals = [
  {
    value: "build",
    title: "Build a site",
    text: "The site fetches its content while it builds. This is what most teams want.",
  },
  {
    value: "job",
    title: "Run a job",
    text: "Layerhook calls one of your URLs, for example to import content or update a search index.",
  },
  { value: "both", title: "Both", text: "The job runs first. If the job changed something, the site builds." },
] as const;

const NEW_SITE = "new";
const SELDOM = 10 * 60_000;

/** The form for a new layer. It asks one question: what happens after a publish? */
export const NewLayerPage = () => {
  const member = useMember();
  const { route } = useLocation();
  const { data: overview, problem } = useWhole(overviewAt, joinOverviews, () => false, SELDOM);
  const change = useChange();
  const [goal, setGoal] = useState<string>("build");
  const [name, setName] = useState("");
  const [description, setDescription] = useState("");
  const [id, setId] = useState("");
  const [chosenSite, setSite] = useState<string>();
  const firstSite = useRef<string>();
  const [siteName, setSiteName] = useState("");
  const [hook, setHook] = useState(emptyHook);
  const [preset, setPreset] = useState<string>(DEFAULT_PRESET);
  const [source, setSource] = useState(emptySource);
  const reason = whyNot(member, "system");
  const sites = overview?.sites ?? [];
  const isKnown = overview !== undefined || problem !== undefined;
  // The choice stays as the form first showed it: a site that a colleague adds meanwhile is not built by mistake.
  if (isKnown) firstSite.current ??= sites[0]?.id ?? NEW_SITE;
  const site = chosenSite ?? firstSite.current ?? NEW_SITE;
  const builds = goal !== "job";
  const runs = goal !== "build";

  const create = async (event: Event): Promise<void> => {
    event.preventDefault();
    await change.run(async () => {
      const connectedSites = !builds
        ? []
        : [site === NEW_SITE ? { name: siteName, ...hookInput(hook), ...pacingInput(preset) } : { siteId: site }];
      const body = {
        name,
        ...(description === "" ? {} : { description }),
        ...(id === "" ? {} : { id }),
        connectedSites,
        dataSources: runs ? [sourceInput(source)] : [],
      };
      // Start no sync: the job may not exist yet, and the first publish should start it.
      const layer = await ask<Layer>("POST", "/data-layers?sync=false", { body });
      route(`/layers/${layer.id}/set-up`);
    });
  };

  return (
    <Page title="New layer" crumbs={<a href="/">Layers</a>}>
      {reason === null ? null : <Notice tone="warn">{reason}</Notice>}
      {!isKnown ? (
        <Loading />
      ) : (
        <form class="form" onSubmit={(event) => void create(event)}>
          <Choices
            legend="What do you want after a publish?"
            name="goal"
            value={goal}
            onChange={setGoal}
            options={goals}
          />
          <Field
            label="Name"
            value={name}
            onInput={setName}
            required
            placeholder={builds ? "Blog" : "Search index"}
            hint="The name that your team uses."
            error={errorAt(change.problem, "name")}
          />
          {runs ? (
            <Panel title="The job">
              <SourceFields
                draft={source}
                onChange={setSource}
                problem={change.problem}
                at="dataSources.0"
                known={false}
              />
            </Panel>
          ) : null}
          {builds ? (
            <Panel title="The site">
              {sites.length === 0 ? null : (
                <Select
                  label="Site to build"
                  value={site}
                  onChange={setSite}
                  options={[...sites.map(({ id, name: text }) => [id, text] as const), [NEW_SITE, "Another site…"]]}
                />
              )}
              {site === NEW_SITE ? (
                <>
                  <Field
                    label="Name of the site"
                    value={siteName}
                    onInput={setSiteName}
                    required
                    error={errorAt(change.problem, "connectedSites.0.name")}
                  />
                  <BuildHookField
                    draft={hook}
                    onChange={setHook}
                    label="Build hook"
                    hint="Create a build hook at Netlify: Project configuration, Build & deploy, Build hooks, Add build hook. Stored encrypted."
                    required
                    problem={change.problem}
                    at="connectedSites.0.buildHook"
                  />
                  <Choices legend="Pacing" name="preset" value={preset} onChange={setPreset} options={presets} />
                </>
              ) : null}
            </Panel>
          ) : null}
          <details>
            <summary>Description, and the URLs of another system</summary>
            <div class="stack try">
              <Field
                label="Description"
                value={description}
                onInput={setDescription}
                error={errorAt(change.problem, "description")}
              />
              <Field
                label="Id"
                value={id}
                onInput={setId}
                hint="The layer's id in another system, so that its senders keep their URLs. Only an Owner can choose an id. Leave empty for a random id."
                error={errorAt(change.problem, "id")}
              />
            </div>
          </details>
          <ProblemNotice problem={change.problem} />
          <div class="row">
            <Button type="submit" look="primary" disabled={change.running || reason !== null}>
              {change.running ? "Creating…" : "Create layer"}
            </Button>
            <a class="button quiet" href="/">
              Cancel
            </a>
          </div>
        </form>
      )}
    </Page>
  );
};
