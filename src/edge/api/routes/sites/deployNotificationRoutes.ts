import { z } from "@hono/zod-openapi";
import {
  closeDeployReceiver,
  openDeployReceiver,
  registerDeployReceiver,
  unregisterDeployReceiver,
} from "../../../../app/manage/deployReceivers.ts";
import type { HookDone } from "../../../../app/netlify/deployHooks.ts";
import { isoTime } from "../../../../app/time.ts";
import { receiverSchema, remainingHooksSchema } from "../../../../contract/resources/siteSchemas.ts";
import { DEPLOY_EVENTS } from "../../../../core/site/deployEvent.ts";
import { problem } from "../../../problem.ts";
import { noContent } from "../../call.ts";
import { none, type Route } from "../../definition.ts";
import { isRefused, refuse } from "../../problems.ts";
import { route } from "../../route.ts";
import { deployFunctionView } from "../../views/deployFunction.ts";

const path = "/sites/{siteId}/deploy-notifications";

const registerQuery = z.strictObject({
  register: z
    .enum(["true", "false"])
    .default("false")
    .transform((text) => text === "true")
    .openapi({ description: "`true`: also creates the notifications with Netlify's API." }),
});

const notConnected = (lacks: "token" | "site-id"): Response =>
  problem({
    status: 409,
    code: "NETLIFY_NOT_CONNECTED",
    title: "Netlify's API is not connected for this site",
    detail:
      lacks === "token"
        ? "LAYERHOOK_NETLIFY_TOKEN is not set. Set the variable and deploy, or leave `register` out and enter the URL at Netlify by hand."
        : "The site has no `netlifySiteId`. Ask an Owner to set it, or leave `register` out and enter the URL at Netlify by hand.",
  });

const remainingView = (hooks: readonly HookDone[]) =>
  hooks.map(({ event, id, error }) => ({ event, id: id ?? "", error: error ?? "" }));

const openReceiver = route({
  operationId: "openDeployNotifications",
  method: "post",
  path,
  summary: "Creates or rotates the URL for Netlify's notifications of this site's deploys",
  details:
    "With `register=true`, LAYERHOOK_NETLIFY_TOKEN and the site's `netlifySiteId`, Layerhook also creates the notifications at Netlify and deletes the old ones. The answer gives the result for each event.",
  allowed: "writers",
  query: registerQuery,
  body: none,
  answers: { 201: { description: "The URL and its secret, shown only once", schema: receiverSchema } },
  problems: { 409: ["NETLIFY_NOT_CONNECTED"] },
  async handle(call) {
    const id = call.param("siteId");
    const result = call.query.register
      ? await registerDeployReceiver(call.deps, call.member.actor, id)
      : await openDeployReceiver(call.deps, call.member.actor, id);
    if (result.kind === "not-connected") return notConnected(result.lacks);
    if (isRefused(result)) return refuse(result);
    call.committed({ kind: "site", id }, false);
    const { url, signingSecret, previousUntil } = result;
    const hooks = result.kind === "registered" ? result : null;
    return call.answer(201, receiverSchema, {
      url,
      signingSecret,
      events: DEPLOY_EVENTS.map(({ title }) => title),
      previousUntil: previousUntil === null ? null : isoTime(previousUntil),
      registered: hooks === null ? null : hooks.created.map(({ event, error }) => ({ event, error })),
      remaining: hooks === null ? [] : remainingView(hooks.remaining),
      function: deployFunctionView(url, signingSecret),
    });
  },
});

const closeReceiver = route({
  operationId: "closeDeployNotifications",
  method: "delete",
  path,
  summary: "Disconnects this site's deploy notifications",
  details: "Layerhook first deletes the notifications that it created with Netlify's API.",
  allowed: "writers",
  query: none,
  body: none,
  answers: {
    200: {
      description: "The URL no longer works, but notifications remain at Netlify",
      schema: remainingHooksSchema,
    },
    204: { description: "The URLs no longer work" },
  },
  async handle(call) {
    const id = call.param("siteId");
    const remaining = await unregisterDeployReceiver(call.deps, id);
    const result = await closeDeployReceiver(call.deps, call.member.actor, id);
    if (isRefused(result)) return refuse(result);
    call.committed({ kind: "site", id }, false);
    return remaining.length === 0
      ? noContent()
      : call.answer(200, remainingHooksSchema, { remaining: remainingView(remaining) });
  },
});

/** The routes of a site's deploy notifications. */
export const deployNotificationRoutes: readonly Route[] = [openReceiver, closeReceiver];
