/**
 * Every bound on what one document may hold. Together they keep a layer's document under `DOCUMENT_BYTES` in every
 * reachable state; the sum is checked by the law "a document stays under 512 KB".
 */
export const DOCUMENT_BYTES = 512 * 1024;
/**
 * The largest document that is written to the store. Only changes by people are refused beyond `DOCUMENT_BYTES`.
 * Documents of earlier releases, whose bounds counted characters, may be larger, and their publishes and workers go on.
 */
export const DOCUMENT_CEILING_BYTES = 2 * DOCUMENT_BYTES;
/** A longer delivery body is not stored; its source is synced in full. */
export const BODY_BYTES = 16 * 1024;
/** The limit for all bodies of one document, in bytes of JSON. */
export const BODIES_BYTES = 68 * 1024;

/** The limits for layers and sites of one system. Each tick lists all of them, and an export reads all of them. */
export const LAYERS_IN_ALL = 10_000;
export const SITES_IN_ALL = 10_000;

/**
 * The limit for the body of an import; a function takes 6 MB. The widest layer fits with its sites, and all sites fit
 * with the names of all layers. Larger configurations are sent in such parts.
 */
export const IMPORT_BODY_BYTES = 1024 * 1024;
/** An export of more documents is read in pages: one answer would take too long to make. */
export const EXPORT_DOCUMENTS = 1000;
/**
 * The limit for an export in one answer; a function's buffered answer may have 6 MB. A longer export is read in pages.
 */
export const EXPORT_BYTES = 4 * 1024 * 1024;
/** A page of an export ends after the document that makes it this long. */
export const EXPORT_PAGE_BYTES = 1024 * 1024;
/**
 * The number of changes that the `config` command sends in one import. At 100 ms each, they end well within a
 * function's time.
 */
export const IMPORT_CHANGES = 40;

/** Items of one page of a list. */
export const PAGE_ITEMS = 100;
/** The data layers of one page of the overview, and the data layers and sites of one page of the usage. */
export const OVERVIEW_PAGE_ITEMS = 1000;
/** The limit for an overview and a usage in one answer; a function's buffered answer may have 6 MB. The rest is paged. */
export const OVERVIEW_BYTES = 4 * 1024 * 1024;

export const SOURCES = 20;
export const SITES = 20;
export const NOTIFICATIONS = 10;
/** The limit for a layer's messages that wait to be sent; the newest are kept. */
export const MESSAGES = 20;
/** The most build events that a site keeps until its layers were told, and that a layer remembers it was told of. */
export const UNTOLD = 20;
export const TOLD = 40;
export const WEBHOOKS = 100;
export const DELETED_WEBHOOKS = 50;
/** Links to a layer's status, and the origins whose pages may frame the page of one of them. */
export const STATUS_LINKS = 5;
export const FRAME_ANCESTORS = 3;
export const ORIGIN_BYTES = 100;
/** Deleted webhooks that can be restored, within a day. */
export const RESTORABLE_WEBHOOKS = 10;
/**
 * The limit for the settings of all webhooks of one layer, as JSON. Deleted webhooks that can be restored share the
 * room that is left.
 */
export const WEBHOOK_SETTINGS_BYTES = 12 * 1024;
/** Former URLs of a layer's webhooks that are still accepted. */
export const FORMER_IDS = 10;
/**
 * Sessions that were signed out before their own end: the limit for all, and for those of one member that are stored
 * one by one.
 */
export const ENDED_SESSIONS = 500;
export const ENDED_SESSIONS_OF_ONE = 20;
/** Tokens made at run time, and the data layers that one of them may name. */
export const TOKENS = 100;
export const TOKEN_LAYERS = 20;
/**
 * The limit for deliveries and changes remembered by id. Deciding about one of them again after a lost reply changes
 * nothing.
 */
export const RECENT = 32;
export const OWED = 64;
export const OWED_BYTES = 32 * 1024;
/** The limit for the details of an audit entry (before, after, and the names of replaced values), in bytes of JSON. */
export const AUDIT_DETAIL_BYTES = 4 * 1024;
/** Bounds of texts within a record, in bytes of JSON. */
export const NOTE_BYTES = 160;
export const VERSION_BYTES = 96;
export const SITE_NAME_BYTES = 42;
/**
 * The limits for names that people give, in characters and in bytes of JSON without quotes. They hold for descriptions
 * too.
 */
export const NAME_CHARS = 80;
export const NAME_BYTES = 240;
export const DESCRIPTION_BYTES = 1500;
/** The limits for the id, the name and the e-mail address of a stored actor, in bytes of JSON. */
export const ACTOR_ID_BYTES = 130;
export const ACTOR_NAME_BYTES = 122;
export const ACTOR_EMAIL_BYTES = 130;
/** A URL as it is stored (percent-encoded, so every character is a byte), and its host name (RFC 1035). */
export const URL_BYTES = 1024;
export const HOST_BYTES = 253;
/** One of the three names of what was published, in bytes of JSON: all three have at most 200. */
export const SUBJECT_NAME_BYTES = 58;
/** The title of what was published, in bytes of JSON. */
export const TITLE_BYTES = 120;
/** The subjects that a build is handed, and the bytes of its hook's body: percent-encoded, that is below Linux's 128 KB. */
export const SUBJECTS = 50;
export const HOOK_BODY_BYTES = 32 * 1024;
/** The publishes of a build whose pages are looked at. */
export const PAGES_LOOKED_AT = 10;
/** Causes a pending build names; the newest stay. */
export const CAUSES = 20;
/** Webhooks that a sync and a cause name; the newest stay. */
export const NAMED_WEBHOOKS = 3;
export const LOCATION_CHARS = 1024;
/** Production deploys that a site remembers. */
export const DEPLOYS = 5;
/** Cache tags that one layer purges, and one of them in bytes of JSON without its quotes. */
export const PURGE_TAGS = 10;
export const PURGE_TAG_BYTES = 1024;
/** The number of months that a document keeps counts of: a year and the current month. */
export const USAGE_MONTHS = 13;
/** The number of these months, the newest, of which each day is counted too. */
export const DAILY_MONTHS = 3;
/** The longest name of a branch, which is the longest that Git hosts take. */
export const BRANCH_BYTES = 255;
