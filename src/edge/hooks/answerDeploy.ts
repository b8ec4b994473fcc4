import type { Deps } from "../../app/deps.ts";
import { findSite } from "../../app/manage/sites.ts";
import { readDeployEvent } from "../../app/netlify/netlifyDeploy.ts";
import { recordDeployEvent } from "../../app/receive/recordDeployEvent.ts";
import { openerOf, sealedParts } from "../../app/stored/sealing.ts";
import { settleOwed } from "../../app/stored/settleOwed.ts";
import { acceptedReceivers } from "../../core/site/deployReceiver.ts";
import type { Site } from "../../core/site/site.ts";
import { StoreMisconfigured, StoreUnavailable } from "../../store/store.ts";
import { problem } from "../problem.ts";
import { readBody } from "../readBody.ts";
import { isSameText } from "../secrets.ts";
import { storeMisconfigured } from "../storeMisconfigured.ts";
import { unreadable } from "../unreadable.ts";
import { isSignedByNetlify } from "./netlifySignature.ts";

const PATH = /^\/hooks\/deploys\/([A-Za-z0-9_-]{8,128})\/([A-Za-z0-9_-]{16,128})\/?$/;
/** The longest body: a deploy names all its files and functions (bytes). */
const EVENT_BYTES = 1024 * 1024;

/** The secret that signs notifications to this URL; null: the URL is not accepted. */
const signingSecretOf = (deps: Deps, site: Site, secret: string): string | null => {
  const opener = (part: string) => openerOf(deps.sealer, site, part);
  const receiver = acceptedReceivers(site, deps.clock.now()).find((candidate) => {
    const opened = opener(sealedParts.receiver).open(candidate.secret);
    return opened !== null && isSameText(opened, secret);
  });
  return receiver === undefined ? null : opener(sealedParts.receiverSigning).open(receiver.signingSecret);
};

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

const notFound = (): Response => {
  const detail =
    "No site receives deploy notifications at this URL. Create a URL in the site's settings and enter it at Netlify under Notifications, Deploy notifications, HTTP POST request.";
  return problem({ status: 404, code: "DEPLOY_RECEIVER_NOT_FOUND", title: "No such URL", detail });
};

const recordNotification = async (
  request: Request,
  deps: Deps,
  afterwards: (work: Promise<unknown>) => void,
  siteId: string,
  secret: string,
): Promise<Response> => {
  const site = await findSite(deps, siteId);
  const signingSecret = site === null ? null : signingSecretOf(deps, site, secret);
  if (signingSecret === null) return notFound();
  const signature = request.headers.get("x-webhook-signature");
  if (signature === null) {
    const detail =
      "The header X-Webhook-Signature is missing. Enter the secret at Netlify as the JWS secret token, next to the URL.";
    return problem({ status: 401, code: "SIGNATURE_MISSING", title: "Not signed", detail });
  }
  const body = await readBody(request, EVENT_BYTES);
  if (body.kind === "too-long") {
    const detail = `A deploy notification may have at most ${EVENT_BYTES} bytes.`;
    return problem({ status: 413, code: "BODY_TOO_LARGE", title: "The notification is too long", detail });
  }
  if (body.kind === "broken-off") {
    const detail = "The connection closed before the whole body arrived. Nothing was recorded.";
    return problem({ status: 400, code: "BODY_INCOMPLETE", title: "The notification is not complete", detail });
  }
  const text = body.text ?? "";
  if (!(await isSignedByNetlify(signature, text, signingSecret))) {
    const detail =
      "The signature in X-Webhook-Signature does not match this body and this site's secret. Enter the secret at Netlify again, exactly as Layerhook showed the secret with the URL.";
    return problem({ status: 401, code: "SIGNATURE_INVALID", title: "The signature does not match", detail });
  }
  const event = readDeployEvent(request.headers.get("x-netlify-event"), parseJson(text));
  const headers = { "cache-control": "no-store" };
  if (event === null) return Response.json({ status: "ignored" }, { headers });
  const result = await recordDeployEvent(deps, siteId, event);
  if (result.kind === "unknown-site") return notFound();
  const target = { kind: "site", id: siteId } as const;
  afterwards(result.wake ? deps.wake(target) : settleOwed(deps, target));
  return Response.json({ status: "recorded" }, { headers });
};

/** Answers a deploy notification from Netlify. A URL that is not a site's own costs one read and never a write. */
export const answerDeploy = async (
  request: Request,
  deps: Deps,
  afterwards: (work: Promise<unknown>) => void,
): Promise<Response> => {
  if (request.method !== "POST") {
    const detail = "Netlify sends deploy notifications to this URL with POST.";
    return problem({ status: 405, code: "METHOD_NOT_ALLOWED", title: "Send POST", detail }, { allow: "POST" });
  }
  const [, siteId, secret] = PATH.exec(new URL(request.url).pathname) ?? [];
  if (siteId === undefined || secret === undefined) return notFound();
  try {
    return await recordNotification(request, deps, afterwards, siteId, secret);
  } catch (error) {
    if (error instanceof StoreMisconfigured) return storeMisconfigured(error);
    const message = error instanceof StoreUnavailable ? error.message : error instanceof Error ? error.name : "unknown";
    deps.report({ kind: "trouble", where: `deploy notification of site ${siteId}`, error: message });
    const detail = "The store did not confirm the notification in time.";
    const headers = { "retry-after": "5" };
    const unread = unreadable(error, "Nothing was recorded.");
    return (
      unread ??
      problem({ status: 503, code: "STORE_UNAVAILABLE", title: "The store did not confirm in time", detail }, headers)
    );
  }
};
