import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { type DemoMode, isDemoMode } from "./demoModes.ts";

const deploySchema = z.object({
  id: z.string(),
  site_id: z.string(),
  number: z.number(),
  /** The version of the content that the deploy shows. */
  content: z.number(),
  /** The deploy shows old content, because the demo's CMS gave it. */
  lags: z.boolean().optional(),
  state: z.enum(["building", "ready", "error"]),
  title: z.string().nullable(),
  context: z.literal("production"),
  created_at: z.string(),
  updated_at: z.string(),
  published_at: z.string().nullable(),
  error_message: z.string().nullable(),
  deploy_ssl_url: z.string(),
  skipped: z.boolean().optional(),
});
export type DemoDeploy = z.infer<typeof deploySchema>;

/** A notification hook for one deploy event of a site. */
export const hookSchema = z.object({
  site_id: z.string(),
  event: z.string(),
  data: z.object({ url: z.url(), signature_secret: z.string() }),
});

const stateSchema = z.object({
  /** Newest first. */
  deploys: z.array(deploySchema),
  hooks: z.array(hookSchema),
  /** Ids of sites whose published deploy is locked. */
  locked: z.array(z.string()),
  /** What becomes of builds. */
  mode: z.custom<DemoMode>((value) => typeof value === "string" && isDemoMode(value)).default("build"),
});

/** The state of the demo's Netlify. A change is kept only after `save`. */
export interface DemoState {
  readonly state: z.infer<typeof stateSchema>;
  readonly save: () => void;
}

/** Opens the state saved in `directory`. A missing or unreadable file counts as an empty state. */
export function openDemoState(directory: string): DemoState {
  const file = join(directory, "netlify.json");
  const state = readState(file);
  return {
    state,
    save() {
      const temporary = `${file}.tmp`;
      writeFileSync(temporary, JSON.stringify(state, null, 2), { mode: 0o600 });
      renameSync(temporary, file);
    },
  };
}

function readState(file: string): DemoState["state"] {
  try {
    return stateSchema.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch {
    return { deploys: [], hooks: [], locked: [], mode: "build" };
  }
}
