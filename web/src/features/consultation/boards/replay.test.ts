import { expect, test } from "vitest";
import * as Y from "yjs";
import { Replay, type Drawn } from "./replay";

/** What one writes, a word at a time. */
function written(words: string[]): Drawn[] {
  const doc = new Y.Doc();
  const updates: Drawn[] = [];
  doc.on("update", (update: Uint8Array) => updates.push({ update: btoa(String.fromCharCode(...update)) }));
  words.forEach((word) => doc.getText("words").insert(doc.getText("words").length, word));
  return updates;
}

const read = (doc: Y.Doc): string => doc.getText("words").toJSON();

test("a board stands as it was, whichever way one goes", () => {
  const replay = new Replay(written(["a", "b", "c", "d"]));
  expect([2, 4, 1, 0, 3].map((count) => read(replay.after(count)))).toEqual(["ab", "abcd", "a", "", "abc"]);
});

test("forwards it is one document, which is not read anew", () => {
  const replay = new Replay(written(["a", "b"]));
  const doc = replay.after(1);
  expect(replay.after(2)).toBe(doc);
});
