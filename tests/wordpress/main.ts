/**
 * The real WordPress against the real system, both on this machine:
 *
 *     npm run test:wordpress
 *
 * runs a WordPress with the must-use plugin of `docs/examples/layerhook.php`, publishes, changes, unpublishes and deletes
 * posts as the editor does, and looks whether every call arrived, was verified, is named in the log, and is covered by a
 * sync. WPGatsby, from which Netlify's own plugin was made, and JAMstack Deployments run beside it if they are there.
 */
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { commandLine } from "../../src/cli/commandLine.ts";
import { CmsTrial } from "../support/cmsTrial.ts";
import { freePort } from "../support/freePort.ts";
import { fetchWordpress, Wordpress } from "./wordpress.ts";

commandLine({
  call: "npm run test:wordpress",
  does: `Runs a real WordPress on SQLite, publishes posts and accounts for every call.
It needs a PHP with pdo_sqlite, curl, mbstring and xml; LAYERHOOK_PHP names it if it is not php.
LAYERHOOK_WORDPRESS_DIR names a folder with WordPress and its plugin sqlite-database-integration. Without it, they are
fetched from wordpress.org. The plugins wp-gatsby and wp-jamstack-deployments are tried too if that folder has them.`,
  options: z.object({}),
});

const POSTS = 5;
/** Types that visitors see: parts of a page, and types without a page of their own, of which a filter chose one. */
const SEEN = ["page", "wp_block", "wp_navigation", "wp_template", "nav_menu_item", "recipe", "price", "chosen"];
/** A record of a plugin, and a type that a filter left out. */
const UNSEEN = ["order", "refused"];
const SECRET = `whsec_${Buffer.from("a-key-of-a-run-on-this-machine-0").toString("base64")}`;

const source = process.env["LAYERHOOK_WORDPRESS_DIR"] ?? join(tmpdir(), "layerhook-wordpress");
fetchWordpress(source);
const wordpress = new Wordpress(source, `${source}-run`, await freePort());

const { trial, url } = await CmsTrial.begin("WordPress", { scheme: "standard-webhooks", secret: SECRET });
try {
  const calls = { own: { url, secret: SECRET }, plugins: (name: string) => trial.webhook(name) };
  const { version, others } = await wordpress.start(calls);
  console.log(`WordPress ${version} with ${["layerhook.php", ...others].join(", ")}`);
  await wordpress.create("A draft", "draft");
  const ids: string[] = [];
  for (let post = 0; post < POSTS; post += 1) ids.push(await wordpress.create(`Post ${post} é 漢字`, "publish"));
  const [changed = "", unpublished = "", deleted = ""] = ids;
  await wordpress.change(changed, { title: "Changed" });
  await wordpress.change(unpublished, { status: "draft" });
  await wordpress.delete(deleted);
  for (const type of [...SEEN, ...UNSEEN]) await wordpress.publishOf(type);
  const acts = POSTS + 3 + SEEN.length;
  const { all, syncs } = await trial.settled(acts + POSTS * others.length);
  const own = all.filter(({ webhook }) => webhook.name === "WordPress");
  trial.expectThat(own.length === acts, `${own.length} signed calls arrived: one for each act, and none for a draft`);
  trial.expectThat(
    own.every(({ secret, outcome }) => secret === "current" && (outcome === "queued" || outcome === "coalesced")),
    "each proved itself by its signature and was accepted",
  );
  const named = (event: string) =>
    own.flatMap(({ subject }) => (subject?.event === event && subject.type === "post" ? [subject.id] : []));
  trial.expectThat(
    JSON.stringify([named("content.published").toSorted(), named("content.unpublished"), named("content.deleted")]) ===
      JSON.stringify([[...ids, changed].toSorted(), [unpublished], [deleted]]),
    "the log names each post and what became of it",
  );
  const types = own.flatMap(({ subject }) => (subject === null || subject.type === "post" ? [] : [subject.type]));
  trial.expectThat(
    JSON.stringify(types.toSorted()) === JSON.stringify(SEEN.toSorted()),
    `each type that visitors see was named: ${types.join(", ")}`,
  );
  for (const name of others) {
    const sent = all.filter(({ webhook }) => webhook.name === name);
    trial.expectThat(
      sent.length >= POSTS && sent.every(({ bytes, outcome }) => bytes === 0 && outcome !== "refused"),
      `${name} sent ${sent.length} calls without a body, all accepted`,
    );
  }
  trial.expectThat(
    syncs.length > 0 && syncs.every(({ status }) => status === "succeeded"),
    `${syncs.length} syncs, all succeeded`,
  );
} finally {
  await wordpress.stop();
  await trial.end();
}
