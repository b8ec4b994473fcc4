const known = new Map([
  ["owner", "Owner"],
  ["developer", "Developer"],
  ["collaborator", "Developer"],
]);

/** Netlify's roles in any case; the older Collaborator has the right of a Developer. What is not known only reads. */
export const roleOf = (role: string): string => known.get(role.trim().toLowerCase()) ?? role.trim();
