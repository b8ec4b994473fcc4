import { useEffect } from "preact/hooks";
import { recipeAt, recipesAt, webhooksAt } from "../../api/resources.ts";
import type { Layer, RecipeList, Webhook, WebhookList } from "../../api/types.ts";
import { useFilters } from "../../api/useFilters.ts";
import { useLive } from "../../api/useLive.ts";
import { useMore } from "../../api/useMore.ts";
import { Await, Loading } from "../../components/Await.tsx";
import { Code } from "../../components/CopyButton.tsx";
import { Select } from "../../components/Field.tsx";
import { LayerPage } from "../../components/layer/LayerPage.tsx";
import { Notice } from "../../components/Notice.tsx";
import { Panel } from "../../components/Page.tsx";
import { TestWebhook } from "../../components/webhook/TestWebhook.tsx";

const RARELY = 10 * 60_000;
const OTHER = "other";

const OtherSteps = ({
  layer,
  url,
  secret,
}: {
  readonly layer: Layer;
  readonly url: string;
  readonly secret: string | undefined;
}) => (
  <ol class="steps">
    <li>
      <strong>Add a webhook in your CMS</strong>
      <p>Look for “Webhooks” in the CMS settings. Enter this URL:</p>
      <Code text={url} what="the URL" secret={secret} />
    </li>
    <li>
      <strong>Send a webhook on publish</strong>
      <p>
        Also send on unpublish and delete. Saving a draft needs no webhook. The method is POST, with any body or none.
      </p>
    </li>
    {layer.dataSources.length < 2 ? null : (
      <li>
        <strong>Name the source</strong>
        <p>
          Add the header <code>x-connect-data-source</code> with the slug. If your CMS cannot set headers, add the slug
          to the URL:
        </p>
        {layer.dataSources.map(({ slug, name }) => (
          <Code key={slug} text={`${url}?source=${slug}`} what={`the URL for ${name}`} secret={secret} />
        ))}
      </li>
    )}
    <li>
      <strong>Publish something</strong>
      <p>
        The delivery appears under <a href={`/layers/${layer.id}`}>Activity</a> within a second or two.
      </p>
    </li>
  </ol>
);

/** A text of a recipe. What stands between back-ticks is code. */
const Marked = ({ text }: { readonly text: string }) => (
  <>{text.split("`").map((part, index) => (index % 2 === 1 ? <code key={part}>{part}</code> : part))}</>
);

const Recipe = ({
  layer,
  webhook,
  cms,
  source,
  secret,
}: {
  readonly layer: Layer;
  readonly webhook: string;
  readonly cms: string;
  readonly source: string;
  readonly secret: string | undefined;
}) => {
  const live = useLive(recipeAt(layer.id, webhook, cms, source), () => false, RARELY);
  return (
    <Await live={live}>
      {({ steps, traps, retries, answerWithinSeconds }) => (
        <>
          <ol class="steps">
            {steps.map(({ title, text, copy }) => (
              <li key={title}>
                <strong>{title}</strong>
                <p>
                  <Marked text={text} />
                </p>
                {copy === undefined ? null : <Code text={copy} what={title} secret={secret} />}
              </li>
            ))}
          </ol>
          {traps.length === 0 ? null : (
            <Notice tone="warn">
              <strong>Good to know.</strong>
              <ul class="problem-fields">
                {traps.map((trap) => (
                  <li key={trap}>
                    <Marked text={trap} />
                  </li>
                ))}
              </ul>
            </Notice>
          )}
          <p class="small muted">
            {answerWithinSeconds === null ? "" : `The CMS waits ${answerWithinSeconds} seconds for the answer. `}
            Retries: {retries}
          </p>
        </>
      )}
    </Await>
  );
};

/** The CMS whose name is in the webhook's name. */
const namedAfter = (recipes: RecipeList["items"], webhook: Webhook | undefined): string => {
  const name = webhook?.name.toLowerCase() ?? "";
  return recipes.find((one) => name.includes(one.name.toLowerCase()))?.cms ?? OTHER;
};

/** The steps to connect a CMS, with the URL of a webhook of this layer in them. */
export const ConnectPage = ({ layer }: { readonly layer: Layer }) => {
  const { values, change } = useFilters({ webhook: "", cms: "", source: "" });
  const more = useMore<Webhook, WebhookList>(
    (cursor) => webhooksAt(layer.id, cursor),
    ({ ref }) => ref,
    () => false,
    RARELY,
  );
  const { live, items, hasMore, loading, problem, load } = more;
  // Load every webhook at once. If the chosen one were missing, the steps would show another webhook's URL.
  useEffect(() => {
    if (hasMore && !loading && problem === undefined) void load();
  }, [hasMore, loading, problem, load]);
  const recipes = useLive(recipesAt, () => false, RARELY);
  const { source } = values;
  const known = recipes.data?.items ?? [];
  // Before the recipes are known, nobody can say for which of them the webhook is.
  const isKnown = values.cms !== "" || recipes.data !== undefined || recipes.problem !== undefined;
  return (
    <LayerPage layer={layer} at="connect">
      <Await live={live}>
        {({ defaultWebhook }) => {
          const choices = [
            ...items.map(({ ref, name }) => [ref, name] as const),
            ...(defaultWebhook.enabled ? [["default", "Default webhook"] as const] : []),
          ];
          const ref = choices.some(([value]) => value === values.webhook) ? values.webhook : choices[0]?.[0];
          const webhook = items.find((one) => one.ref === ref);
          const of = values.cms === "" ? namedAfter(known, webhook) : values.cms;
          const url = ref === "default" ? defaultWebhook.url : webhook?.url;
          return (
            <>
              {items.length > 0 ? null : (
                <Notice>
                  The default webhook needs no secret. For production,{" "}
                  <a href={`/layers/${layer.id}/webhooks`}>add a webhook</a> for each sender first.
                </Notice>
              )}
              <div class="filters">
                <Select
                  label="Your CMS"
                  value={of}
                  onChange={(cms) => change({ cms })}
                  options={[...known.map((one) => [one.cms, one.name] as const), [OTHER, "Another CMS"]]}
                />
                <Select
                  label="Webhook"
                  value={ref ?? ""}
                  onChange={(next) => change({ webhook: next })}
                  options={choices}
                />
                {layer.dataSources.length < 2 || of === OTHER ? null : (
                  <Select
                    label="About"
                    value={source}
                    onChange={(next) => change({ source: next })}
                    options={[["", "All sources"], ...layer.dataSources.map(({ slug, name }) => [slug, name] as const)]}
                  />
                )}
              </div>
              <Panel title="Steps">
                {url === undefined || ref === undefined ? (
                  <p>
                    {ref === undefined
                      ? "This layer has no webhook, and its default webhook is off. Add a webhook first."
                      : "The URL contains a secret, so only Owners and Developers see it. Ask one of them to connect the CMS."}
                  </p>
                ) : !isKnown ? (
                  <Loading />
                ) : of === OTHER ? (
                  <OtherSteps layer={layer} url={url} secret={webhook?.id} />
                ) : (
                  <Recipe layer={layer} webhook={ref} cms={of} source={source} secret={webhook?.id} />
                )}
              </Panel>
              {url === undefined || ref === undefined ? null : (
                <Panel title="Test without the CMS">
                  <TestWebhook
                    key={`${url} ${of}`}
                    layer={layer}
                    webhook={ref}
                    given={{ cms: of === OTHER ? "" : of, source }}
                  />
                </Panel>
              )}
            </>
          );
        }}
      </Await>
    </LayerPage>
  );
};
