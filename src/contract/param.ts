/** A path's parameters hold ids, refs and slugs; nothing else ever reaches a key of the store. */
export const PARAM = /^[A-Za-z0-9_-]{1,128}$/;
