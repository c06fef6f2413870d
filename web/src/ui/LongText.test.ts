import { expect, test } from "vitest";
import { isLong } from "./LongText";

test("a text is cut where it has many letters or many lines", () => {
  expect(isLong("右侧肢体无力 50 分钟，是否溶栓？")).toBe(false);
  expect(isLong("长".repeat(201))).toBe(true);
  expect(isLong("一\n二\n三\n四\n五\n六\n七")).toBe(true);
});
