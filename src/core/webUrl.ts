/** Whether a URL that came from outside may be linked: a `javascript:` URL would run in the page that shows it, and
 * a user name before the host hides where the link leads. */
export const isWebUrl = (url: string): boolean => /^https:\/\/[^/\s?#@]+(?:[/?#]|$)/i.test(url);
