import { readFileSync } from "node:fs";

const page = readFileSync(new URL("../../docs/proof-of-live.md", import.meta.url), "utf8");

/** The indented block that follows a line of the documentation. Throws if there is none. */
const blockAfter = (line: string): string => {
  const [, block] = page.slice(page.indexOf(`\n${line}`)).match(/^\n[^\n]+\n\n((?: {4}[^\n]*\n)+)/) ?? [];
  if (block === undefined) throw new Error(`docs/proof-of-live.md has no block after “${line}”`);
  return block.replaceAll(/^ {4}/gm, "");
};

/** The build command that the documentation's table gives for a kind of site. */
const commandOf = (kind: string): string => {
  const [, command] = new RegExp(`^\\| ${kind} \\| \`([^\`]+)\` \\|$`, "m").exec(page) ?? [];
  if (command === undefined) throw new Error(`docs/proof-of-live.md has no command for ${kind}`);
  return command;
};

/** A small site that is built as the documentation says. */
export interface BuiltSite {
  readonly name: string;
  /** The package that builds it; null: a program of the system, or none. */
  readonly builder: string | null;
  readonly command: string;
  /** Its files by their paths. */
  readonly files: Readonly<Record<string, string>>;
  /** The folder that is published. */
  readonly published: string;
  /** A file of the build that shows something of what the build was handed, and what. */
  readonly shows: readonly [file: string, what: "title" | "id" | "build"];
}

const read = "node layerhook.mjs > data/layerhook.json && ";

/** The sites whose builds the documentation describes. */
export const sites: readonly BuiltSite[] = [
  {
    name: "Astro",
    builder: "astro",
    command: commandOf("Astro"),
    files: { "src/pages/index.astro": blockAfter("Astro, in a page or component:") },
    published: "dist",
    shows: ["dist/index.html", "title"],
  },
  {
    name: "Eleventy",
    builder: "@11ty/eleventy",
    command: commandOf("Eleventy"),
    files: {
      "_data/layerhook.js": blockAfter("Eleventy, as global data in"),
      "index.njk": "{% for one in layerhook.subjects %}{{ one.id }} {% endfor %}",
    },
    published: "_site",
    shows: ["_site/index.html", "id"],
  },
  {
    name: "Next",
    builder: "next",
    command: commandOf("Next"),
    files: {
      "next.config.mjs": blockAfter("Next, in `next.config.mjs`:"),
      "app/layout.jsx":
        'export default function Layout({ children }) { return <html lang="en"><body>{children}</body></html>; }',
      "app/page.jsx": "export default function Page() { return <p>{process.env.LAYERHOOK_BUILD}</p>; }",
    },
    published: "public",
    shows: [".next/server/app/index.html", "build"],
  },
  {
    name: "Hugo",
    builder: null,
    command: `${read}${commandOf("Hugo")}`,
    files: {
      "hugo.toml": 'baseURL = "https://www.example.com/"\ndisableKinds = ["taxonomy", "term"]\n',
      "data/.gitkeep": "",
      "layouts/index.html": blockAfter("Hugo, as data"),
    },
    published: "public",
    shows: ["public/index.html", "id"],
  },
  {
    name: "plain shell",
    builder: null,
    command: `${blockAfter("Plain shell:").trim()} && mkdir www && ${commandOf("plain shell")
      .replace("your-build", "cp layerhook.json www/")
      .replace("<folder that is published>", "www")}`,
    files: {},
    published: "www",
    shows: ["www/layerhook.json", "id"],
  },
  {
    name: "Netlify build plugin",
    builder: "@netlify/build",
    command: "netlify-build --offline --no-telemetry",
    files: {
      "netlify.toml": `[build]\ncommand = "mkdir www && node layerhook.mjs > www/index.json"\npublish = "www"\n\n${blockAfter("`layerhook.mjs`, and add to `netlify.toml`")}`,
    },
    published: "www",
    shows: ["www/index.json", "id"],
  },
];
