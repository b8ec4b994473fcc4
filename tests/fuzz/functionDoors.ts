import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Context } from "@netlify/functions";
import { z } from "zod";

type Handler = (request: Request, context: Context) => Promise<Response | undefined>;

const moduleSchema = z.looseObject({
  default: z.custom<Handler>((value) => typeof value === "function"),
  config: z
    .looseObject({ path: z.union([z.string(), z.array(z.string())]).optional(), background: z.boolean().optional() })
    .optional(),
});

/** A function of the site, as the platform sees it. */
export interface Door {
  readonly name: string;
  /** None: it runs on a schedule, and nobody reaches it by URL. */
  readonly paths: readonly string[];
  readonly background: boolean;
  answer(request: Request): Promise<Response | undefined>;
}

// The functions hand it to `makeDeps` and look at it nowhere else; there it is replaced.
const contextSchema = z.custom<Context>((value) => typeof value === "object");
const context = contextSchema.parse({});

const directory = new URL("../../netlify/functions/", import.meta.url);

/** Every function there is, so that a new one is fuzzed without anybody remembering to. */
export const loadDoors = async (): Promise<Door[]> => {
  const names = readdirSync(fileURLToPath(directory)).filter((name) => name.endsWith(".ts"));
  return Promise.all(
    names.map(async (name) => {
      const loaded = moduleSchema.parse({ ...(await import(fileURLToPath(new URL(name, directory)))) });
      return {
        name: name.slice(0, -".ts".length),
        paths: [loaded.config?.path ?? []].flat(),
        background: loaded.config?.background === true,
        answer: (request: Request) => loaded.default(request, context),
      };
    }),
  );
};

// What the platform would not let in for its ids is sent in all the same: a function does not rest on that.
const leadsTo = (path: string, pathname: string): boolean => {
  const pattern = path.replace(/:.*$/, "*");
  return pattern.endsWith("/*") ? pathname.startsWith(pattern.slice(0, -1)) : pathname.replace(/\/$/, "") === pattern;
};

/** The function that a path leads to; the platform matches without regard to case. */
export const doorOf = (doors: readonly Door[], pathname: string): Door | null =>
  doors.find(({ paths }) => paths.some((path) => leadsTo(path.toLowerCase(), pathname.toLowerCase()))) ?? null;
