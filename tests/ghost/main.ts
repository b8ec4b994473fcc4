/**
 * The real Ghost against the real system, both on this machine:
 *
 *     npm run test:ghost
 *
 * installs a pinned Ghost into a temporary folder, makes webhooks with a secret for two events, publishes posts, and looks
 * whether every call arrived, was verified by its signature, and is covered by a sync.
 */
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { commandLine } from "../../src/cli/commandLine.ts";
import { CmsTrial } from "../support/cmsTrial.ts";
import { freePort } from "../support/freePort.ts";
import { Ghost, installGhost, VERSION } from "./ghost.ts";

commandLine({
  call: "npm run test:ghost",
  does: `Installs a real Ghost (600 MB, some minutes the first time), publishes posts and accounts for every call.
LAYERHOOK_GHOST_DIR names another folder, LAYERHOOK_GHOST_NODE a Node 22 or 24 that its database was compiled for.`,
  options: z.object({}),
});

const POSTS = 5;
const SECRET = "a-secret-of-a-run-on-this-machine";

const directory = process.env["LAYERHOOK_GHOST_DIR"] ?? join(tmpdir(), `layerhook-ghost-${VERSION}`);
console.log(`Ghost ${VERSION} in ${directory}`);
installGhost(directory);
const ghost = new Ghost(directory, await freePort());

const { trial, url } = await CmsTrial.begin("Ghost", { scheme: "ghost", secret: SECRET });
try {
  await ghost.start();
  await ghost.hook(url, SECRET, ["site.changed", "post.published"]);
  const ids: string[] = [];
  for (let post = 0; post < POSTS; post += 1) ids.push(await ghost.publish(`Post ${post} é 漢字`));
  const { all, syncs } = await trial.settled(2 * POSTS);
  trial.expectThat(
    all.length === 2 * POSTS,
    `${all.length} calls arrived: two for each post, one of them for the site`,
  );
  trial.expectThat(
    all.every(({ secret, outcome, code }) => secret === "current" && outcome !== "ignored" && code === null),
    "each was signed and accepted, and none was taken for a repetition",
  );
  const named = all.flatMap(({ subject }) => (subject?.event === "post.published" ? [subject.id] : []));
  trial.expectThat(
    ids.every((id) => named.includes(id)),
    "the log names each post",
  );
  trial.expectThat(
    syncs.length > 0 && syncs.every(({ status }) => status === "succeeded"),
    `${syncs.length} syncs, all succeeded`,
  );
} finally {
  await ghost.stop();
  await trial.end();
}
