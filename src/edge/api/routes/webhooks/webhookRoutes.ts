import type { z } from "@hono/zod-openapi";
import type { Sealer } from "../../../../app/deps.ts";
import { findLayer } from "../../../../app/manage/layers.ts";
import {
  type ChangeOfWebhook,
  changeWebhook,
  createWebhook,
  findWebhook,
  listWebhooks,
  newWebhookUrl,
  removeWebhook,
  undeleteWebhook,
} from "../../../../app/manage/webhooks.ts";
import { verificationChange } from "../../../../app/settings/verificationChange.ts";
import { filteredRuns } from "../../../../app/show/filteredRuns.ts";
import { placeOf, sealedParts, sealOnce } from "../../../../app/stored/sealing.ts";
import { isoMs } from "../../../../app/time.ts";
import {
  rotateSchema,
  webhookCreateSchema,
  webhookListSchema,
  webhookPatchSchema,
  webhookSchema,
} from "../../../../contract/resources/webhookSchemas.ts";
import { ORDER_POSITION, pageQuery } from "../../../../contract/schemas.ts";
import { defined } from "../../../../core/defined.ts";
import type { Layer, Webhook } from "../../../../core/layer/layer.ts";
import { FORMER_IDS, RESTORABLE_WEBHOOKS, WEBHOOKS } from "../../../../core/limits.ts";
import { KEEP_DEFAULT_AT_MOST } from "../../../../core/webhook/webhooks.ts";
import { problem } from "../../../problem.ts";
import { type Call, noContent } from "../../call.ts";
import { none, type Route } from "../../definition.ts";
import { invalidInput, isRefused, notFound, refuse } from "../../problems.ts";
import { route } from "../../route.ts";
import { defaultWebhookView } from "../../views/layerView.ts";
import { calledInVain, filteredView, restorableView, webhookEtag, webhookView } from "../../views/webhookView.ts";

const path = "/data-layers/{layerId}/webhooks";
const onePath = `${path}/{webhook}`;

const viewOf = (call: Call<unknown, unknown>, webhook: Webhook, layer: Pick<Layer, "formerIds" | "braked">) =>
  webhookView(call.deps, { ...layer, id: call.param("layerId") }, webhook, call.writer);

/** The fault in a time until which to keep the default webhook; null: none. */
const wrongTime = (until: number, now: number): string | null => {
  if (until <= now) return "must be in the future; leave the field out to switch the default webhook off at once";
  return until - now > KEEP_DEFAULT_AT_MOST ? "must be at most seven days from now" : null;
};

type SettingsInput = Omit<z.output<typeof webhookPatchSchema>, "name">;

const changeOf = (sealer: Sealer, layerId: string, settings: SettingsInput): ChangeOfWebhook => {
  const { verification, ...plain } = settings;
  const seal = sealOnce(sealer);
  return (ref) => {
    const place = placeOf({ kind: "layer", id: layerId }, sealedParts.webhook(ref));
    const verified = verification && verificationChange((text) => seal(text, place), verification);
    return defined({ ...plain, verification: verified });
  };
};

/** The fault in the URL of a key set. Which URLs may be called depends on the configuration. */
const refusedKeySet = ({ serving }: Pick<Call<unknown, unknown>, "serving">, { verification }: SettingsInput) => {
  const url = verification?.scheme === "jwt" ? verification.jwksUrl : undefined;
  const message = url === undefined ? null : serving.checkUrl(url);
  return message === null ? null : invalidInput("body", [{ path: "verification.jwksUrl", message }]);
};

/** A webhook after a change. */
const changed = (call: Call<unknown, unknown>, { webhook, layer }: { webhook: Webhook; layer: Layer }): Response => {
  call.committed({ kind: "layer", id: call.param("layerId") }, false);
  const view = viewOf(call, webhook, layer);
  return call.answer(200, webhookSchema, view, { etag: webhookEtag(view) });
};

const tooMany = (): Response => {
  const detail = `The limit is ${WEBHOOKS} webhooks for each data layer. Delete a webhook first.`;
  return problem({ status: 409, code: "LIMIT_REACHED", title: "Too many webhooks", detail, limit: WEBHOOKS });
};

const list = route({
  operationId: "listWebhooks",
  method: "get",
  path,
  summary: "Lists a data layer's webhooks, newest first, and its default webhook",
  allowed: "members",
  query: pageQuery(ORDER_POSITION),
  body: none,
  answers: { 200: { description: "A page of the list", schema: webhookListSchema } },
  async handle(call) {
    const layer = await findLayer(call.deps, call.param("layerId"));
    if (layer === null) return notFound("DATA_LAYER");
    const { items, nextCursor } = listWebhooks(layer, call.query);
    const runs = await filteredRuns(call.deps, layer, items);
    return call.read(webhookListSchema, {
      items: items.map((webhook) => ({
        ...viewOf(call, webhook, layer),
        filtered: filteredView(runs.get(webhook.ref)),
      })),
      nextCursor,
      defaultWebhook: defaultWebhookView(call.deps, layer),
      restorable: restorableView(layer, call.deps.clock.now(), call.writer),
      calledInVain: calledInVain(layer),
    });
  },
});

const create = route({
  operationId: "createWebhook",
  method: "post",
  path,
  summary: "Creates a webhook. The first webhook switches the default webhook off",
  allowed: "writers",
  query: none,
  body: webhookCreateSchema,
  answers: { 201: { description: "The webhook, with its URL", schema: webhookSchema } },
  problems: { 409: ["ID_TAKEN", "LIMIT_REACHED", "DEFAULT_WEBHOOK_OFF"] },
  async handle(call) {
    const layerId = call.param("layerId");
    const { name, id, keepDefaultUntil, ...settings } = call.body;
    const { deps, member } = call;
    const until = keepDefaultUntil === undefined ? null : isoMs(keepDefaultUntil);
    const wrong = until === null ? null : wrongTime(until, deps.clock.now());
    if (wrong !== null) return invalidInput("body", [{ path: "keepDefaultUntil", message: wrong }]);
    const refusal = refusedKeySet(call, settings);
    if (refusal !== null) return refusal;
    const change = changeOf(deps.sealer, layerId, settings);
    const result = await createWebhook(deps, member.actor, layerId, name, id ?? null, change, null, until);
    if (isRefused(result)) return refuse(result);
    switch (result.kind) {
      case "taken": {
        const detail =
          "A webhook of this data layer already has this id, or had it before and still accepts the old URL. Choose another id.";
        return problem({ status: 409, code: "ID_TAKEN", title: "The id is already in use", detail });
      }
      case "default-off": {
        const detail =
          "The default webhook is already off, because the data layer has another webhook. Leave keepDefaultUntil out.";
        return problem({ status: 409, code: "DEFAULT_WEBHOOK_OFF", title: "The default webhook is off", detail });
      }
      case "too-many":
        return tooMany();
      case "created": {
        call.committed({ kind: "layer", id: layerId }, false);
        // The `Location` has the public name, because it ends up in logs and the id is a secret.
        const location = `/api/v1/data-layers/${layerId}/webhooks/${result.webhook.ref}`;
        return call.answer(201, webhookSchema, viewOf(call, result.webhook, {}), { location });
      }
    }
  },
});

const get = route({
  operationId: "getWebhook",
  method: "get",
  path: onePath,
  summary: "Shows a webhook, by its ref or its id",
  details:
    "The ETag covers the settings only, so `If-None-Match` still answers 304 after a delivery. To follow deliveries, poll `GET /data-layers/{layerId}/deliveries`.",
  allowed: "members",
  query: none,
  body: none,
  answers: { 200: { description: "The webhook", schema: webhookSchema } },
  async handle(call) {
    const layer = await findLayer(call.deps, call.param("layerId"));
    if (layer === null) return notFound("DATA_LAYER");
    const webhook = findWebhook(layer, call.param("webhook"));
    if (webhook === null) return notFound("WEBHOOK");
    const runs = await filteredRuns(call.deps, layer, [webhook]);
    const view = { ...viewOf(call, webhook, layer), filtered: filteredView(runs.get(webhook.ref)) };
    return call.read(webhookSchema, view, webhookEtag(view));
  },
});

const rename = route({
  operationId: "changeWebhook",
  method: "patch",
  path: onePath,
  summary: "Updates a webhook's name, verification and conditions",
  allowed: "writers",
  query: none,
  body: webhookPatchSchema,
  answers: { 200: { description: "The webhook", schema: webhookSchema } },
  problems: { 409: ["LIMIT_REACHED"], 412: ["CHANGED_SINCE"] },
  async handle(call) {
    const layerId = call.param("layerId");
    const { deps, member } = call;
    const { name = null, ...settings } = call.body;
    const refusal = refusedKeySet(call, settings);
    if (refusal !== null) return refusal;
    const change = changeOf(deps.sealer, layerId, settings);
    const matches = (webhook: Webhook, layer: Layer): boolean =>
      call.matches(webhookEtag(viewOf(call, webhook, layer)));
    const webhook = call.param("webhook");
    const result = await changeWebhook(deps, member.actor, layerId, webhook, name, matches, change);
    if (isRefused(result)) return refuse(result);
    return changed(call, result);
  },
});

const remove = route({
  operationId: "deleteWebhook",
  method: "delete",
  path: onePath,
  summary: "Deletes a webhook. Deleting the last webhook switches the default webhook on again",
  allowed: "writers",
  query: none,
  body: none,
  answers: { 204: { description: "Deleted" } },
  async handle(call) {
    const layerId = call.param("layerId");
    const result = await removeWebhook(call.deps, call.member.actor, layerId, call.param("webhook"));
    if (isRefused(result)) return refuse(result);
    call.committed({ kind: "layer", id: layerId }, false);
    return noContent();
  },
});

const rotate = route({
  operationId: "rotateWebhook",
  method: "post",
  path: `${onePath}/rotate`,
  summary: "Rotates a webhook's URL. The old URL can keep working for a while",
  allowed: "writers",
  query: none,
  body: rotateSchema,
  bodyOptional: true,
  problems: { 409: ["LIMIT_REACHED"] },
  answers: { 200: { description: "The webhook, with its new URL", schema: webhookSchema } },
  async handle(call) {
    const { deps, member, body } = call;
    const layerId = call.param("layerId");
    const result = await newWebhookUrl(deps, member.actor, layerId, call.param("webhook"), body.keepOldForSeconds);
    if (isRefused(result)) return refuse(result);
    if (result.kind === "too-many") {
      const detail = `A data layer may have at most ${FORMER_IDS} former URLs that still work. Wait until one of them expires, or send 0 as keepOldForSeconds to refuse the old URL at once.`;
      const title = "Too many former URLs";
      return problem({ status: 409, code: "LIMIT_REACHED", title, detail, limit: FORMER_IDS });
    }
    return changed(call, result);
  },
});

const restore = route({
  operationId: "restoreWebhook",
  method: "post",
  path: `${onePath}/restore`,
  summary: "Restores a webhook that was deleted within the last day, with its URL",
  allowed: "writers",
  query: none,
  body: none,
  problems: { 409: ["WEBHOOK_NOT_RESTORABLE", "LIMIT_REACHED"] },
  answers: { 200: { description: "The restored webhook", schema: webhookSchema } },
  async handle(call) {
    const { deps, member } = call;
    const result = await undeleteWebhook(deps, member.actor, call.param("layerId"), call.param("webhook"));
    if (isRefused(result)) return refuse(result);
    if (result.kind === "too-many") return tooMany();
    if (result.kind === "not-restorable") {
      const detail = `Layerhook keeps a layer's last ${RESTORABLE_WEBHOOKS} deleted webhooks for a day. Create a new webhook and give its URL to the sender.`;
      return problem({
        status: 409,
        code: "WEBHOOK_NOT_RESTORABLE",
        title: "The webhook can no longer be restored",
        detail,
      });
    }
    return changed(call, result);
  },
});

export const webhookRoutes: readonly Route[] = [list, create, get, rename, remove, rotate, restore];
