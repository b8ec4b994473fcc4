import { z } from "zod";
import { MINUTE, SECOND } from "../../../src/core/durations.ts";
import { type Check, failed, passed, type Verdict } from "../check.ts";
import { codeOf, hasEnded, listOf, publishPath, syncSchema, until } from "../liveSite.ts";

const WITHIN = MINUTE;
const layerSchema = z.object({ id: z.string() });

/** A production deploy that is not published any more. */
export const permalink: Check = {
  name: "permalink",
  title: "a former deploy, reached by its permalink, answers 409",
  proves: "Netlify says at each request whether its deploy is the published one",
  lacks: ({ formerPermalink }) =>
    formerPermalink === null ? "it needs the permalink of a former production deploy" : null,
  async run({ outside, site, formerPermalink }) {
    if (formerPermalink === null) return failed("there is no former deploy");
    const layer = await site.create("/data-layers", { name: "Verify: permalink", paused: true });
    const former = site.at(await formerPermalink());
    const paths = [
      ["GET", "/api/v1/session"],
      ["POST", publishPath(layer)],
    ] as const;
    for (const [method, path] of paths) {
      let status = 0;
      // Every place of the network has to learn which deploy is published.
      const refused = await until(outside, { withinMs: WITHIN, everyMs: 3 * SECOND }, async () => {
        const answer = await former.ask(method, path);
        status = answer.status;
        return answer.status === 409 && codeOf(answer) === "NOT_PUBLISHED" ? true : null;
      });
      if (refused === null) return failed(`the former deploy answers ${method} ${path.split("/")[1]} with ${status}`);
    }
    const { status } = await site.api("GET", "/session");
    if (status !== 200) return failed(`the published deploy is answered ${status} as well`);
    return passed("the former deploy refuses the API and a publish, the published one answers");
  },
};

/** A deploy that visitors do not get. */
export const draft: Check = {
  name: "draft",
  title: "a draft deploy has a store and a worker of its own",
  proves: "the store of a deploy is apart from the site's, and its functions are reached at its own address",
  lacks: (visit) => (visit.draft === null ? "it needs the address of a draft deploy" : null),
  async run({ outside, site, draft: deployed }) {
    if (deployed === null) return failed("there is no draft");
    const kept = await site.create("/data-layers", { name: "Verify: of the published deploy", paused: true });
    const other = site.at(await deployed());
    const items = listOf(layerSchema);
    const ready = await until(outside, { withinMs: WITHIN, everyMs: 3 * SECOND }, () =>
      other.read("/data-layers", items),
    );
    if (ready === null) {
      const answer = await other.api("GET", "/data-layers");
      return failed(`the draft's API was answered ${answer.status}. Is it private? Make drafts public as well.`);
    }
    if (ready.items.some(({ id }) => id === kept)) return failed("the draft sees a layer of the published deploy");
    const layer = await other.create("/data-layers", { name: "Verify: of the draft" });
    const look = async (): Promise<Verdict> => {
      const seen = await site.api("GET", `/data-layers/${layer}`);
      if (seen.status !== 404) return failed(`a layer of the draft is answered ${seen.status} by the published deploy`);
      const { syncId } = await other.publish(layer);
      const ended = await until(outside, { withinMs: WITHIN, everyMs: SECOND }, async () => {
        const sync = await other.read(`/data-layers/${layer}/syncs/${syncId}`, syncSchema);
        return hasEnded(sync) ? sync : null;
      });
      if (ended?.status !== "succeeded") return failed(`a sync of the draft ended as ${ended?.status ?? "pending"}`);
      return passed("neither sees the other's layers, and the draft's own sync succeeded");
    };
    let left: readonly string[] = [];
    const verdict = await look().finally(async () => {
      left = await other.deleteCreated();
    });
    return left.length === 0 ? verdict : failed(`the draft keeps what was made there: ${left.join(", ")}`);
  },
};
