import { z } from "@hono/zod-openapi";
import { jsonBytes } from "../core/bytes.ts";
import { unreadableReasons } from "../core/document.ts";
import {
  DESCRIPTION_BYTES,
  HOST_BYTES,
  NAME_BYTES,
  NAME_CHARS,
  OVERVIEW_BYTES,
  OVERVIEW_PAGE_ITEMS,
  PAGE_ITEMS,
  URL_BYTES,
} from "../core/limits.ts";
import { isLine, isPlainLine, isText } from "../core/plainText.ts";

/** Schemas that requests and answers share. */

/** The length of a text in a document's JSON, without the quotes (bytes). */
const storedBytes = (text: string): number => jsonBytes(text) - 2;

/** The check and the message for a text that takes too many bytes in a document. */
export const bytes = (limit: number) =>
  [
    (text: string): boolean => storedBytes(text) <= limit,
    {
      error: ({ input }: { readonly input?: unknown }): string =>
        `must have at most ${limit} bytes as it is stored; it has ${storedBytes(String(input))}`,
    },
  ] as const;

/** A name that a person gives: one line without characters that hide or reorder text. */
export const nameSchema = z
  .string()
  .trim()
  .min(1, "must not be empty")
  .max(NAME_CHARS, `must have at most ${NAME_CHARS} characters`)
  .refine(isLine, "must not contain invisible or control characters")
  .refine(...bytes(NAME_BYTES));

/** A name that is compared exactly, such as a role. */
export const plainNameSchema = nameSchema.refine(isPlainLine, "must not contain invisible or control characters");

export const descriptionSchema = z
  .string()
  .trim()
  .max(500, "must have at most 500 characters")
  .refine(isText, "must not contain invisible or control characters")
  .refine(...bytes(DESCRIPTION_BYTES));

/** A chosen id, so that senders keep their URLs. A guessable id is accepted with a warning. */
export const keptIdSchema = z
  .string()
  .regex(/^[A-Za-z0-9_-]{8,128}$/, "must have 8 to 128 of the characters A-Z a-z 0-9 _ -");

/** A warning: the input is accepted but should be changed. */
export const settingWarningsSchema = z.array(z.enum(["GUESSABLE_URL"])).openapi({
  description:
    "`GUESSABLE_URL`: the id in the URL is the only secret, and a person could guess it. Turn on `verification`, or give the webhook a new URL (`rotate`).",
});

/**
 * A URL to call, in its stored form: percent-encoded, with an ASCII host. Its scheme and host are checked when it is
 * given and again when it is called.
 */
export const urlSchema = z
  .string()
  .transform((text, context) => {
    const url = isLine(text) ? URL.parse(text) : null;
    const refuse = (message: string): never => {
      context.addIssue({ code: "custom", message });
      return z.NEVER;
    };
    if (url === null) return refuse("is not a URL");
    const { href, hostname } = url;
    if (hostname.length > HOST_BYTES) return refuse(`must have a host name of at most ${HOST_BYTES} characters`);
    const size = storedBytes(href);
    return size > URL_BYTES
      ? refuse(`must have at most ${URL_BYTES} bytes; percent-encoded, as it is stored, it has ${size}`)
      : href;
  })
  .openapi({
    description: `Stored percent-encoded, with its host in ASCII; at most ${URL_BYTES} bytes in this form.`,
  });

/** A build hook: its secret is in its path, so one with … there is a placeholder or a shortened address. */
export const hookUrlSchema = urlSchema.refine((url) => !url.includes(encodeURIComponent("…")), {
  message: "contains …, like an example or a shortened URL; give the whole URL",
});

export const timeSchema = z.iso.datetime();

export const actorSchema = z.object({ id: z.string(), name: z.string(), email: z.string() }).openapi("Actor");

/** An empty value counts as absent, because forms send empty fields. */
const given = (text: string | undefined): string | undefined => (text === "" ? undefined : text);

/** `?limit=&cursor=` for every list. `position` is the form of its cursors. */
export const pageQuery = (position: RegExp) =>
  z.object({
    limit: z
      .string()
      .regex(/^(?:|[1-9]\d?|100)$/, `must be a number from 1 to ${PAGE_ITEMS}`)
      .optional()
      .transform((limit) => Number(given(limit) ?? 20))
      .openapi({
        type: "string",
        description: `The maximum number of items, from 1 to ${PAGE_ITEMS}. Default: 20.`,
      }),
    cursor: z
      .string()
      .regex(new RegExp(`^$|${position.source}`), "must be the nextCursor of a list")
      .optional()
      .transform((cursor) => given(cursor) ?? null),
  });

/** `?limit=&cursor=` for what is one answer without them, if it fits. `position` is the form of its cursors. */
export const largePageQuery = (position: RegExp) =>
  z.object({
    limit: z
      .string()
      .regex(/^(?:|[1-9]\d{0,2}|1000)$/, `must be a number from 1 to ${OVERVIEW_PAGE_ITEMS}`)
      .optional()
      .transform((limit) => (given(limit) === undefined ? null : Number(limit)))
      .openapi({
        type: "string",
        description: `Returns a page of at most this many items, from 1 to ${OVERVIEW_PAGE_ITEMS}.`,
      }),
    cursor: pageQuery(position).shape.cursor,
  });

/** Positions in lists that are sorted by creation time. */
export const ORDER_POSITION = /^\d{15}\.[A-Za-z0-9_-]{1,128}$/;
/** Positions in lists of syncs, whose ids begin with their time. */
export const ID_POSITION = /^[A-Za-z0-9_-]{8,128}$/;

/** A page of a list. */
export const pageSchema = <S extends z.ZodType>(item: S) =>
  z.object({
    items: z.array(item),
    nextCursor: z.string().nullable().openapi({
      description:
        "The start of the next page; null: this is the last page. A short or empty page may have a next page.",
    }),
  });

/** The `nextCursor` of an answer that has all items if they fit. */
export const largePageCursor = z
  .string()
  .nullable()
  .openapi({
    description: `The start of the next page; null: this is the last page, or the whole. Also without \`limit\` an answer ends before it has ${OVERVIEW_BYTES} bytes, and leads on.`,
  });

const unreadableSchema = z
  .object({
    id: z.string(),
    reason: z.enum(unreadableReasons).openapi({
      description:
        "`newer`: a later release wrote the document; deploy that release again. `corrupt`: the document is damaged.",
    }),
  })
  .openapi("Unreadable");

/** Documents that this release cannot read and does not overwrite. */
export const unreadableListSchema = z.array(unreadableSchema);

/** A page of a list of documents. */
export const documentPageSchema = <S extends z.ZodType>(item: S) =>
  z.object({
    ...pageSchema(item).shape,
    unreadable: unreadableListSchema.openapi({
      description: "Items of this page that this release cannot read and leaves unchanged.",
    }),
  });

/** `?sync=false` leaves out the sync of new and changed sources. */
export const syncQuery = z.object({
  sync: z
    .enum(["true", "false"])
    .default("true")
    .transform((text) => text === "true"),
});

/** The parameters of paths: ids, refs and slugs. Nothing else ever becomes a key of the store. */
export const PARAM = /^[A-Za-z0-9_-]{1,128}$/;
