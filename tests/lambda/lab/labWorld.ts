import type { RequestListener } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { inject } from "vitest";
import { z } from "zod";
import { type Lab, type LabOptions, startLab } from "./lab.ts";

export const PUBLISH = "/hooks/data_layer/data_source/publish";
export const BUILD_HOOK = "https://api.netlify.com/build_hooks/65f0c0ffee0000000000beef";
const JOBS = "jobs.layerhook-lab.example.com";

/** A request that a function sent to the outside. */
export interface OutsideCall {
  readonly at: number;
  readonly url: string;
}

/** A lab with a team's job and a site, which keep what reaches them. */
export interface LabWorld {
  readonly lab: Lab;
  /** Calls of the job, by the source's slug, as they came. */
  readonly jobs: OutsideCall[];
  readonly builds: OutsideCall[];
  /** How long the job takes (ms); it may change. */
  takes: number;
  /** How long the build hook takes to answer (ms); it may change. */
  hookTakes: number;
  /** Creates a layer with these sources and a site that is built at once. Throws unless it is created. */
  layer(id: string, slugs: readonly string[], host?: string): Promise<void>;
}

/** Starts a lab for the laws of one file, on the bundles that all share. */
export const startLabWorld = async (options: LabOptions = {}): Promise<LabWorld> => {
  const jobs: OutsideCall[] = [];
  const builds: OutsideCall[] = [];
  const outside: RequestListener = (request, response) => {
    const url = `https://${request.headers.host}${request.url}`;
    request.resume();
    const isJob = request.headers.host === JOBS;
    (isJob ? jobs : builds).push({ at: Date.now(), url });
    const answer = (): void => {
      response.writeHead(200, { "content-type": "application/json" }).end('{"changed":true}');
    };
    setTimeout(answer, isJob ? world.takes : world.hookTakes).unref();
  };
  const lab = await startLab({ bundles: inject("bundles"), outside, ...options });
  const world: LabWorld = {
    lab,
    jobs,
    builds,
    takes: 200,
    hookTakes: 0,
    async layer(id, slugs, host) {
      const answer = await lab.call("/api/v1/data-layers?sync=false", {
        method: "POST",
        ...(host === undefined ? {} : { host }),
        body: {
          id,
          name: id,
          dataSources: slugs.map((slug) => ({
            slug,
            name: slug,
            type: "http",
            url: `https://${JOBS}/${slug}`,
            settleSeconds: 0,
          })),
          connectedSites: [{ name: `Site of ${id}`, buildHook: BUILD_HOOK, pacing: { preset: "instant" } }],
        },
      });
      if (answer.status !== 201) throw new Error(`The layer was not created: ${answer.status} ${answer.text}`);
    },
  };
  return world;
};

const syncsSchema = z.object({
  items: z.array(z.looseObject({ id: z.string(), status: z.string(), startedAt: z.string().nullable() })),
});

/** The syncs of a layer, newest first. */
export const syncsOf = async (lab: Lab, layer: string, host?: string) => {
  const answer = await lab.call(`/api/v1/data-layers/${layer}/syncs`, host === undefined ? {} : { host });
  return syncsSchema.parse(answer.json()).items;
};

/** Waits until something is so, looking ten times a second. Throws with its name if it never is. */
export const until = async (what: string, isSo: () => boolean | Promise<boolean>, withinMs = 30_000): Promise<void> => {
  const began = performance.now();
  while (!(await isSo())) {
    if (performance.now() - began > withinMs) throw new Error(`Not within ${withinMs / 1000} s: ${what}`);
    await sleep(100);
  }
};
