import { z } from "@hono/zod-openapi";
import { SCHEMES } from "../../core/webhook/verification.ts";

/** The names of all senders with a recipe. `custom` means any other sender and comes last. */
export const CMS_NAMES = [
  "aem",
  "agility",
  "airtable",
  "bitbucket",
  "builder",
  "buttercms",
  "contentful",
  "contentstack",
  "cosmic",
  "craft",
  "crystallize",
  "datocms",
  "decap",
  "directus",
  "drupal",
  "ghost",
  "github",
  "gitlab",
  "hygraph",
  "keystone",
  "kirby",
  "kontent-ai",
  "notion",
  "optimizely",
  "payload",
  "plasmic",
  "prismic",
  "sanity",
  "shopify",
  "sitecore",
  "standard-webhooks",
  "statamic",
  "storyblok",
  "strapi",
  "svix",
  "tina",
  "umbraco",
  "webflow",
  "woocommerce",
  "wordpress",
  "custom",
] as const;
export type CmsName = (typeof CMS_NAMES)[number];

/** The name of a CMS with a recipe. */
export const cmsSchema = z.enum(CMS_NAMES, `must be one of ${CMS_NAMES.join(", ")}`);

/** The data source that deliveries should name, or a label for a layer without data sources. */
export const narrowedSchema = z
  .string()
  .regex(/^[^,]{1,64}$/, "must be one name of 1 to 64 characters, without a comma")
  .refine((name) => name === name.trim() && !/[\p{Cc}\p{Cs}]/u.test(name), {
    message: "must have no control characters, and no blanks at its ends",
  });

export const recipeQuery = z.object({
  cms: cmsSchema.openapi({ description: "A CMS that `GET /recipes` lists." }),
  source: narrowedSchema.optional().openapi({
    description: "Sync only the data source with this slug. Default: all. For a layer without data sources: any label.",
  }),
});

const fields = {
  cms: z.string(),
  name: z.string(),
  place: z.string().openapi({ description: "Where an admin finds the webhooks." }),
  events: z.string().openapi({ description: "The events to choose." }),
  headers: z.boolean().openapi({ description: "Whether an admin can add request headers." }),
  emptyBody: z.enum(["always", "possible", "no"]),
  proofs: z.array(z.enum(SCHEMES)).openapi({ description: "The verifications that the CMS can send, best first." }),
  verification: z.record(z.string(), z.unknown()).nullable().openapi({
    description:
      "The `verification` of a webhook for the first of them, without its secret; null: the name of the scheme is enough.",
  }),
  answerWithinSeconds: z
    .number()
    .nullable()
    .openapi({ description: "How long the CMS waits for an answer; null: not documented." }),
  retries: z.string(),
  traps: z.array(z.string()),
  verified: z.string().openapi({ description: "How the support for this CMS was tested." }),
};

export const recipeListSchema = z.object({ items: z.array(z.object(fields).openapi("Recipe")) }).openapi("RecipeList");

export const filledRecipeSchema = z
  .object({
    ...fields,
    url: z.string().openapi({ description: "The steps in the CMS." }),
    steps: z.array(
      z.object({
        title: z.string(),
        text: z.string(),
        copy: z.string().optional().openapi({ description: "The text to paste." }),
      }),
    ),
  })
  .openapi("FilledRecipe");
