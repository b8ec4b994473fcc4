import { readdirSync, readFileSync } from "node:fs";
import { Session } from "node:inspector/promises";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { work } from "../../src/app/worker/work.ts";
import { answerPublish } from "../../src/edge/hooks/answerPublish.ts";
import { ApiWorld, PUBLIC_URL } from "../api/world.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const page = readFileSync(join(root, "ARCHITECTURE.md"), "utf8");
const codes = (text: string): string[] => [...text.matchAll(/`(src\/[\w./]+)`/g)].map(([, code = ""]) => code);

/** The rows of the table in a section whose header begins with `header`, each as its cells' names of files or folders. */
const rowsUnder = (header: string): string[][] => {
  const lines = page
    .slice(page.indexOf(`\n| ${header}`))
    .trimStart()
    .split("\n");
  return lines
    .slice(
      2,
      lines.findIndex((line) => !line.startsWith("|")),
    )
    .map((line) => line.split("|").flatMap(codes));
};
const storyUnder = (heading: string): string[] => {
  const section = page.slice(page.indexOf(`## ${heading}`) + 3);
  return [...section.slice(0, section.indexOf("\n## ")).matchAll(/^\| `(src\/[\w./]+)`/gm)].map(
    ([, file = ""]) => file,
  );
};

/** The files of src in which a named function ran meanwhile; constants alone do not count. */
const executedBy = async (run: () => Promise<unknown>): Promise<string[]> => {
  const session = new Session();
  session.connect();
  await session.post("Profiler.enable");
  await session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: false });
  await session.post("Profiler.takePreciseCoverage");
  await run();
  const { result } = await session.post("Profiler.takePreciseCoverage");
  session.disconnect();
  const ran = result.filter(({ functions }) =>
    functions.some(({ functionName, ranges: [whole] }) => functionName !== "" && (whole?.count ?? 0) > 0),
  );
  const files = ran.map(({ url }) => relative(root, url.startsWith("file:") ? fileURLToPath(url) : url));
  return files.filter((file) => file.startsWith("src/")).sort();
};

/** Every import of a file of src that stays when types are erased, or all of them. */
const importsOf = (file: string, types: "with types" | "without types"): string[] => {
  const pattern =
    /^(?:import|export)(?<type> type)? (?:[^;]*? from )?"(?<path>\.[^"]+)"|import\("(?<late>\.[^"]+)"\)/gm;
  return [...readFileSync(join(root, file), "utf8").matchAll(pattern)]
    .filter(({ groups }) => types === "with types" || groups?.["type"] === undefined)
    .map(({ groups }) => join(dirname(file), groups?.["path"] ?? groups?.["late"] ?? ""));
};

/** A layer with a source, a site and a webhook; publishes once. */
const aLayer = async () => {
  const world = new ApiWorld();
  const id = await world.layer({
    dataSources: [{ slug: "blog", name: "Blog", type: "http", url: "https://jobs.example.com/blog" }],
    connectedSites: [{ name: "Web", buildHook: "https://api.netlify.com/build_hooks/abc" }],
  });
  const secret = (await world.post(`/data-layers/${id}/webhooks`, { name: "CMS" })).textAt("id");
  const url = `${PUBLIC_URL}/hooks/data_layer/data_source/publish/${id}/${secret}`;
  // Not the delivery in so many that also cuts the log.
  const deps = { ...world.deps, random: () => 0.5 };
  const publish = async () => {
    const afterwards: Promise<unknown>[] = [];
    const request = new Request(url, { method: "POST" });
    expect((await answerPublish(request, deps, (rest) => afterwards.push(rest))).status).toBe(200);
    await Promise.all(afterwards);
  };
  return { world, id, deps, publish };
};

test("a publish executes its story and the files that ARCHITECTURE.md lists beside it, and no others", async () => {
  const { publish } = await aLayer();
  const listed = [...storyUnder("The story of a publish"), ...rowsUnder("role").flat()];
  expect(await executedBy(publish)).toEqual(listed.sort());
});

test("a publish's story is five files, and of the others only the neighbour imports one of them", () => {
  const story = storyUnder("The story of a publish");
  const [neighbour = [], ...others] = rowsUnder("role");
  expect(story).toHaveLength(5);
  expect(neighbour).toHaveLength(1);
  for (const file of others.flat()) {
    expect({ file, imports: importsOf(file, "without types").filter((path) => story.includes(path)) }).toEqual({
      file,
      imports: [],
    });
  }
});

test("a sync from its wake to its record executes the files of its story, and no more than ARCHITECTURE.md says", async () => {
  const { world, id, deps, publish } = await aLayer();
  await publish();
  world.now += 5000;
  const executed = await executedBy(() => work(deps, { kind: "layer", id }, 600_000));
  const story = storyUnder("The story from the wake to the record");
  expect(story).toHaveLength(5);
  expect(story.filter((file) => !executed.includes(file))).toEqual([]);
  expect(executed.length).toBeLessThanOrEqual(Number(/executes at most (\d+) files/.exec(page)?.[1]));
});

const codeBelow = (folder: string): string[] =>
  readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(?:tsx?|m?js)$/.test(entry.name))
    .map(({ parentPath, name }) => relative(root, join(parentPath, name)))
    .filter((file) => !file.includes("node_modules"));
const sources = codeBelow("src");
const within = (file: string, folder: string): boolean => file.startsWith(`${folder}/`);
/** Directly in the folder of a ring, or anywhere in a room. */
const belongs = (file: string, folder: string): boolean =>
  folder.split("/").length === 2 ? dirname(file) === folder : within(file, folder);

test.each(rowsUnder("ring"))("the ring %s imports only the rings that ARCHITECTURE.md allows", (ring, ...allowed) => {
  const wrong = sources
    .filter((file) => within(file, ring))
    .flatMap((file) => importsOf(file, "with types").map((path) => ({ file, path })))
    .filter(({ path }) => within(path, "src") && !allowed.some((other) => within(path, other)));
  expect(wrong).toEqual([]);
});

test.each(rowsUnder("room"))("the room %s imports only the rooms that ARCHITECTURE.md allows", (room, ...allowed) => {
  const ring = dirname(room);
  const wrong = sources
    .filter((file) => within(file, room))
    .flatMap((file) => importsOf(file, "with types").map((path) => ({ file, path })))
    .filter(({ path }) => within(path, ring) && ![room, ...allowed].some((other) => belongs(path, other)));
  expect(wrong).toEqual([]);
});

test("every folder of src is a ring of ARCHITECTURE.md", () => {
  const rings = rowsUnder("ring").map(([ring]) => ring);
  const folders = [...new Set(sources.map((file) => file.split("/").slice(0, 2).join("/")))];
  expect(folders.filter((folder) => !rings.includes(folder))).toEqual([]);
});

test("ARCHITECTURE.md names every room of the core, the app and the edge", () => {
  const rooms = sources.map((file) => file.split("/").slice(1, 3)).filter(([, room = ""]) => !room.includes("."));
  const unnamed = rooms.filter(
    ([ring = "", room = ""]) => ["core", "app", "edge"].includes(ring) && !new RegExp(`\\b${room}\\b`).test(page),
  );
  expect(unnamed).toEqual([]);
});

test("no folder of src or tests holds more than fifteen files of code", () => {
  const counts = new Map<string, number>();
  for (const file of [...sources, ...codeBelow("tests")]) {
    counts.set(dirname(file), (counts.get(dirname(file)) ?? 0) + 1);
  }
  expect([...counts].filter(([, count]) => count > 15)).toEqual([]);
});

/** Files of `src` that may be longer than 300 lines: a table that is looked up by its order. */
const LONG = ["src/contract/problemCodes.ts"];

test("no file of src has more than 300 lines, except the table of problem codes", () => {
  const lines = (file: string): number => readFileSync(join(root, file), "utf8").split("\n").length - 1;
  expect(sources.filter((file) => lines(file) > 300)).toEqual(LONG);
});
