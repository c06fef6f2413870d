import { expect, test } from "vitest";
import { speaksOf } from "./typed";

test("somebody is found by a part of any of their words, in whichever case", () => {
  expect(speaksOf(" 柳河 ", "xujing", "许静", "柳河镇卫生院")).toBe(true);
  expect(speaksOf("XuJ", "xujing", null)).toBe(true);
  expect(speaksOf("陈", "xujing", "许静", undefined)).toBe(false);
});

test("nothing typed fits all", () => {
  expect(speaksOf("  ", "xujing")).toBe(true);
});
