/**
 * Every bound on what one document may hold. Together they keep a layer's document under `DOCUMENT_BYTES` in every
 * reachable state; the sum is checked by the law "a document stays under 512 KB".
 */
export const DOCUMENT_BYTES = 512 * 1024;
/**
 * What the store is never given more than. Only changes by people stop at `DOCUMENT_BYTES`: documents of earlier releases,
 * whose bounds counted characters, may be longer, and no publish or worker may be turned away for that.
 */
export const DOCUMENT_CEILING_BYTES = 2 * DOCUMENT_BYTES;
/** A longer delivery body is not kept: its source is synced in full. */
export const BODY_BYTES = 16 * 1024;
/** All bodies of one document, as they stand in its JSON. */
export const BODIES_BYTES = 72 * 1024;

/** Layers and sites of one system: every one is listed at each tick, and read by exports and usage. */
export const LAYERS_IN_ALL = 200;
export const SITES_IN_ALL = 200;

/**
 * An import's body. The widest layer with its sites fits, and so do all sites with the names of all layers: larger
 * configurations are sent in such parts. A function takes 6 MB.
 */
export const IMPORT_BODY_BYTES = 1024 * 1024;
/** An export in one answer; a function's buffered answer may have 6 MB. A longer one is read in pages. */
export const EXPORT_BYTES = 4 * 1024 * 1024;
/** Where a page of an export ends: with the document that makes it this long. */
export const EXPORT_PAGE_BYTES = 1024 * 1024;
/** Changes that one import makes for the `config` command: of 100 ms each, they end well within a function's time. */
export const IMPORT_CHANGES = 40;

/** Items of one page of a list. */
export const PAGE_ITEMS = 100;

export const SOURCES = 20;
export const SITES = 20;
export const NOTIFICATIONS = 10;
/** Messages of a layer that wait to be sent, or to be sent again; the newest stay. */
export const MESSAGES = 20;
export const WEBHOOKS = 100;
export const DELETED_WEBHOOKS = 50;
/** Deleted webhooks that can be restored, within a day. */
export const RESTORABLE_WEBHOOKS = 10;
/** The settings of all webhooks of one layer, as JSON; those that can be restored have what is left of it. */
export const WEBHOOK_SETTINGS_BYTES = 12 * 1024;
/** Former URLs of a layer's webhooks that are still accepted. */
export const FORMER_IDS = 10;
/** Sessions that were signed out of and have not reached their own end: in all, and of one member one by one. */
export const ENDED_SESSIONS = 500;
export const ENDED_SESSIONS_OF_ONE = 20;
/** Tokens made at run time, and the data layers that one of them may name. */
export const TOKENS = 100;
export const TOKEN_LAYERS = 20;
/** Written deliveries and changes remembered by id, so that deciding again after a lost reply is a no-op. */
export const RECENT = 32;
export const OWED = 64;
export const OWED_BYTES = 32 * 1024;
/** What an audit entry says of a change: before, after and the names of what was replaced, in bytes of JSON. */
export const AUDIT_DETAIL_BYTES = 4 * 1024;
/** Bounds of texts within a record, in bytes of JSON. */
export const NOTE_BYTES = 160;
export const VERSION_BYTES = 96;
export const SITE_NAME_BYTES = 42;
/** Names that people give, in characters, and in bytes of JSON without the quotes; so are descriptions. */
export const NAME_CHARS = 80;
export const NAME_BYTES = 240;
export const DESCRIPTION_BYTES = 1500;
/** Who did something: what a document keeps of a person's id, name and e-mail address, in bytes of JSON. */
export const ACTOR_ID_BYTES = 130;
export const ACTOR_NAME_BYTES = 122;
export const ACTOR_EMAIL_BYTES = 130;
/** A URL as it is stored (percent-encoded, so every character is a byte), and its host name (RFC 1035). */
export const URL_BYTES = 1024;
export const HOST_BYTES = 253;
/** Causes a pending build names; the newest stay. */
export const CAUSES = 20;
export const LOCATION_CHARS = 1024;
/** Production deploys that a site remembers. */
export const DEPLOYS = 5;
/** Cache tags that one layer purges, and one of them in bytes of JSON without its quotes. */
export const PURGE_TAGS = 10;
export const PURGE_TAG_BYTES = 1024;
/** Months of which a document keeps counts: a year, and the month that runs. */
export const USAGE_MONTHS = 13;
