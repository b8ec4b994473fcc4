import { type Jobs, startJobs } from "./jobs.ts";
import { removeFolder, scratchFolder } from "./scratchFolder.ts";
import { createLayers, type Site, startSite } from "./site.ts";
import { type LocalStore, startStore } from "./store.ts";

/** Layerhook on this machine: its functions, its store and its layers' jobs. */
export interface LocalSite {
  readonly site: Site;
  readonly store: LocalStore;
  readonly jobs: Jobs;
  /** The paths of the layers' webhooks. */
  readonly paths: readonly string[];
}

/** Lends `use` a site with so many layers, on a store that waits for no disk, and ends it. */
export const withLocalSite = async <T>(layers: number, use: (local: LocalSite) => Promise<T>): Promise<T> => {
  const directory = scratchFolder();
  const jobs = await startJobs();
  const store = await startStore(directory, false);
  const site = await startSite(store.url);
  try {
    return await use({ site, store, jobs, paths: await createLayers(site, layers, `${jobs.url}/job`) });
  } finally {
    await Promise.all([site.kill(), store.kill(), jobs.stop()]);
    removeFolder(directory);
  }
};
