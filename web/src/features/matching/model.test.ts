import { describe, expect, test } from "vitest";
import { following, likely, mark, rows, signed, type Pair } from "./model";

const side = (part: Partial<Pair["sides"][number]> = {}): Pair["sides"][number] => ({
  patient: "a", institution: "liuhe", name: "欧**国", sex: "male", birth_date: "1949", numbers: [], phones: [], ...part,
});
const reason = (field: string, agreement: string, weight = 1): Pair["reasons"][number] => ({ field, agreement, weight });

describe("evidence in words", () => {
  test.each([[41.6, "sure"], [32, "sure"], [29.6, "likely"], [24, "maybe"], [20, "open"]])("%s bits", (bits, word) => {
    expect(likely(bits)).toBe(word);
  });
});

describe("a row", () => {
  test("is green where it agrees and marked where it differs", () => {
    expect(["same", "same_short", "read_alike", "differs"].map((one) => mark(reason("name", one)))).toEqual([
      "agrees", "agrees", "near", "differs",
    ]);
    expect(mark(undefined)).toBe("silent");
  });

  test("stands for what at least one side has", () => {
    const pair = { sides: [side({ phones: ["1391***5678"] }), side({ name: "" })], reasons: [reason("sex", "same")] };
    expect(rows(pair).map(({ field }) => field)).toEqual(["name", "birth_date", "sex", "phone"]);
  });

  test("of numbers is marked by the card", () => {
    const pair = { sides: [side({ numbers: ["1101**002X"] }), side()], reasons: [reason("card", "differs", 0)] };
    expect(rows(pair).find(({ field }) => field === "card")).toMatchObject({ left: ["1101**002X"], right: [], reason: { agreement: "differs" } });
  });
});

test("a weight has its sign", () => {
  expect([14.1, -6.6, 0].map(signed)).toEqual(["+14.1", "−6.6", "+0.0"]);
});

test("the next of the list is looked at, or the one before where there is none", () => {
  expect([following(["a", "b", "c"], "b"), following(["a", "b"], "b"), following(["a"], "a")]).toEqual(["c", "a", undefined]);
});
