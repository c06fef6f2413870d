import { expect, test } from "vitest";
import { readBirthDate } from "./IdentityCheck";

test.each(["1959-04-17", "1959/4/17", "1959.04.17", "19590417", " 1959-4-17 ", "1959年4月17日"])("%s is a date of birth", (text) => {
  expect(readBirthDate(text)).toBe("1959-04-17");
});

test.each(["", "59-4-17", "1959-02-30", "1959-13-01", "today"])("%s is none", (text) => {
  expect(readBirthDate(text)).toBeNull();
});
