import { randomUUID } from "node:crypto";
import { sqliteAdapter } from "@payloadcms/db-sqlite";
import { buildConfig, getPayload } from "payload";
import { Webhook } from "standardwebhooks";

const { HOOK_URL = "", HOOK_SECRET = "", ITEMS = "3" } = process.env;

const tell = async ({ doc, previousDoc, collection }) => {
  if (doc._status !== "published" && previousDoc?._status !== "published") return;
  const id = `msg_${randomUUID()}`;
  const at = new Date();
  const body = JSON.stringify({ type: "content.published", data: { type: collection.slug, id: String(doc.id) } });
  await fetch(HOOK_URL, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "webhook-id": id,
      "webhook-timestamp": String(Math.floor(at.getTime() / 1000)),
      "webhook-signature": new Webhook(HOOK_SECRET).sign(id, at, body),
    },
    body,
    signal: AbortSignal.timeout(5000),
  });
};

const config = await buildConfig({
  secret: "a-secret-for-a-run-on-this-machine",
  db: sqliteAdapter({ client: { url: "file:./data.db" } }),
  telemetry: false,
  typescript: { autoGenerate: false },
  collections: [
    {
      slug: "pages",
      versions: { drafts: true },
      fields: [{ name: "title", type: "text" }],
      hooks: { afterChange: [tell] },
    },
  ],
});
const payload = await getPayload({ config });
const made = [];
for (let at = 0; at < Number(ITEMS); at += 1) {
  made.push(
    await payload.create({ collection: "pages", data: { title: `Page ${at} é 漢字`, _status: "draft" }, draft: true }),
  );
}
for (const { id } of made) await payload.update({ collection: "pages", id, data: { _status: "published" } });
console.log(`published ${made.length}`);
process.exit(0);
