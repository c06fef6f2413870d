import type { ExcalidrawElement } from "@excalidraw/excalidraw/element/types";
import { expect, test } from "vitest";
import * as Y from "yjs";
import { draw, drawn, follow, isNewer, newer, pictures } from "./scene";

const element = (part: Partial<ExcalidrawElement>): ExcalidrawElement => ({ id: "a", version: 1, versionNonce: 5, x: 0, ...part }) as ExcalidrawElement;

test("only what is newer is put down, with who drew it first", () => {
  const doc = new Y.Doc();
  let told = 0;
  follow(doc, () => (told += 1));
  draw(doc, [element({})], {}, "许静");
  draw(doc, [element({})], {}, "许静");
  expect(told).toBe(1);
  draw(doc, [element({ version: 2, x: 9, customData: { by: "许静" } })], {}, "陈予安");
  expect(drawn(doc)).toMatchObject([{ version: 2, x: 9, customData: { by: "许静" } }]);
});

test("two pages that change one element at once agree on it", () => {
  const [one, two] = [element({ versionNonce: 3 }), element({ versionNonce: 4 })];
  expect([isNewer(one, two), isNewer(two, one), isNewer(one, one)]).toEqual([true, false, false]);
});

test("a page takes what is newer than what it shows, and leaves the rest as it stands", () => {
  const doc = new Y.Doc();
  draw(doc, [element({}), element({ id: "b", version: 3 })], {}, "许静");
  expect(newer(doc, [element({}), element({ id: "b", version: 2 })]).map(({ id }) => id)).toEqual(["b"]);
  expect(newer(doc, []).map(({ id }) => id)).toEqual(["a", "b"]);
});

test("a picture is put down once", () => {
  const doc = new Y.Doc();
  const file = { id: "f", mimeType: "image/png", dataURL: "data:", created: 1 };
  draw(doc, [], { f: file } as never, "许静");
  draw(doc, [], { f: { ...file, created: 2 } } as never, "许静");
  expect(pictures(doc)).toEqual([file]);
});
