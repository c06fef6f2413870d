import { expect, test } from "vitest";
import { columns, stand, type Seen, type Wish } from "./layout";

const face = (person: string): Seen => ({ key: `${person}/`, person, label: "", shows: true });
const [li, wang, he] = [face("li"), { ...face("wang"), shows: false }, face("he")];
const screen: Seen = { key: "li/screen", person: "li", label: "screen", shows: true };
const NONE: Wish = { filled: false, field: false, spotlit: "", pinned: "" };

test.each<[string, Seen[], Partial<Wish>, Seen | undefined]>([
  ["all are alike while people talk", [li, wang, he], {}, undefined],
  ["a screen is large as soon as it is shown", [li, wang, screen, he], {}, screen],
  ["whom the host puts forward stands before a screen", [li, wang, screen, he], { spotlit: "wang" }, wang],
  ["one's own choice stands before the host's", [li, wang, screen, he], { spotlit: "wang", pinned: "he/" }, he],
  ["who has left is chosen no more", [li, wang], { pinned: "he/", spotlit: "he" }, undefined],
  ["the field is the first who shows anything", [wang, he, li], { field: true }, he],
])("%s", (_, all, wish, large) => {
  const stood = stand(all, { ...NONE, ...wish });
  expect(stood.large).toBe(large);
  expect(new Set([stood.large, ...stood.alike, ...stood.strip].filter(Boolean))).toEqual(new Set(all));
  expect(stood.alike.length === 0 || stood.strip.length === 0).toBe(true);
});

test("beside images everybody stands in the strip, whoever was chosen", () => {
  expect(stand([li, screen], { ...NONE, filled: true, pinned: "li/" })).toEqual({ large: undefined, alike: [], strip: [li, screen] });
});

test("sixteen fit, wide and narrow", () => {
  expect([1, 2, 4, 5, 9, 16].map((count) => columns(count, false))).toEqual([1, 2, 2, 3, 3, 4]);
  expect([1, 2, 3, 16].map((count) => columns(count, true))).toEqual([1, 1, 2, 2]);
});
