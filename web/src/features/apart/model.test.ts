import { expect, test } from "vitest";
import { advice, candidates, contradictions, differs, type Claimed, type Whole } from "./model";

const claimed: Claimed = { name: "刘淑英", number: "00017", issuer: "LIUHE", sex: "female", birth_date: "1959-03-21" };
const her = { id: "p1", name: "刘淑英", number: "00017", sex: "female", birth_date: "1959-03-21" };

test("who says the same is contradicted in nothing", () => {
  expect(contradictions(claimed, her)).toEqual([]);
  expect(contradictions({ ...claimed, name: " 刘淑英 " }, her)).toEqual([]);
});

test("each difference is told by its field", () => {
  const other = { id: "p2", name: "张建国", number: "00002", sex: "male", birth_date: "1960-01-01" };
  expect(contradictions(claimed, other)).toEqual(["name", "sex", "birth_date", "number"]);
});

test("what either side leaves out contradicts nothing, nor does a device's pinyin, nor a year alone of the same year", () => {
  expect(contradictions({ name: "", number: "", issuer: "", sex: "", birth_date: "" }, her)).toEqual([]);
  expect(contradictions(claimed, { id: "p", name: "", sex: "", birth_date: "" })).toEqual([]);
  expect(differs("name", { ...claimed, name: "LIU^SHUYING" }, her)).toBe(false);
  expect(differs("name", { ...claimed, name: "LIU SHUYING" }, { ...her, name: "Zhang Jianguo" })).toBe(true);
  expect(differs("birth_date", claimed, { ...her, birth_date: "1959" })).toBe(false);
  expect(differs("birth_date", claimed, { ...her, birth_date: "1960" })).toBe(true);
});

test("whom it may be is each patient once, whose the study is first", () => {
  const two = { ...her, id: "p2" };
  const whole = { holder: two, numbered: [her, two] } as unknown as Whole;
  expect(candidates(whole).map(({ id }) => id)).toEqual(["p2", "p1"]);
  expect(candidates({ holder: null, numbered: [] } as unknown as Whole)).toEqual([]);
});

test("a reason without words of its own has general ones", () => {
  expect(advice("intake.no_number")).toBe("apart.do.intake.no_number");
  expect(advice("intake.numbers_of_two")).toBe("apart.do.other");
});
