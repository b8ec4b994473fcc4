import type { Deps } from "../../app/deps.ts";
import { finishChange } from "../../app/manage/changes.ts";
import { reportBack } from "../../app/receive/reportBack.ts";
import { StoreMisconfigured, StoreUnavailable } from "../../store/store.ts";
import { problem } from "../problem.ts";
import { readBody } from "../readBody.ts";
import { storeMisconfigured } from "../storeMisconfigured.ts";
import { unreadable } from "../unreadable.ts";

const PATH =
  /^\/hooks\/callbacks\/([A-Za-z0-9_-]{8,128})\/([0-9a-f-]{36})\/([a-z0-9][a-z0-9_-]{0,63})\/(\d{1,15})\/([A-Za-z0-9_-]{43})\/?$/;
const REPORT_BYTES = 64 * 1024;

const isObject = (text: string): boolean => {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
};

/** Answers a job's report. The token is checked before the store is read. */
export const answerCallback = async (
  request: Request,
  deps: Deps,
  afterwards: (work: Promise<unknown>) => void,
): Promise<Response> => {
  if (request.method !== "POST") {
    const detail = "A sync job reports its result to this URL with POST.";
    return problem({ status: 405, code: "METHOD_NOT_ALLOWED", title: "Send POST", detail }, { allow: "POST" });
  }
  const [, layerId, syncId, slug, fence, token] = PATH.exec(new URL(request.url).pathname) ?? [];
  const claims = { layerId: layerId ?? "", syncId: syncId ?? "", slug: slug ?? "", fence: Number(fence) };
  if (token === undefined || !deps.signer.isCallback(claims, token)) {
    const detail =
      "Layerhook never gave this callback URL to a job. Use `callbackUrl` exactly as the sync job received it.";
    return problem({ status: 404, code: "CALLBACK_NOT_FOUND", title: "No such callback", detail });
  }
  const body = await readBody(request, REPORT_BYTES);
  if (body.kind === "too-long") {
    const detail = `A report may have at most ${REPORT_BYTES} bytes. Send { changed, version, message, records } or { error }.`;
    return problem({ status: 413, code: "BODY_TOO_LARGE", title: "The report is too long", detail });
  }
  if (body.kind === "broken-off") {
    // A part of a report may leave out an error, and an empty report would mean success.
    const detail = "The connection closed before the whole body arrived. Nothing was recorded. Send the report again.";
    return problem({ status: 400, code: "BODY_INCOMPLETE", title: "The report is not complete", detail });
  }
  if (body.text !== null && !isObject(body.text)) {
    const detail =
      "The body is not a JSON object. Nothing was recorded. Send { changed, version, message, records } or { error }.";
    return problem({ status: 400, code: "MALFORMED_JSON", title: "The report cannot be read", detail });
  }
  try {
    const result = await reportBack(deps, claims, body.text ?? "");
    if (result.kind === "closed") {
      const detail = "This call has ended: the job already reported, the call timed out, or a newer call replaced it.";
      return problem({ status: 409, code: "CALLBACK_CLOSED", title: "The call has ended", detail });
    }
    // If no worker follows, the records of ended syncs are appended to the archive here.
    const target = { kind: "layer", id: claims.layerId } as const;
    afterwards(result.wake ? deps.wake(target) : finishChange(deps, target, false));
    return Response.json({ status: "recorded" }, { headers: { "cache-control": "no-store" } });
  } catch (error) {
    if (error instanceof StoreMisconfigured) return storeMisconfigured(error);
    const message = error instanceof StoreUnavailable ? error.message : error instanceof Error ? error.name : "unknown";
    deps.report({ kind: "trouble", where: `callback of layer ${claims.layerId}`, error: message });
    const detail = "The store did not confirm the report in time. Send the report again.";
    const headers = { "retry-after": "5" };
    const unread = unreadable(error, "Nothing was recorded.");
    return (
      unread ??
      problem({ status: 503, code: "STORE_UNAVAILABLE", title: "The store did not confirm in time", detail }, headers)
    );
  }
};
