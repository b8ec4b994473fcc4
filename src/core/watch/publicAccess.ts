/** Whether senders get through to us, by the answer to a GET of the publish URL. */
export type PublicAccess = "ok" | "private" | "redirects" | "unknown";

/** The path that is called. A GET is refused there before anything is read. */
export const REACHABLE_PATH = "/hooks/data_layer/data_source/publish/reachable";

/**
 * What an answer says. Our own function refuses a GET with 405 and `Allow: POST`; a 401 or a 403 comes from the login that
 * Netlify puts before a private project.
 */
export const accessOf = (status: number, allow: string | null): PublicAccess => {
  if (status === 405 && allow === "POST") return "ok";
  if (status >= 300 && status < 400) return "redirects";
  return status === 401 || status === 403 ? "private" : "unknown";
};
