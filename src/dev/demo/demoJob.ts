import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import type { DemoAnswer } from "./demoNetlifyApi.ts";
import type { Content } from "./demoPages.ts";

const JOB_TAKES_MS = 2_000;
/** How many posts the site keeps. */
const POSTS = 200;
const contentSchema = z.object({
  version: z.number(),
  syncedAt: z.string(),
  posts: z.array(z.object({ id: z.string(), text: z.string(), version: z.number() })).default([]),
});

/** The sync job of the demo, which fetches content into a file. */
export interface DemoJob {
  content(): Content;
  /** Saves a post in the demo's CMS. The next sync fetches it. */
  savePost(id: string, text: string): void;
  run(): Promise<DemoAnswer>;
  /** Lets the next calls fail, until it is taken back or the server starts again. */
  setFails(fails: boolean): void;
  /** What the job does, and how many calls there were since the server started. */
  state(): { readonly fails: boolean; readonly running: boolean; readonly calls: number };
}

/** Creates the demo's job with its content in `directory`. A missing or unreadable file counts as no content. */
export function createDemoJob(directory: string, report: (line: string) => void): DemoJob {
  const file = join(directory, "content.json");
  const saved = new Map<string, string>();
  let fails = false;
  let calls = 0;
  let open = 0;

  const content = (): Content => {
    try {
      return contentSchema.parse(JSON.parse(readFileSync(file, "utf8")));
    } catch {
      return { version: 0, syncedAt: "never", posts: [] };
    }
  };

  const sync = async (): Promise<DemoAnswer> => {
    report("Demo job: syncing…");
    await sleep(JOB_TAKES_MS);
    if (fails) {
      report("Demo job: failed, as set on the demo page");
      return { status: 500, body: { error: "The demo's job fails, as set on the demo page" } };
    }
    const before = content();
    const version = before.version + 1;
    const fetched = [...saved].map(([id, text]) => ({ id, text, version }));
    saved.clear();
    const temporary = `${file}.tmp`;
    const posts = [...before.posts, ...fetched].slice(-POSTS);
    writeFileSync(
      temporary,
      JSON.stringify({ version, syncedAt: new Date().toISOString(), posts } satisfies Content, null, 2),
    );
    renameSync(temporary, file);
    report(`Demo job: done, content version ${version}`);
    const message = `Content version ${version}`;
    return { status: 200, body: { changed: true, version: String(version), records: version, message } };
  };

  return {
    content,
    savePost(id, text) {
      saved.set(id, text);
    },
    async run() {
      calls += 1;
      open += 1;
      try {
        return await sync();
      } finally {
        open -= 1;
      }
    },
    setFails(value) {
      fails = value;
      report(`Demo job: ${fails ? "every call fails from now on" : "works again"}`);
    },
    state: () => ({ fails, running: open > 0, calls }),
  };
}
