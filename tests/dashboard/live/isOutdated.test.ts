import { expect, it } from "vitest";
import { isOutdated } from "../../../src/dashboard/api/useSettings.ts";

const blog = { slug: "blog", url: "https://a.example/", checkedAt: "1" };
const shop = { slug: "shop", url: "https://b.example/", checkedAt: "1" };
const layer = (...dataSources: (typeof blog)[]) => ({ name: "Layer", dataSources });
const edited = ({ dataSources }: ReturnType<typeof layer>) => dataSources.find(({ slug }) => slug === "blog");
const patch = { dataSources: [] };

it("a dialog saves no source that somebody else has changed or deleted since the dialog opened", () => {
  const opened = layer(blog, shop);
  const outdated = (now: typeof opened) => isOutdated(now, { shown: now, opened, edited }, patch);
  expect(outdated(layer(blog, shop))).toBe(false);
  expect(outdated(layer({ ...blog, checkedAt: "2" }, { ...shop, url: "https://c.example/" }))).toBe(false);
  expect(outdated(layer({ ...blog, url: "https://c.example/" }, shop))).toBe(true);
  expect(outdated(layer(shop))).toBe(true);
});

it("a form saves no setting that differs from the one that its input was made from", () => {
  const opened = layer(blog);
  const compared = { shown: opened, opened, edited: () => null };
  expect(isOutdated(layer(shop), compared, patch)).toBe(true);
  expect(isOutdated(layer(shop), compared, { name: "New" })).toBe(false);
});
