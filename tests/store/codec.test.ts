import { describe, expect, test } from "vitest";
import { z } from "zod";
import { envelope, VERSION } from "../../src/core/document.ts";
import { DOCUMENT_CEILING_BYTES } from "../../src/core/limits.ts";
import { documentCodec } from "../../src/store/codec.ts";
import {
  CorruptDocument,
  NewerDocument,
  StoreMisconfigured,
  StoreUnavailable,
  unreadableReason,
} from "../../src/store/store.ts";

const KEY = "layers/one";
const codec = documentCodec(
  z.looseObject({ ...envelope, name: z.string(), sites: z.array(z.looseObject({ id: z.string() })) }),
);
const whole = { v: VERSION, rev: 1, by: "me", at: 1, name: "The blog", sites: [{ id: "one" }] };
const refusal = (text: string): unknown => {
  try {
    return codec.decode(text, KEY);
  } catch (error) {
    return error;
  }
};

describe("what an operator reads about a document that is refused", () => {
  test("a refused document's message says where it is and that it is no JSON", () => {
    expect(refusal("{")).toMatchObject({ name: "CorruptDocument", message: "layers/one is not JSON" });
    expect(refusal("{")).toHaveProperty("cause", expect.any(SyntaxError));
  });

  test("a refused document's message says which fields are wrong, the first three of them", () => {
    expect(refusal(JSON.stringify({ ...whole, name: 1, sites: [{ id: 1 }] }))).toMatchObject({
      name: "CorruptDocument",
      message: "layers/one is not what it should be at name, sites.0.id",
    });
    expect(refusal('{"v":1}')).toMatchObject({ message: "layers/one is not what it should be at rev, by, at" });
  });

  test("a refused document's message says which version it has, and up to which one this release reads", () => {
    expect(refusal(JSON.stringify({ ...whole, v: VERSION + 1 }))).toMatchObject({
      name: "NewerDocument",
      message: `layers/one has version ${VERSION + 1}; this release reads up to ${VERSION}`,
    });
  });

  test("a refused document's message says how large it would have been", () => {
    const document = { ...whole, name: "x".repeat(DOCUMENT_CEILING_BYTES) };
    const bytes = JSON.stringify(document).length;
    expect(() => codec.encode(document)).toThrow(new RangeError(`a document of ${bytes} bytes was not written`));
  });
});

test("a document is read as it was written", () => {
  expect(codec.decode(codec.encode(whole), KEY)).toEqual(whole);
});

test("a document whose text was read last is not checked again, and another one is", () => {
  const text = codec.encode(whole);
  const document = codec.decode(text, KEY);
  expect(codec.decode(text, KEY)).toBe(document);
  const other = codec.decode(codec.encode({ ...whole, rev: 2 }), KEY);
  expect(other.rev).toBe(2);
  expect(codec.decode(text, KEY)).toEqual(whole);
  // A damaged text is refused each time, and is not taken for the one before it.
  for (const _again of [1, 2]) expect(refusal('{"v":1}')).toBeInstanceOf(CorruptDocument);
  expect(codec.decode(text, KEY)).toEqual(whole);
});

test("a document may have every byte of its ceiling, and none more", () => {
  const room = DOCUMENT_CEILING_BYTES - JSON.stringify({ ...whole, name: "" }).length;
  expect(codec.encode({ ...whole, name: "x".repeat(room) })).toHaveLength(DOCUMENT_CEILING_BYTES);
  expect(() => codec.encode({ ...whole, name: "x".repeat(room + 1) })).toThrow();
});

test("a log tells the failures of the store apart by name", () => {
  expect([StoreUnavailable, CorruptDocument, NewerDocument].map((Failure) => new Failure("x").name)).toEqual([
    "StoreUnavailable",
    "CorruptDocument",
    "NewerDocument",
  ]);
  expect(new StoreMisconfigured("STORE_WITHOUT_ETAGS", "x").name).toBe("StoreMisconfigured");
});

test("a document that cannot be read is newer or corrupt, and any other failure says nothing about the document", () => {
  expect([new NewerDocument("x"), new CorruptDocument("x")].map(unreadableReason)).toEqual(["newer", "corrupt"]);
  expect([new StoreUnavailable("x"), new Error("x"), "x", null].map(unreadableReason)).toEqual([
    null,
    null,
    null,
    null,
  ]);
});
