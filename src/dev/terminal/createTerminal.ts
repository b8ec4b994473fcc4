import { z } from "zod";
import type { LogEntry } from "../../edge/live.ts";
import { type Line, lineKinds, lineOf, ownersIn } from "./lineOf.ts";
import type { OwnerNames } from "./ownerNames.ts";
import { paintLine } from "./paintLine.ts";

/** A line of the log of our own functions. Their types hold, so only what tells it from other output is checked. */
const entrySchema = z.custom<LogEntry>(
  (value) => z.object({ at: z.iso.datetime(), kind: z.enum(lineKinds) }).safeParse(value).success,
);

const PUBLISH = /^\/hooks\/data_layer\/data_source\/publish\/([\w-]{1,128})\/([\w-]{1,128})\/?$/;
/** How many requests are remembered until their entries arrive. */
const REMEMBERED = 1_000;

export interface Terminal {
  /** Shows what a function printed: an entry of the log as its line, anything else as it is. */
  show(printed: string): void;
  /** Shows what the dev server itself says. */
  note(text: string): void;
  /** Remembers the webhook that a request is for, because the log never names a webhook's URL. */
  remember(requestId: string, pathname: string): void;
}

export interface TerminalOptions {
  readonly names: OwnerNames;
  /** The URL of the dev server; empty until it is known. */
  readonly base: () => string;
  readonly write: (text: string) => void;
  readonly colours: boolean;
}

/** Writes human lines, in the order in which they are given. A line waits for the names that it shows. */
export const createTerminal = ({ names, base, write, colours }: TerminalOptions): Terminal => {
  const webhooks = new Map<string, { readonly layerId: string; readonly webhookId: string }>();
  let written = Promise.resolve();

  const shownEntry = async (entry: LogEntry): Promise<string | null> => {
    const unnamed = { base: base(), nameOf: ({ id }: { readonly id: string }) => id, webhookOf: () => null };
    // Look for names only if there is a line. The look-ups themselves are read requests, which have none.
    if (lineOf(entry, unnamed) === null) return null;
    const webhook = webhooks.get(entry.requestId);
    const owners = await Promise.all(
      ownersIn(entry).map(async (owner) => [owner.id, (await names.nameOf(owner)) ?? owner.id] as const),
    );
    const found = new Map(owners);
    const webhookName = webhook === undefined ? null : await names.webhookOf(webhook.layerId, webhook.webhookId);
    const line = lineOf(entry, {
      base: base(),
      nameOf: ({ id }) => found.get(id) ?? id,
      webhookOf: () => webhookName,
    });
    return line === null ? null : paintLine(new Date(entry.at), line, colours);
  };

  const inTurn = (text: () => Promise<string | null>): void => {
    written = written.then(async () => {
      const shown = await text();
      if (shown !== null) write(shown);
    });
  };

  return {
    show(printed) {
      const entry = entrySchema.safeParse(jsonOf(printed)).data;
      inTurn(async () => (entry === undefined ? printed : shownEntry(entry).catch(() => printed)));
    },
    note(text) {
      const at = new Date();
      inTurn(async () => paintLine(at, lineOfNote(text), colours));
    },
    remember(requestId, pathname) {
      const [, layerId, webhookId] = PUBLISH.exec(pathname) ?? [];
      if (layerId === undefined || webhookId === undefined) return;
      webhooks.set(requestId, { layerId, webhookId });
      const [oldest] = webhooks.keys();
      if (webhooks.size > REMEMBERED && oldest !== undefined) webhooks.delete(oldest);
    },
  };
};

/** The demo's texts begin with who speaks; all others are of the dev server. */
const lineOfNote = (text: string): Line => {
  const [, speaker, rest] = /^(Demo \w+): (.*)$/s.exec(text) ?? [];
  const failed = /\b(?:failed|cannot|could not|is not built|was not accepted)\b/i.test(text);
  if (speaker !== undefined && rest !== undefined) return { label: "demo", subject: speaker, outcome: rest, failed };
  return { label: "dev", subject: "", outcome: text, failed };
};

const jsonOf = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
