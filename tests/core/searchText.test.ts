import { expect, test } from "vitest";
import { searchText } from "../../src/core/searchText.ts";

test.each([
  ["U\u0308ber", "\u00fcber"],
  ["ＡＢＣ", "abc"],
  ["Oﬃce™", "officetm"],
])("a search compares texts in any case and any form of their letters (%s)", (text, form) => {
  expect([searchText(text), searchText(form)]).toEqual([form, form]);
});
