import { generateKeyPairSync } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { CMS_NAMES } from "../../src/contract/resources/recipeSchemas.ts";
import { SCHEMES } from "../../src/core/webhook/verification.ts";
import { fillRecipe, type Step, urlFor } from "../../src/edge/recipes/fillRecipe.ts";
import type { Recipe } from "../../src/edge/recipes/recipe.ts";
import { recipeOf, recipes } from "../../src/edge/recipes/recipes.ts";
import { subjectOf } from "../../src/edge/senders/subject.ts";
import { testCallOf } from "../../src/edge/senders/testCall.ts";
import { LAYER, SenderWorld, WEBHOOK } from "./senderWorld.ts";

const URL_OF_IT = "https://hooks.example.com/hooks/data_layer/data_source/publish/LAYER/WEBHOOK";
const filling = { url: URL_OF_IT, source: "blog", verification: null, isDefault: false };
const said = (steps: readonly Step[]): string => JSON.stringify(steps);

describe("a recipe", () => {
  it.each(recipes.map((recipe) => [recipe.name, recipe] as const))(
    "a recipe for %s never says to set a header where none can be set, and names the source in the URL instead",
    (_name, recipe) => {
      for (const verification of [null, ...recipe.proofs.map((scheme) => ({ scheme }))]) {
        const steps = fillRecipe(recipe, { ...filling, verification });
        const url = steps.find(({ title }) => title === "Enter the URL")?.copy;
        if (recipe.headers) {
          expect(url).toBe(URL_OF_IT);
          expect(steps.map(({ copy }) => copy)).toEqual(expect.arrayContaining(["x-connect-data-source", "blog"]));
        } else {
          expect(url).toBe(`${URL_OF_IT}?source=blog`);
          // What is set here, and not in the CMS, may name a header.
          const atCms = steps.filter(({ copy }) => copy !== JSON.stringify(recipe.settings));
          expect(said(atCms)).not.toMatch(/header/i);
        }
      }
    },
  );

  it.each(recipes.map((recipe) => [recipe.name, recipe] as const))(
    "a recipe for %s offers no proof that its sender cannot give, and says so where the webhook requires one",
    (_name, recipe) => {
      const inHeaders = recipe.proofs.filter((scheme) => scheme === "header-secret" || scheme === "basic");
      if (!recipe.headers) expect(inHeaders).toEqual([]);
      for (const scheme of SCHEMES) {
        const can = recipe.proofs.includes(scheme);
        const titles = fillRecipe(recipe, { ...filling, verification: { scheme } }).map(({ title }) => title);
        expect(titles).toContain(can ? "Enter the secret" : "Change the verification");
      }
    },
  );

  it("a recipe exists for every name that the API takes, in the same order", () => {
    expect(recipes.map(({ cms }) => cms)).toEqual(CMS_NAMES);
  });

  it("a recipe shows neither a secret nor a placeholder for one", () => {
    for (const recipe of recipes) {
      const copied = fillRecipe(recipe, filling).flatMap(({ copy }) => copy ?? []);
      const all = [urlFor(recipe, filling), "x-connect-data-source", "blog", JSON.stringify(recipe.settings)];
      expect(copied.filter((text) => !all.includes(text))).toEqual([]);
    }
  });

  it("a recipe's settings are those of its best proof, and the API takes them", async () => {
    const world = new SenderWorld();
    await world.open();
    const key = generateKeyPairSync("rsa", { modulusLength: 2048 }).publicKey.export({ type: "spki", format: "pem" });
    for (const { cms, proofs, settings } of recipes) {
      if (settings === undefined) continue;
      expect(settings.scheme, cms).toBe(proofs[0]);
      const secret = settings.scheme === "rsa" ? key : Buffer.from("a secret of this sender").toString("base64");
      const changed = await world.change({ verification: { ...settings, secret } });
      expect([changed.status, cms], changed.text).toEqual([200, cms]);
    }
    // A scheme that is the vendor's own needs no settings; the generic ones do.
    const generic = ["hmac", "rsa", "ecdsa", "ed25519", "jwt"];
    expect(recipes.filter(({ proofs, settings }) => generic.includes(proofs[0] ?? "") && !settings)).toEqual([]);
  });

  it("a recipe has a sample that the log recognises, and that is no test call", () => {
    for (const { name, sample } of recipes) {
      const arrived = {
        headers: new Headers(sample.headers),
        body: sample.body === null ? null : Buffer.from(sample.body),
      };
      expect(testCallOf(arrived), name).toBeNull();
      // Ghost's says that something changed, and no more; Drupal sends nothing.
      const nameless = ["Ghost", "Drupal"].includes(name);
      expect(subjectOf(arrived) === null, name).toBe(nameless);
    }
  });
});

it("a recipe that was run for real names the version that its trial installs", () => {
  const root = new URL("../../", import.meta.url);
  const { scripts } = z
    .object({ scripts: z.record(z.string(), z.string()) })
    .parse(JSON.parse(readFileSync(new URL("package.json", root), "utf8")));
  const trials = recipes.flatMap(({ cms, verified }) => {
    const [, version, script] = /the real \w+ ([\d.]+) in `npm run ([\w:]+)` on \d{4}-\d\d-\d\d;/.exec(verified) ?? [];
    return version === undefined ? [] : [{ cms, version, script: script ?? "" }];
  });
  expect(trials.map(({ cms }) => cms)).toEqual(["directus", "ghost", "payload", "strapi", "wordpress"]);
  for (const { cms, version, script } of trials) {
    const main = new URL((scripts[script] ?? "").replace("node ", ""), root);
    const texts = readdirSync(new URL(".", main)).map((name) => readFileSync(new URL(name, main), "utf8"));
    const [, installed = version] = /VERSION = "([\d.]+)"/.exec(texts.join("\n")) ?? [];
    expect([cms, version]).toEqual([cms, installed]);
  }
});

describe("the API's recipes", () => {
  const path = `/data-layers/${LAYER}/webhooks`;
  let world: SenderWorld;
  beforeEach(async () => {
    world = new SenderWorld();
    await world.open();
  });

  it("the API's recipes are listed for every member", async () => {
    const listed = await world.get("/recipes", { as: "Reviewer" });
    expect(listed.listAt("items").map((_, index) => listed.at(`items.${index}.cms`))).toEqual(
      recipes.map(({ cms }) => cms),
    );
  });

  it("the API's recipes have the webhook's own URL, by its ref and its id, and that of the default one", async () => {
    const base = `https://hooks.example.com/hooks/data_layer/data_source/publish/${LAYER}`;
    const ref = (await world.get(path)).textAt("items.0.ref");
    for (const name of [ref, WEBHOOK]) {
      const filled = await world.get(`${path}/${name}/recipe?cms=contentful`);
      expect([filled.status, filled.at("url"), filled.at("steps.1.copy")]).toEqual([
        200,
        `${base}/${WEBHOOK}`,
        `${base}/${WEBHOOK}`,
      ]);
    }
    expect((await world.get(`${path}/default/recipe?cms=drupal&source=blog`)).at("url")).toBe(`${base}?source=blog`);
  });

  it("a recipe names any label of a layer without data sources, and of another layer only slugs", async () => {
    const label = "bl og & Gärten";
    const filled = (layer: string) =>
      world.get(`/data-layers/${layer}/webhooks/default/recipe?cms=wordpress&source=${encodeURIComponent(label)}`);
    const url = (await filled(LAYER)).textAt("url");
    expect(new URL(url).searchParams.get("source")).toBe(label);
    const other = await world.layer({
      dataSources: [{ slug: "blog", name: "Blog", type: "http", url: "https://x.example" }],
    });
    expect([(await filled(other)).status, (await filled(other)).at("errors.0.path")]).toEqual([400, "source"]);
  });

  it("the API's recipes know how the webhook verifies requests", async () => {
    await world.change({ verification: { scheme: "header-secret", secret: "Bearer a-secret", header: "x-key" } });
    const filled = await world.get(`${path}/${WEBHOOK}/recipe?cms=strapi`);
    expect(filled.text).toContain("Add the request header x-key");
    expect(filled.text).not.toContain("a-secret");
    expect((await world.get(`${path}/${WEBHOOK}/recipe?cms=ghost`)).text).toContain("requires header-secret");
  });

  it("the API's recipes are not found for an unknown CMS, nor for an unknown webhook", async () => {
    const unknown = await world.get(`${path}/${WEBHOOK}/recipe?cms=notepad`);
    expect([unknown.status, unknown.at("errors.0.path")]).toEqual([400, "cms"]);
    expect((await world.get(`${path}/${WEBHOOK}/recipe?cms=ghost&source=a,b`)).at("errors.0.path")).toBe("source");
    expect((await world.get(`${path}/none/recipe?cms=ghost`)).at("code")).toBe("WEBHOOK_NOT_FOUND");
  });
});

const yes = (value: boolean): string => (value ? "yes" : "no");
const body = { always: "always", possible: "can be left empty", no: "yes" } as const;
const waits = ({ answerWithin }: Recipe): string => (answerWithin === null ? "not documented" : `${answerWithin} s`);

const pageOf = (recipe: Recipe): string => {
  const url = "https://your-site.example/hooks/data_layer/data_source/publish/{data layer}/{webhook}";
  const steps = fillRecipe(recipe, { url, source: null, verification: null, isDefault: false });
  const narrowed = { url, source: "blog", verification: null, isDefault: false };
  const one = recipe.headers
    ? "Add the request header `x-connect-data-source` with the slug of the data source."
    : `This CMS cannot send one more header, so the slug is part of the URL: \`${urlFor(recipe, narrowed)}\``;
  return [
    `# ${recipe.name}`,
    "",
    "This page is made from `src/edge/recipes`; the dashboard and",
    `\`GET /api/v1/data-layers/{id}/webhooks/{webhook}/recipe?cms=${recipe.cms}\` give it with your own URL.`,
    "",
    ...steps.map(({ title, text, copy }, index) => `${index + 1}. **${title}.** ${text}${copy ? ` \`${copy}\`` : ""}`),
    "",
    `**Only one data source.** ${one}`,
    "",
    "| | |",
    "|---|---|",
    `| request headers of your own | ${yes(recipe.headers)} |`,
    `| sends a body | ${recipe.emptyBody === "always" ? "never" : body[recipe.emptyBody]} |`,
    `| proves who it is by | ${recipe.proofs.map((scheme) => `\`${scheme}\``).join(", ") || "the secret in the URL alone"} |`,
    ...(recipe.settings === undefined
      ? []
      : [`| the webhook's \`verification\`, without its secret | \`${JSON.stringify(recipe.settings)}\` |`]),
    `| waits for an answer | ${waits(recipe)} |`,
    `| sends again | ${recipe.retries} |`,
    `| how this is known | ${recipe.verified} |`,
    "",
    "**Traps**",
    "",
    ...recipe.traps.map((trap) => `- ${trap}`),
    "",
  ].join("\n");
};

describe("the pages of docs/cms", () => {
  it.each(recipes.map((recipe) => [recipe.cms, recipe] as const))(
    "the pages of docs/cms say of %s what its recipe says",
    async (cms, recipe) => {
      await expect(pageOf(recipe)).toMatchFileSnapshot(`../../docs/cms/${cms}.md`);
    },
  );

  it("the pages of docs/cms begin with a table of all of them", async () => {
    const rows = recipes.map((recipe) =>
      [
        "",
        `[${recipe.name}](${recipe.cms}.md)`,
        recipe.proofs[0] === undefined ? "URL alone" : `\`${recipe.proofs[0]}\``,
        yes(recipe.headers),
        recipe.emptyBody,
        waits(recipe),
        recipe.retries,
        recipe.verified,
        "",
      ]
        .join(" | ")
        .trim(),
    );
    const page = [
      "# CMSs",
      "",
      "How each sender is connected, and how we know. Where no header can be added, the data source is named in the URL.",
      "This page is made from `src/edge/recipes`.",
      "",
      "| CMS | best proof | headers | empty body | waits for | sends again | verified how |",
      "|---|---|---|---|---|---|---|",
      ...rows,
      "",
    ].join("\n");
    await expect(page).toMatchFileSnapshot("../../docs/cms/README.md");
    expect(recipeOf("nobody")).toBeNull();
  });
});
