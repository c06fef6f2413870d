import { expect, test } from "vitest";
import { after, cleanCode, passwordFault } from "./model";

test("a token means logged in, else the server names the step", () => {
  expect(after({ csrf: "t" }, "factor")).toBe("in");
  expect(after({ next: "factor" }, "factor")).toBe("factor");
});

test("who has no factor yet replaces the handed-out password first", () => {
  expect(after({ next: "enrol" }, "factor")).toBe("password");
});

test("an answer without a word leads to the step that follows", () => {
  expect(after(undefined, "enrol")).toBe("enrol");
  expect(after({}, "factor")).toBe("factor");
});

test("a code is read as it is said, in groups", () => {
  expect(cleanCode("123 456")).toBe("123456");
  expect(cleanCode("12a34567")).toBe("123456");
});

test("a new password is long, new, and written twice alike", () => {
  expect(passwordFault("old", "short", "short")).toBe("short");
  expect(passwordFault("the same words", "the same words", "the same words")).toBe("same");
  expect(passwordFault("old", "quiet green lamp", "quiet green lump")).toBe("differs");
  expect(passwordFault("old", "quiet green lamp", "quiet green lamp")).toBeNull();
});
