import { findLayer } from "../../../app/manage/layers.ts";
import { filledRecipeSchema, recipeListSchema, recipeQuery } from "../../../contract/resources/recipeSchemas.ts";
import { isUsableName } from "../../../core/webhook/deliveryScope.ts";
import { fillRecipe, urlFor } from "../../recipes/fillRecipe.ts";
import type { Recipe } from "../../recipes/recipe.ts";
import { recipeOf, recipes } from "../../recipes/recipes.ts";
import { none, type Route } from "../definition.ts";
import { invalidInput, notFound } from "../problems.ts";
import { route } from "../route.ts";
import { publishUrl } from "../views/layerView.ts";
import { namedWebhook } from "../views/namedWebhook.ts";

const viewOf = ({ sample: _sample, secret: _secret, answerWithin, proofs, traps, settings, ...recipe }: Recipe) => ({
  ...recipe,
  proofs: [...proofs],
  verification: settings ?? null,
  traps: [...traps],
  answerWithinSeconds: answerWithin,
});

const list = route({
  operationId: "listRecipes",
  method: "get",
  path: "/recipes",
  summary: "Lists the CMSs that have a recipe",
  allowed: "members",
  scoped: true,
  query: none,
  body: none,
  answers: { 200: { description: "The whole list", schema: recipeListSchema } },
  async handle(call) {
    return call.read(recipeListSchema, { items: recipes.map(viewOf) });
  },
});

const get = route({
  operationId: "getWebhookRecipe",
  method: "get",
  path: "/data-layers/{layerId}/webhooks/{webhook}/recipe",
  summary: "Shows the steps to connect a CMS to a webhook. `default` names the default webhook",
  allowed: "writers",
  query: recipeQuery,
  body: none,
  answers: { 200: { description: "The recipe, with the webhook's URL", schema: filledRecipeSchema } },
  async handle(call) {
    const { cms, source = null } = call.query;
    const layer = await findLayer(call.deps, call.param("layerId"));
    if (layer === null) return notFound("DATA_LAYER");
    const webhook = namedWebhook(layer, call.param("webhook"));
    if (webhook === null) return notFound("WEBHOOK");
    if (source !== null && !isUsableName(layer, source)) {
      return invalidInput("query", [{ path: "source", message: "must be the slug of a data source" }]);
    }
    const recipe = recipeOf(cms);
    if (recipe === null) return invalidInput("query", [{ path: "cms", message: "is not the name of a recipe" }]);
    const isDefault = webhook === "default";
    const base = publishUrl(call.deps, layer.id);
    const filling = {
      url: isDefault ? base : `${base}/${webhook.id}`,
      source,
      verification: isDefault ? null : (webhook.verification ?? null),
      isDefault,
    };
    const steps = fillRecipe(recipe, filling);
    return call.read(filledRecipeSchema, { ...viewOf(recipe), url: urlFor(recipe, filling), steps });
  },
});

export const recipeRoutes: readonly Route[] = [list, get];
