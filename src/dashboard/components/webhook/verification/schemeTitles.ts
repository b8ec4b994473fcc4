import type { z } from "zod";
import type { verificationInputSchema } from "../../../../contract/resources/verificationSchemas.ts";

export type Scheme = z.input<typeof verificationInputSchema>["scheme"];

/** The verification schemes in words. The compiler names a scheme that is missing. */
export const schemeTitles: Readonly<Record<Scheme, string>> = {
  "standard-webhooks": "Standard Webhooks",
  svix: "Svix",
  contentful: "Contentful",
  sanity: "Sanity",
  storyblok: "Storyblok",
  ghost: "Ghost",
  shopify: "Shopify",
  hygraph: "Hygraph",
  "kontent-ai": "Kontent.ai",
  contentstack: "Contentstack",
  github: "GitHub",
  "header-secret": "A secret in a header",
  basic: "User name and password",
  "body-secret": "A secret in the body",
  hmac: "A signature with a secret (HMAC)",
  rsa: "A signature with a private key (RSA)",
  ecdsa: "A signature with a private key (ECDSA)",
  ed25519: "A signature with a private key (Ed25519)",
  jwt: "A token (JWT)",
};

export const isScheme = (text: string): text is Scheme => Object.hasOwn(schemeTitles, text);
