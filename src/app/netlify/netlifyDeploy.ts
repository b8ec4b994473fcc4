import { z } from "zod/mini";
import { clip } from "../../core/bytes.ts";
import { defined } from "../../core/defined.ts";
import type { DeployEvent } from "../../core/site/deployEvent.ts";
import { type NotBuilt, whyNotBuilt } from "../../core/site/notBuilt.ts";
import type { Deploy } from "../../core/slot/deploy.ts";
import { noteText } from "../../core/slot/judge.ts";
import { own } from "../../core/slot/slot.ts";
import { isWebUrl } from "../../core/webUrl.ts";
import { isoMs } from "../time.ts";

const URL_BYTES = 300;
const TITLE_CHARS = 400;

const optional = <S extends z.ZodMiniType>(schema: S) => z.catch(z.nullish(schema), undefined);
const time = optional(z.pipe(z.iso.datetime({ offset: true }), z.transform(isoMs)));

/** A deploy in Netlify's API and notifications. A field that is missing or of another type counts as absent. */
const netlifyDeploySchema = z.looseObject({
  id: z.string().check(z.minLength(1), z.maxLength(64)),
  state: z.string(),
  title: optional(z.string()),
  context: optional(z.string()),
  created_at: time,
  published_at: time,
  updated_at: time,
  error_message: optional(z.string()),
  deploy_ssl_url: optional(z.string()),
  ssl_url: optional(z.string()),
  url: optional(z.string()),
  skipped: optional(z.boolean()),
});

/** One deploy as it is read from Netlify. */
export interface NetlifyDeploy {
  readonly deploy: Deploy & { readonly id: string };
  readonly production: boolean;
  readonly title: string;
  /** Why Netlify did not build; null: it builds, or did. */
  readonly notBuilt: NotBuilt | null;
}

const stateOf = (state: string): Deploy["state"] =>
  state === "ready" ? "ready" : state === "error" || state === "rejected" ? "failed" : "building";

/** Reads a deploy; null if the value is none. */
export const readNetlifyDeploy = (value: unknown): NetlifyDeploy | null => {
  const parsed = netlifyDeploySchema.safeParse(value);
  if (!parsed.success) return null;
  const { id, state, title, context, created_at, published_at, updated_at, error_message, ...urls } = parsed.data;
  const is = stateOf(state);
  const error = error_message ?? undefined;
  const url = [urls.deploy_ssl_url, urls.ssl_url, urls.url].find((one) => typeof one === "string" && isWebUrl(one));
  const ended = is === "building" ? undefined : (published_at ?? updated_at ?? undefined);
  return {
    deploy: {
      id,
      state: is,
      ...defined({ startedAt: created_at ?? undefined, endedAt: ended }),
      ...(url == null ? {} : { url: clip(url, URL_BYTES) }),
      ...(error === undefined || is !== "failed" ? {} : { error: noteText(error) }),
      ...(is === "ready" ? { published: published_at != null } : {}),
    },
    production: context === undefined || context === null || context === "production",
    title: (title ?? "").slice(0, TITLE_CHARS),
    notBuilt: is === "failed" ? whyNotBuilt({ skipped: parsed.data.skipped === true, message: error ?? "" }) : null,
  };
};

const KINDS: Readonly<Record<string, DeployEvent["kind"]>> = {
  deploy_building: "started",
  deploy_created: "succeeded",
  deploy_succeeded: "succeeded",
  deploy_failed: "failed",
  deploy_locked: "locked",
  deploy_unlocked: "unlocked",
  deploy_restored: "restored",
};

const kindOf = ({ deploy }: NetlifyDeploy): DeployEvent["kind"] =>
  deploy.state === "ready" ? "succeeded" : deploy.state === "failed" ? "failed" : "started";

/**
 * Reads a deploy notification: `name` is the event in its header, and `value` its body. If the two disagree, the
 * deploy's own state counts, because Netlify sends "created" for deploys in any state. Null: the notification has
 * nothing to follow.
 */
export const readDeployEvent = (name: string | null, value: unknown): DeployEvent | null => {
  const told = readNetlifyDeploy(value);
  if (told === null) return null;
  const named = name === null ? undefined : own(KINDS, name);
  if (name !== null && named === undefined) return null;
  const kept = named === "locked" || named === "unlocked" || named === "restored";
  return { ...told, kind: kept ? named : kindOf(told) };
};
