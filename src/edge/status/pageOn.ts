/**
 * The page that a waiting room leads to: a path, or a whole URL, on one of the sites' own addresses. Null: it is on none
 * of them. A URL elsewhere would make the status page an open redirect.
 */
export const pageOn = (publicUrls: readonly string[], go: string): string | null => {
  for (const base of publicUrls) {
    const site = URL.parse(base);
    const page = URL.parse(go, base);
    if (site === null || page === null || !/^https?:$/.test(page.protocol) || page.origin !== site.origin) continue;
    // A user name before the host would hide where the link leads.
    return `${page.origin}${page.pathname}${page.search}${page.hash}`;
  }
  return null;
};
