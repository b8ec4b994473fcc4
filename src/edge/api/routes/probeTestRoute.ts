import { findLayer } from "../../../app/manage/layers.ts";
import { HEADERS_ELSEWHERE, URL_MASKED } from "../../../app/settings/sourceSettings.ts";
import { tryProbe } from "../../../app/settings/tryProbe.ts";
import { probeTestedSchema } from "../../../contract/resources/probeTestSchema.ts";
import { probeInput } from "../../../contract/resources/sourceSchemas.ts";
import { MINUTE, SECOND } from "../../../core/durations.ts";
import { CallLimit } from "../../outgoing/callLimit.ts";
import { problem } from "../../problem.ts";
import { none, type Route } from "../definition.ts";
import { invalidInput, notFound } from "../problems.ts";
import { route } from "../route.ts";

/** The most tries of one layer that an instance makes in a minute, because each calls somebody's server. */
const TRIES = 10;
const limit = new CallLimit(TRIES, MINUTE);

const tooMany = (waitMs: number): Response => {
  const seconds = Math.ceil(waitMs / SECOND);
  return problem(
    {
      status: 429,
      code: "TOO_MANY_TRIES",
      title: "Too many tries",
      detail: `Each instance of the API tries a data layer's probes at most ${TRIES} times a minute. Nothing was called. Try again in ${seconds} s.`,
    },
    { "retry-after": String(seconds) },
  );
};

export const probeTestRoute: Route = route({
  operationId: "testProbe",
  method: "post",
  path: "/data-layers/{layerId}/data-sources/test",
  summary: "Requests the URL of a probe once and shows what would be compared; changes nothing",
  details:
    "The body is a probe as it would be saved. Without `headers`, those of the existing probe with this slug are sent, as long as the URL keeps its scheme, host and port. The values of headers are masked in the answer, also percent-encoded or in Base64. Each instance of the API allows ten tries of a data layer a minute.",
  allowed: "writers",
  query: none,
  body: probeInput,
  answers: { 200: { description: "What the URL answered", schema: probeTestedSchema } },
  problems: { 429: ["TOO_MANY_TRIES"] },
  async handle(call) {
    const { deps, serving, body } = call;
    const layer = await findLayer(deps, call.param("layerId"));
    if (layer === null) return notFound("DATA_LAYER");
    const refused = serving.checkUrl(body.url);
    if (refused !== null) return invalidInput("body", [{ path: "url", message: refused }]);
    const wait = limit.take(layer.id, deps.clock.now());
    if (wait > 0) return tooMany(wait);
    const tried = await tryProbe(deps, layer, body);
    if (tried.kind !== "tried") {
      const isMasked = tried.kind === "url-masked";
      const fault = isMasked ? { path: "url", message: URL_MASKED } : { path: "headers", message: HEADERS_ELSEWHERE };
      return invalidInput("body", [fault]);
    }
    const { kind: _kind, places, ...shown } = tried;
    return call.answer(200, probeTestedSchema, { ...shown, places: [...places] });
  },
});
