import { z } from "zod/mini";
import type { Settings } from "../layer/settings.ts";

/** The plain settings of a site. Their stored shape, view, export and audit entry follow from this description. */
export const siteSettings = {
  branch: {
    stored: z.optional(z.nullable(z.string())),
    absent: null,
    means: "The branch that is built (`trigger_branch`); null builds the branch of the build hook.",
  },
  clearCache: {
    stored: z.optional(z.boolean()),
    absent: false,
    means: "Every build clears Netlify's build cache first (`clear_cache`), which makes builds slower.",
  },
  publicUrl: {
    stored: z.optional(z.nullable(z.string())),
    absent: null,
    means:
      "The address of the site's pages, as visitors have it. After each deploy its marker is looked for there; null looks for none.",
  },
  rebuildStale: {
    stored: z.optional(z.boolean()),
    absent: true,
    means: "If a deploy is live and a page does not show what was published, the site is built once more.",
  },
} satisfies Settings;
