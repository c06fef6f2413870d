// @vitest-environment jsdom
import { cleanup, renderHook } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { reach } from "./reach";
import { forgetWords, saveWords, useLeft, useWords, watchWords } from "./unsaved";

/** A field on a page: what is written in it, and how often the server was asked to keep it. */
function field(text: string): { text: string; kept: string; save: () => Promise<void>; up: boolean; tries: number } {
  const words = {
    text, kept: "", up: true, tries: 0,
    save: () => {
      words.tries += 1;
      if (!words.up) return Promise.reject(new Error("nobody answers"));
      words.kept = words.text;
      return Promise.resolve();
    },
  };
  return words;
}

function onPage(words: ReturnType<typeof field>, key = "opinion/c1/li"): { leave(): void } {
  const [now, unsaved] = [() => words.text, () => words.text !== words.kept];
  const { unmount } = renderHook(() => useWords(key, { now, unsaved, save: words.save }));
  return { leave: unmount };
}

const leftAt = (key: string): string | undefined => renderHook(() => useLeft<string>(key)).result.current;
const settled = (): Promise<void> => vi.waitFor(() => Promise.resolve());

let stop: () => void;
beforeEach(() => {
  stop = watchWords();
});
afterEach(() => {
  cleanup();
  stop();
  forgetWords();
  reach.answered();
});

test("what could not be saved is saved as soon as the server answers again", () => {
  const words = field("a bleeding on the left");
  onPage(words);
  reach.silent();
  expect(words.kept).toBe("");
  reach.answered();
  expect(words.kept).toBe(words.text);
});

test("a browser that would drop unsaved words asks first, and they are saved meanwhile", () => {
  const words = field("a bleeding");
  onPage(words);
  const leaving = new Event("beforeunload", { cancelable: true });
  dispatchEvent(leaving);
  expect(leaving.defaultPrevented).toBe(true);
  expect(words.kept).toBe("a bleeding");
  const again = new Event("beforeunload", { cancelable: true });
  dispatchEvent(again);
  expect(again.defaultPrevented).toBe(false);
});

test("they are saved when a phone puts the page away", () => {
  const words = field("a bleeding");
  onPage(words);
  vi.spyOn(document, "visibilityState", "get").mockReturnValue("hidden");
  document.dispatchEvent(new Event("visibilitychange"));
  expect(words.kept).toBe("a bleeding");
});

test("a log-out waits until all was tried, also where one fails", async () => {
  const [first, second] = [field("findings"), field("question")];
  first.up = false;
  onPage(first);
  onPage(second, "request/p1/li");
  await saveWords();
  expect([first.tries, second.kept]).toEqual([1, "question"]);
});

test("what cannot be saved when its page goes waits for whoever wrote it, and for nobody else", async () => {
  const words = field("a bleeding");
  words.up = false;
  onPage(words).leave();
  await settled();
  expect(leftAt("opinion/c1/li")).toBe("a bleeding");
  expect(leftAt("opinion/c1/wang")).toBeUndefined();
  forgetWords();
  expect(leftAt("opinion/c1/li")).toBeUndefined();
});

test("what is saved as its page goes is not kept in the window", async () => {
  const words = field("a bleeding");
  onPage(words).leave();
  await settled();
  expect(words.kept).toBe("a bleeding");
  expect(leftAt("opinion/c1/li")).toBeUndefined();
});
