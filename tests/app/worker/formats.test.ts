import { describe, expect, test } from "vitest";
import { formatted } from "../../../src/app/worker/formatted.ts";
import { SECOND } from "../../../src/core/durations.ts";
import { answer, World } from "../world.ts";

const HOSTILE = "<!channel> @everyone *Blog* & [here](https://evil.test) <https://evil.test|x> {{DATE(2026-01-01)}}";
const sent = (format: Parameters<typeof formatted>[0], text: string) => JSON.parse(formatted(format, "{}", text));

/** Recorded example requests of each service's documentation, with our text in them. */
const documented = {
  slack: { text: "Hello &amp; &lt;world&gt; 🌊" },
  discord: { content: "Hello & \\<world\\> 🌊", allowed_mentions: { parse: [] } },
  teams: {
    type: "message",
    attachments: [
      {
        contentType: "application/vnd.microsoft.card.adaptive",
        contentUrl: null,
        content: {
          $schema: "http://adaptivecards.io/schemas/adaptive-card.json",
          type: "AdaptiveCard",
          version: "1.4",
          body: [{ type: "RichTextBlock", inlines: [{ type: "TextRun", text: "Hello & <world> 🌊" }] }],
        },
      },
    ],
  },
};

describe("what a chat service is sent", () => {
  test.each(Object.entries(documented))(
    "a message for %s has the form that the service documents",
    (format, expected) => {
      expect(sent(format === "slack" || format === "teams" ? format : "discord", "Hello & <world> 🌊")).toEqual(
        expected,
      );
    },
  );

  test("no name becomes a mention, a link or markup, whatever a layer is called", () => {
    const { text } = sent("slack", HOSTILE);
    expect(text).not.toMatch(/[<>]/);
    expect(text).toContain("&lt;!channel&gt;");
    const { content } = sent("discord", HOSTILE);
    expect(content.replaceAll(/\\./g, "")).not.toMatch(/[\\*_~`|<>[\]()#@:-]/);
    const [block] = sent("teams", HOSTILE).attachments[0].content.body;
    expect(block).toEqual({ type: "RichTextBlock", inlines: [{ type: "TextRun", text: HOSTILE }] });
  });

  test("a message for Discord has at most 2,000 characters, and is cut between characters", () => {
    for (const text of ["x".repeat(2000), "*".repeat(1000)]) expect(sent("discord", text).content).toHaveLength(2000);
    for (const text of ["x".repeat(2001), "*".repeat(1001), "🌊".repeat(1500), `x${"*🌊".repeat(900)}`]) {
      const { content } = sent("discord", text);
      expect(content.length).toBeLessThanOrEqual(2000);
      expect(content).toMatch(/(?:[^\\]|\\.)…$/u);
      expect(content.isWellFormed()).toBe(true);
    }
    expect(sent("teams", "x".repeat(50_000)).attachments[0].content.body[0].inlines[0].text).toHaveLength(4000);
  });
});

const URL_OF = {
  standard: "https://team.test/told",
  slack: "https://chat.test/slack",
  later: "https://team.test/later",
};

test("a chat service gets its format unsigned, and a format of a later release is sent signed as standard", async () => {
  const world = new World();
  const notifications = Object.entries(URL_OF).map(([format, url]) => ({
    ...{
      id: format,
      name: "Chat",
      url,
      urlHint: "…",
      events: ["sync.failed", "sync.succeeded"],
      secret: "whsec_c2VjcmV0",
    },
    format,
  }));
  await world.layer("layer-one", ["a"], [], { name: "A <b> & c", notifications });
  for (const url of ["https://jobs.test/a", ...Object.values(URL_OF)]) world.jobs.set(url, () => answer(200));
  await world.publish("layer-one");
  await world.clock.pass(10 * SECOND);
  const callOf = (url: string) => world.calls.find((call) => call.url === url);
  expect(JSON.parse(callOf(URL_OF.slack)?.body ?? "")).toEqual({
    text: expect.stringMatching(/^A &lt;b&gt; &amp; c: sync succeeded/),
  });
  expect(Object.keys(callOf(URL_OF.slack)?.headers ?? {})).toEqual(["content-type"]);
  for (const url of [URL_OF.standard, URL_OF.later]) {
    expect(callOf(url)?.headers["webhook-signature"]).toMatch(/\S/);
    expect(JSON.parse(callOf(url)?.body ?? "")).toMatchObject({ type: "sync.succeeded", dataLayerName: "A <b> & c" });
  }
});
