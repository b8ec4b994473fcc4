import type { NotificationFormat } from "../../core/layer/notification.ts";

/** The longest message that Discord takes, in characters. */
const DISCORD_CHARS = 2000;
/** A message for Teams may have 28 KB. A sentence that is longer than this is cut (characters). */
const TEAMS_CHARS = 4000;

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };

/** Slack reads `<!channel>` as a mention and `<url|words>` as a link, so these three characters become entities. */
const forSlack = (text: string): string => text.replaceAll(/[&<>]/g, (character) => ENTITIES[character] ?? character);

/** The characters of a text, cut so that the parts that `write` makes of them have at most `limit` characters together. */
const cutTo = (text: string, limit: number, write: (character: string) => string): string => {
  let cut = "";
  const whole = [...text].map(write).join("");
  if (whole.length <= limit) return whole;
  for (const character of text) {
    const next = write(character);
    if (cut.length + next.length > limit - 1) break;
    cut += next;
  }
  return `${cut}…`;
};

/** A backslash before every character that starts markup in Discord: bold, a list, a quote, a link, a mention. */
const forDiscord = (text: string): string =>
  cutTo(text, DISCORD_CHARS, (character) => (/[\\*_~`|<>[\]()#@:-]/.test(character) ? `\\${character}` : character));

/** A card whose text is a run, because a run shows markup as it is. */
const teamsMessage = (text: string): object => ({
  type: "message",
  attachments: [
    {
      contentType: "application/vnd.microsoft.card.adaptive",
      contentUrl: null,
      content: {
        $schema: "http://adaptivecards.io/schemas/adaptive-card.json",
        type: "AdaptiveCard",
        version: "1.4",
        body: [{ type: "RichTextBlock", inlines: [{ type: "TextRun", text }] }],
      },
    },
  ],
});

/**
 * The bytes of a message as its receiver wants them. `body` is the standard message, and `text` its sentence as people
 * and jobs wrote it, which must not become markup or a mention in a chat.
 */
export const formatted = (format: NotificationFormat, body: string, text: string): string => {
  switch (format) {
    case "slack":
      return JSON.stringify({ text: forSlack(text) });
    case "discord":
      return JSON.stringify({ content: forDiscord(text), allowed_mentions: { parse: [] } });
    case "teams":
      return JSON.stringify(teamsMessage(cutTo(text, TEAMS_CHARS, (character) => character)));
    case "standard":
      return body;
  }
};
