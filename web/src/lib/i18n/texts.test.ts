import { globSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import en from "./en.json";
import zh from "./zh.json";

const base = (key: string): string => key.replace(/_(one|other)$/, "");
const keys = (texts: Record<string, string>): string[] => [...new Set(Object.keys(texts).map(base))].sort();
const places = (text: string): string[] => [...text.matchAll(/\{\{(\w+)\}\}/g)].map(([, name]) => name ?? "").sort();

const SOURCE = globSync("src/**/*.{ts,tsx}").filter((file) => !file.includes(".test.")).map((file) => readFileSync(file, "utf8")).join("\n");

test("both languages have the same keys", () => {
  expect(keys(en)).toEqual(keys(zh));
});

test("no text is empty, and both fill in the same facts", () => {
  const english: Record<string, string> = en;
  const chinese: Record<string, string> = zh;
  const faults = Object.entries(english).filter(([key, text]) => {
    const other = chinese[base(key)] ?? "";
    return !text || !other || places(text).join() !== places(other).join();
  });
  expect(faults).toEqual([]);
});

test("no text is left over that no page shows", () => {
  const exact = new Set([...SOURCE.matchAll(/"([a-z][\w.-]*)"/gi)].map(([, key]) => key ?? ""));
  const patterns = [...SOURCE.matchAll(/`([a-z][\w.-]*\.)\$\{[^`]*`/gi)].map(([, start]) => start ?? "");
  const unused = keys(zh).filter((key) => !exact.has(key) && !patterns.some((start) => key.startsWith(start)));
  expect(unused).toEqual([]);
});

test("every family of keys that code puts together has members", () => {
  const families = [...SOURCE.matchAll(/\bt\(\s*`([^`$]+)\$\{/g)].map(([, start]) => start ?? "");
  expect(families.length).toBeGreaterThan(10);
  expect(families.filter((start) => !keys(zh).some((key) => key.startsWith(start)))).toEqual([]);
});

test("every key that code names is there", () => {
  const known = new Set<string>(keys(zh));
  const asked = [...SOURCE.matchAll(/\bt\(\s*"([^"]+)"/g)].map(([, key]) => key ?? "");
  expect(asked.filter((key) => !known.has(key))).toEqual([]);
});
