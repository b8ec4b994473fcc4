import { z } from "@hono/zod-openapi";
import { findLayer } from "../../../../app/manage/layers.ts";
import { openerOf, sealedParts } from "../../../../app/stored/sealing.ts";
import { testedSchema, testSchema } from "../../../../contract/resources/testCallSchemas.ts";
import { defined } from "../../../../core/defined.ts";
import { SECOND } from "../../../../core/durations.ts";
import { isUsableName } from "../../../../core/webhook/deliveryScope.ts";
import { problem } from "../../../problem.ts";
import type { Recipe } from "../../../recipes/recipe.ts";
import { recipeOf } from "../../../recipes/recipes.ts";
import { type TestRequest, testRequest } from "../../../recipes/testRequest.ts";
import { redactedPath } from "../../../redact.ts";
import type { Route } from "../../definition.ts";
import { invalidInput, notFound } from "../../problems.ts";
import { route } from "../../route.ts";
import { publishUrl } from "../../views/layerView.ts";
import { namedWebhook } from "../../views/namedWebhook.ts";

/** Longer than the limit of any known sender, and hardly longer than the slowest cold start (ms). */
const DEADLINE = 10 * SECOND;

const bodyOf = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return text.slice(0, 2000);
  }
};

const answeredSchema = z.looseObject({ syncId: z.string().nullable().catch(null) }).catch({ syncId: null });

const refused = (test: Exclude<TestRequest, { kind: "request" }>, { name, proofs }: Recipe): Response => {
  if (test.kind === "secret-unreadable") {
    const detail =
      "The webhook's secret was encrypted with a key that Layerhook no longer has. Enter the secret again.";
    return problem({ status: 409, code: "SECRET_UNREADABLE", title: "The secret cannot be read", detail });
  }
  if (test.kind === "unsignable") {
    const detail = `Layerhook cannot sign a test for the scheme ${test.scheme}. Send a test from the CMS instead.`;
    return problem({ status: 409, code: "SCHEME_UNKNOWN", title: "Layerhook cannot sign this test", detail });
  }
  const can = proofs.length === 0 ? "This CMS can send no verification." : `${name} can send ${proofs.join(", ")}.`;
  const detail = `This webhook requires ${test.scheme}, which ${name} cannot send. ${can} Change the webhook's verification, or choose another CMS.`;
  return problem({ status: 409, code: "CMS_CANNOT_PROVE", title: "This CMS cannot send the verification", detail });
};

/**
 * Sends a CMS's request over the network to our own public URL. A shortcut would succeed while a private site or a lost
 * secret keeps every real sender out.
 */
export const testCallRoute: Route = route({
  operationId: "testWebhook",
  method: "post",
  path: "/data-layers/{layerId}/webhooks/{webhook}/test",
  summary:
    "Sends a real request to the webhook's URL, as the CMS would, and shows the answer. The request starts a sync like any other",
  allowed: "writers",
  query: z.object({}),
  body: testSchema,
  bodyOptional: true,
  problems: { 409: ["CMS_CANNOT_PROVE", "SCHEME_UNKNOWN", "SECRET_UNREADABLE", "DOOR_UNREACHABLE"] },
  answers: { 200: { description: "The request, its answer and the sync", schema: testedSchema } },
  async handle(call) {
    const { deps } = call;
    const { cms, source = null } = call.body;
    const layer = await findLayer(deps, call.param("layerId"));
    if (layer === null) return notFound("DATA_LAYER");
    const webhook = namedWebhook(layer, call.param("webhook"));
    if (webhook === null) return notFound("WEBHOOK");
    if (source !== null && !isUsableName(layer, source)) {
      return invalidInput("body", [{ path: "source", message: "must be the slug of a data source" }]);
    }
    const verification = webhook === "default" ? null : (webhook.verification ?? null);
    const recipe = recipeOf(cms ?? verification?.scheme ?? "custom") ?? recipeOf("custom");
    if (recipe === null) return invalidInput("body", [{ path: "cms", message: "is not the name of a recipe" }]);
    const base = publishUrl(deps, layer.id);
    const url = webhook === "default" ? base : `${base}/${webhook.id}`;
    const at = deps.clock.now();
    const part = sealedParts.webhook(webhook === "default" ? "" : webhook.ref);
    const opener = openerOf(deps.sealer, layer, part);
    const test = testRequest(recipe, { url, source, verification, at, id: deps.ids.timeOrdered() }, opener);
    if (test.kind !== "request") return refused(test, recipe);
    const { method, target, body } = test.request;
    const headers = { ...test.request.headers, "user-agent": `Layerhook test (${recipe.name})` };
    const began = deps.clock.elapsed();
    const answer = await deps.outgoing.send({
      method: "POST",
      url: test.url,
      headers,
      ...defined({ body: body ?? undefined }),
      deadline: DEADLINE,
      signal: new AbortController().signal,
    });
    if (answer.kind === "silence") {
      const detail = `The publish URL did not answer: ${answer.error}. GET /api/v1/health says whether senders can reach the publish URL.`;
      return problem({ status: 409, code: "DOOR_UNREACHABLE", title: "The publish URL does not answer", detail });
    }
    const answerBody = bodyOf(answer.text);
    const { pathname, search } = new URL(target, base);
    return call.answer(200, testedSchema, {
      request: {
        method,
        path: `${redactedPath(pathname)}${search}`,
        headers: Object.keys(headers).sort(),
        bodyBytes: Buffer.byteLength(body ?? ""),
      },
      answer: { status: answer.status, body: answerBody },
      syncId: answeredSchema.parse(answerBody).syncId,
      took: Math.round(deps.clock.elapsed() - began),
    });
  },
});
