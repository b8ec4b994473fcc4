import { testHook } from "../../../../app/manage/testHook.ts";
import { hookTestedSchema } from "../../../../contract/resources/siteSchemas.ts";
import { problem } from "../../../problem.ts";
import { none } from "../../definition.ts";
import { isRefused, refuse } from "../../problems.ts";
import { route } from "../../route.ts";

const busy = (): Response =>
  problem({
    status: 409,
    code: "BUILD_IN_PROGRESS",
    title: "A build is running or pending",
    detail:
      "A test calls the build hook, and a site has only one build at a time. Try again when no build of the site is running, pending or retrying.",
  });

/** `POST /sites/{siteId}/test-hook`. */
export const testHookRoute = route({
  operationId: "testBuildHook",
  method: "post",
  path: "/sites/{siteId}/test-hook",
  summary: "Tests the build hook with one call, which starts a build (15 credits at Netlify), and shows the answer",
  details: "The test is listed with the site's builds and counts against budgets. A failed test is not repeated.",
  allowed: "writers",
  query: none,
  body: none,
  answers: { 200: { description: "What the build hook answered", schema: hookTestedSchema } },
  problems: { 409: ["BUILD_IN_PROGRESS"] },
  async handle(call) {
    const id = call.param("siteId");
    const result = await testHook(call.deps, call.member.actor, id);
    if (result.kind === "busy") return busy();
    if (isRefused(result)) return refuse(result);
    const { buildId } = result;
    const { outcome, status, text } = result.call;
    call.committed({ kind: "site", id }, result.wake);
    return call.answer(200, hookTestedSchema, {
      buildId,
      accepted: outcome.kind === "ok",
      status,
      answer: text,
      durationMs: Math.round(outcome.durationMs),
      meaning:
        outcome.kind === "ok"
          ? `The build hook accepted the request, and a build starts.${result.isOther ? "" : " The build's title at Netlify names this test."}`
          : `No build starts: ${outcome.error}.`,
    });
  },
});
