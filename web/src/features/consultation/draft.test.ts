import { expect, test } from "vitest";
import { filled, merged, settled } from "./draft";

const opinion = (findings: string, conclusion = "", advice = "") => ({ findings, conclusion, advice });

test("two who write in different parts find both", () => {
  expect(merged(opinion("a", "b"), opinion("a!", "b"), opinion("a", "b!"))).toEqual({ opinion: opinion("a!", "b!"), clashes: {} });
});

test("where both wrote in one part one's own stands and the other's is handed over", () => {
  expect(merged(opinion("a"), opinion("a mine"), opinion("a theirs"))).toEqual({ opinion: opinion("a mine"), clashes: { findings: "a theirs" } });
});

test("the same words are no clash, and words taken back are not brought back", () => {
  expect(merged(opinion("a"), opinion("b"), opinion("b"))).toEqual({ opinion: opinion("b"), clashes: {} });
  expect(merged(opinion("a"), opinion("a"), opinion(""))).toEqual({ opinion: opinion(""), clashes: {} });
});

test("no letter is lost by any choice but the one that says so", () => {
  expect(settled("mine", "theirs", "both")).toBe("mine\ntheirs");
  expect(settled("mine", "theirs", "mine")).toBe("mine");
  expect(settled("mine", "theirs", "theirs")).toBe("theirs");
});

test("a template fills what is empty and goes beneath what is not, as it stands", () => {
  const script = "<script>alert(1)</script>{{x}}";
  expect(filled(opinion("typed", " "), opinion(script, script, script))).toEqual(opinion(`typed\n${script}`, script, script));
});
