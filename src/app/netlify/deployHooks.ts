import { z } from "zod/mini";
import { DEPLOY_EVENTS } from "../../core/site/deployEvent.ts";
import type { DeployHook } from "../../core/site/deployHistory.ts";
import type { Deps, NetlifyApi, OutgoingAnswer } from "../deps.ts";
import { call, parsed } from "./netlifyApi.ts";

const madeSchema = z.looseObject({ id: z.string().check(z.minLength(1), z.maxLength(64)) });

/** A notification hook at Netlify, and what went wrong with it; null: nothing. */
export interface HookDone {
  readonly event: string;
  /** Null: it was not created. */
  readonly id: string | null;
  readonly error: string | null;
}

/** The text has no body of Netlify's, which may repeat the URL with its secret. */
const faultOf = (answer: OutgoingAnswer): string | null => {
  if (answer.kind === "silence") return answer.error;
  return answer.status >= 200 && answer.status < 300 ? null : `Netlify's API answered ${answer.status}`;
};

/** Creates a hook at Netlify for each deploy event. Never throws. */
export const createDeployHooks = (
  deps: Deps,
  api: NetlifyApi,
  netlifySiteId: string,
  { url, signingSecret }: { readonly url: string; readonly signingSecret: string },
): Promise<HookDone[]> =>
  Promise.all(
    DEPLOY_EVENTS.map(async ({ title, name }): Promise<HookDone> => {
      const at = `${api.url}/hooks?site_id=${encodeURIComponent(netlifySiteId)}`;
      const hook = { type: "url", event: name, data: { url, signature_secret: signingSecret } };
      const answer = await call(deps, api, "POST", at, new AbortController().signal, hook);
      const error = faultOf(answer);
      if (error !== null) return { event: title, id: null, error };
      const made = madeSchema.safeParse(answer.kind === "answer" ? parsed(answer.text) : undefined);
      return made.success
        ? { event: title, id: made.data.id, error: null }
        : {
            event: title,
            id: null,
            error: "Netlify created the notification without returning its id. Delete the notification at Netlify",
          };
    }),
  );

/** Removes hooks at Netlify. One that is gone already counts as removed. Never throws. */
export const removeDeployHooks = (
  deps: Deps,
  api: NetlifyApi | undefined,
  hooks: readonly DeployHook[],
): Promise<HookDone[]> =>
  Promise.all(
    hooks.map(async ({ id, event }): Promise<HookDone> => {
      if (api === undefined) return { event, id, error: "LAYERHOOK_NETLIFY_TOKEN is no longer set" };
      const at = `${api.url}/hooks/${encodeURIComponent(id)}`;
      const answer = await call(deps, api, "DELETE", at, new AbortController().signal);
      const isGone = answer.kind === "answer" && answer.status === 404;
      return { event, id, error: isGone ? null : faultOf(answer) };
    }),
  );
