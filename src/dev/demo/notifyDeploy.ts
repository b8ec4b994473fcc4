import { createHash } from "node:crypto";
import { CompactSign } from "jose";
import type { DemoDeploy, DemoState } from "./demoState.ts";

const NOTIFY_DEADLINE_MS = 10_000;

export interface NotifyOptions {
  /** The URL of this server. A notification goes only to this server, whatever URL its hook has. */
  readonly base: string;
  readonly report: (line: string) => void;
}

/** Sends a deploy to each hook of its site for `event`, in turn, signed as Netlify signs. Never throws. */
export async function notifyDeploy(
  { hooks }: DemoState["state"],
  event: string,
  deploy: DemoDeploy,
  { base, report }: NotifyOptions,
): Promise<void> {
  const body = JSON.stringify(deploy);
  const subscribed = hooks.filter((hook) => hook.site_id === deploy.site_id && hook.event === event);
  for (const { data } of subscribed) {
    try {
      const { pathname, search } = new URL(data.url);
      const response = await fetch(`${base}${pathname}${search}`, {
        method: "POST",
        headers: {
          "content-type": "application/json",
          "x-netlify-event": event,
          "x-webhook-signature": await signed(body, data.signature_secret),
        },
        body,
        redirect: "manual",
        signal: AbortSignal.timeout(NOTIFY_DEADLINE_MS),
      });
      await response.body?.cancel();
      if (!response.ok) report(`Demo Netlify: ${event} was answered ${response.status}`);
    } catch (error) {
      report(`Demo Netlify: ${event} was not accepted (${error instanceof Error ? error.name : "unknown"})`);
    }
  }
}

async function signed(body: string, secret: string): Promise<string> {
  const sha256 = createHash("sha256").update(body).digest("hex");
  const payload = new TextEncoder().encode(JSON.stringify({ iss: "netlify", sha256 }));
  return new CompactSign(payload).setProtectedHeader({ alg: "HS256" }).sign(new TextEncoder().encode(secret));
}
