import type { z } from "@hono/zod-openapi";
import type { deployFunctionSchema } from "../../../contract/resources/siteSchemas.ts";

/**
 * A Netlify function for the site that is built. It reports each deploy event in the body of Netlify's own notification,
 * signed in the same way, so that one receiver takes both. The secrets are environment variables, never in the file.
 */
const SOURCE = `// Reports this site's deploys to Layerhook. Netlify calls it at each event, so no forms are needed.
// Environment variables (scope: Functions): LAYERHOOK_DEPLOYS_URL, LAYERHOOK_DEPLOYS_SECRET.
import { createHash, createHmac } from "node:crypto";

const encoded = (text) => Buffer.from(text).toString("base64url");

const report = async (name, { deploy }) => {
  const { LAYERHOOK_DEPLOYS_URL: url, LAYERHOOK_DEPLOYS_SECRET: secret } = process.env;
  if (!url || !secret) throw new Error("Set LAYERHOOK_DEPLOYS_URL and LAYERHOOK_DEPLOYS_SECRET");
  const body = JSON.stringify({
    id: deploy.id,
    state: deploy.state,
    title: deploy.title,
    context: deploy.context,
    created_at: deploy.createdAt,
    published_at: deploy.publishedAt,
    error_message: deploy.errorMessage,
    deploy_ssl_url: deploy.permalinkUrl?.replace(/^http:/, "https:"),
    ssl_url: deploy.sslUrl,
  });
  const sha256 = createHash("sha256").update(body).digest("hex");
  const claims = \`\${encoded('{"alg":"HS256","typ":"JWT"}')}.\${encoded(JSON.stringify({ iss: "netlify", sha256 }))}\`;
  const signature = createHmac("sha256", secret).update(claims).digest("base64url");
  const answer = await fetch(url, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "x-netlify-event": name,
      "x-webhook-signature": \`\${claims}.\${signature}\`,
    },
    body,
  });
  if (!answer.ok) throw new Error(\`Layerhook answered \${answer.status}\`);
};

export default {
  deployBuilding: (event) => report("deploy_building", event),
  deploySucceeded: (event) => report("deploy_created", event),
  deployFailed: (event) => report("deploy_failed", event),
  deployLocked: (event) => report("deploy_locked", event),
  deployUnlocked: (event) => report("deploy_unlocked", event),
};
`;

/** The function, where to put it, and its environment variables. */
export const deployFunctionView = (url: string, signingSecret: string): z.input<typeof deployFunctionSchema> => ({
  path: "netlify/functions/report-deploys.mjs",
  source: SOURCE,
  environment: { LAYERHOOK_DEPLOYS_URL: url, LAYERHOOK_DEPLOYS_SECRET: signingSecret },
});
