import type { z } from "@hono/zod-openapi";
import type { Sealer } from "../../app/deps.ts";
import { findLayer } from "../../app/layers.ts";
import { changeWebhook, createWebhook, findWebhook, listWebhooks, removeWebhook } from "../../app/webhooks.ts";
import type { Webhook } from "../../core/layer.ts";
import { WEBHOOKS } from "../../core/limits.ts";
import { WEBHOOK_SETTINGS_BYTES, type WebhookChange } from "../../core/webhookSettings.ts";
import { problem } from "../problem.ts";
import { type Call, noContent } from "./call.ts";
import { etagOf } from "./etags.ts";
import { defaultWebhookView } from "./layerView.ts";
import { changedSince, invalidInput, noRoom, notFound } from "./problems.ts";
import { none, type Route, route } from "./route.ts";
import { ORDER_POSITION, pageQuery } from "./schemas.ts";
import { verificationChange } from "./verificationSchemas.ts";
import { webhookCreateSchema, webhookListSchema, webhookPatchSchema, webhookSchema } from "./webhookSchemas.ts";
import { calledInVain, webhookView } from "./webhookView.ts";

const path = "/data-layers/{layerId}/webhooks";
const onePath = `${path}/{webhook}`;

const viewOf = (call: Call<unknown, unknown>, webhook: Webhook) =>
  webhookView(call.deps, call.param("layerId"), webhook, call.writer);

type SettingsInput = Omit<z.output<typeof webhookPatchSchema>, "name">;

const changeOf = (sealer: Sealer, { verification, only, strict }: SettingsInput): WebhookChange => ({
  ...(verification === undefined
    ? {}
    : { verification: verification === null ? null : verificationChange(sealer, verification) }),
  ...(only === undefined ? {} : { only }),
  ...(strict === undefined ? {} : { strict }),
});

const secretNeeded = (): Response =>
  invalidInput("body", [{ path: "verification.secret", message: "is needed: no secret of this scheme stands" }]);

const settingsTooLong = (): Response => {
  const detail = `The settings of all webhooks of a data layer may have ${WEBHOOK_SETTINGS_BYTES} bytes. Shorten some or delete a webhook.`;
  const limit = WEBHOOK_SETTINGS_BYTES;
  return problem({ status: 409, code: "LIMIT_REACHED", title: "The webhooks' settings are too long", detail, limit });
};

const list = route({
  operationId: "listWebhooks",
  method: "get",
  path,
  summary: "Lists a data layer's webhooks, newest first, and its default webhook",
  allowed: "members",
  query: pageQuery(ORDER_POSITION),
  body: none,
  answers: { 200: { description: "A page of them", schema: webhookListSchema } },
  async handle(call) {
    const layer = await findLayer(call.deps, call.param("layerId"));
    if (layer === null) return notFound("DATA_LAYER");
    const { items, nextCursor } = listWebhooks(layer, call.query);
    return call.read(webhookListSchema, {
      items: items.map((webhook) => viewOf(call, webhook)),
      nextCursor,
      defaultWebhook: defaultWebhookView(call.deps, layer),
      calledInVain: calledInVain(layer),
    });
  },
});

const create = route({
  operationId: "createWebhook",
  method: "post",
  path,
  summary: "Adds a webhook; the first one switches the default webhook off",
  allowed: "writers",
  query: none,
  body: webhookCreateSchema,
  answers: { 201: { description: "The webhook, with its URL", schema: webhookSchema } },
  problems: { 409: ["ID_TAKEN", "LIMIT_REACHED"] },
  async handle(call) {
    const layerId = call.param("layerId");
    const { name, id, ...settings } = call.body;
    const { deps, member } = call;
    const change = changeOf(deps.sealer, settings);
    const result = await createWebhook(deps, member.actor, layerId, name, id ?? null, change);
    switch (result.kind) {
      case "unknown-layer":
        return notFound("DATA_LAYER");
      case "no-room":
        return noRoom();
      case "secret-needed":
        return secretNeeded();
      case "settings-too-long":
        return settingsTooLong();
      case "taken": {
        const detail = "This data layer has a webhook of this id already.";
        return problem({ status: 409, code: "ID_TAKEN", title: "The id is taken", detail });
      }
      case "too-many": {
        const detail = `A data layer may have at most ${WEBHOOKS} webhooks. Delete one first.`;
        return problem({ status: 409, code: "LIMIT_REACHED", title: "Too many webhooks", detail, limit: WEBHOOKS });
      }
      case "created": {
        call.committed({ kind: "layer", id: layerId }, false);
        // By its public name: a Location ends up in logs, and the id is the secret.
        const location = `/api/v1/data-layers/${layerId}/webhooks/${result.webhook.ref}`;
        return call.answer(201, webhookSchema, viewOf(call, result.webhook), { location });
      }
    }
  },
});

const get = route({
  operationId: "getWebhook",
  method: "get",
  path: onePath,
  summary: "Shows a webhook, by its ref or its id",
  allowed: "members",
  query: none,
  body: none,
  answers: { 200: { description: "The webhook", schema: webhookSchema } },
  async handle(call) {
    const layer = await findLayer(call.deps, call.param("layerId"));
    if (layer === null) return notFound("DATA_LAYER");
    const webhook = findWebhook(layer, call.param("webhook"));
    return webhook === null ? notFound("WEBHOOK") : call.read(webhookSchema, viewOf(call, webhook));
  },
});

const rename = route({
  operationId: "changeWebhook",
  method: "patch",
  path: onePath,
  summary: "Renames a webhook and changes who may send to it and what counts",
  allowed: "writers",
  query: none,
  body: webhookPatchSchema,
  answers: { 200: { description: "The webhook", schema: webhookSchema } },
  problems: { 409: ["LIMIT_REACHED"], 412: ["CHANGED_SINCE"] },
  async handle(call) {
    const layerId = call.param("layerId");
    const { deps, member } = call;
    const { name = null, ...settings } = call.body;
    const change = changeOf(deps.sealer, settings);
    const matches = (webhook: Webhook): boolean => call.matches(etagOf(JSON.stringify(viewOf(call, webhook))));
    const webhook = call.param("webhook");
    const result = await changeWebhook(deps, member.actor, layerId, webhook, name, matches, change);
    if (result.kind === "unknown-layer") return notFound("DATA_LAYER");
    if (result.kind === "unknown-webhook") return notFound("WEBHOOK");
    if (result.kind === "changed-since") return changedSince();
    if (result.kind === "secret-needed") return secretNeeded();
    if (result.kind === "settings-too-long") return settingsTooLong();
    if (result.kind === "no-room") return noRoom();
    call.committed({ kind: "layer", id: layerId }, false);
    const view = viewOf(call, result.webhook);
    return call.answer(200, webhookSchema, view, { etag: etagOf(JSON.stringify(view)) });
  },
});

const remove = route({
  operationId: "deleteWebhook",
  method: "delete",
  path: onePath,
  summary: "Deletes a webhook; the last one's going switches the default webhook on again",
  allowed: "writers",
  query: none,
  body: none,
  answers: { 204: { description: "It is gone" } },
  async handle(call) {
    const layerId = call.param("layerId");
    const result = await removeWebhook(call.deps, call.member.actor, layerId, call.param("webhook"));
    if (result.kind === "unknown-layer") return notFound("DATA_LAYER");
    if (result.kind === "unknown-webhook") return notFound("WEBHOOK");
    if (result.kind === "no-room") return noRoom();
    call.committed({ kind: "layer", id: layerId }, false);
    return noContent();
  },
});

export const webhookRoutes: readonly Route[] = [list, create, get, rename, remove];
