/**
 * The real Directus against the real system, both on this machine:
 *
 *     npm run test:directus
 *
 * installs a pinned Directus into a temporary folder, makes a flow with a header, creates thirty items and publishes them
 * at once, and looks whether every call arrived, was verified, is named in the log, and is covered by a sync.
 */
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { commandLine } from "../../src/cli/commandLine.ts";
import { CmsTrial } from "../support/cmsTrial.ts";
import { freePort } from "../support/freePort.ts";
import { Directus, installDirectus, VERSION } from "./directus.ts";

commandLine({
  call: "npm run test:directus",
  does: `Installs a real Directus (1 GB, some minutes the first time), publishes thirty items at once and accounts for every call.
LAYERHOOK_DIRECTUS_DIR names another folder, LAYERHOOK_DIRECTUS_NODE a Node 22 or newer that its database was compiled for.`,
  options: z.object({}),
});

const ITEMS = 30;
const SECRET = "Bearer a-secret-of-the-webhook";

const directory = process.env["LAYERHOOK_DIRECTUS_DIR"] ?? join(tmpdir(), `layerhook-directus-${VERSION}`);
console.log(`Directus ${VERSION} in ${directory}`);
installDirectus(directory);
const directus = new Directus(directory, await freePort());

const { trial, url } = await CmsTrial.begin("Directus", { scheme: "header-secret", secret: SECRET });
try {
  await directus.start();
  await directus.flow(url, { Authorization: SECRET }, "{{$trigger}}");
  const keys = await directus.create(ITEMS);
  await directus.publish(keys);
  const { all, syncs } = await trial.settled(ITEMS + 1);
  trial.expectThat(
    all.length === ITEMS + 1,
    `${all.length} calls arrived: one for each item created, one for all published`,
  );
  trial.expectThat(
    all.every(({ secret, outcome }) => secret === "current" && (outcome === "queued" || outcome === "coalesced")),
    "each proved itself by its header and was accepted",
  );
  trial.expectThat(
    all.filter(({ subject }) => subject?.event === "pages.items.update" && subject.type === "pages").length === 1,
    "the log names the publish",
  );
  trial.expectThat(
    all.filter(({ subject }) => subject?.event === "pages.items.create" && subject.id !== null).length === ITEMS,
    "the log names each item created",
  );
  trial.expectThat(syncs.length >= 1 && syncs.length <= 4, `${syncs.length} syncs`);
  trial.expectThat(
    syncs.every(({ status }) => status === "succeeded"),
    "all succeeded",
  );
} finally {
  await directus.stop();
  await trial.end();
}
