import { expect, test } from "vitest";
import { answerPublish } from "../../../src/edge/hooks/answerPublish.ts";
import { readAnswer } from "../../api/answer.ts";
import { ApiWorld } from "../../api/world.ts";

test("a publish to a malformed URL is told which id is malformed, and never sees it repeated", async () => {
  const world = new ApiWorld();
  const layerId = await world.layer({ name: "Blog", dataSources: [] });
  const send = async (path: string) => {
    const url = `https://hooks.test/hooks/data_layer/data_source/publish/${path}`;
    const answer = await readAnswer(
      await answerPublish(new Request(url, { method: "POST" }), world.deps, () => undefined),
    );
    return [answer.status, answer.at("code"), answer.textAt("detail")] as const;
  };
  const malformed = [
    [`${layerId}/sh%C3%B6rt`, "webhook's id"],
    [`${layerId}/abc`, "webhook's id"],
    ["abc/webhook-0123", "data layer's id"],
    ["abc", "data layer's id"],
  ] as const;
  for (const [path, part] of malformed) {
    const [status, code, detail] = await send(path);
    expect([status, code, detail]).toEqual([
      404,
      "DATA_LAYER_NOT_FOUND",
      expect.stringContaining(`The ${part} must have`),
    ]);
    expect(detail).not.toContain("abc/");
  }
  expect((await send("no-such-layer"))[2]).toContain("No data layer has this URL");
});
