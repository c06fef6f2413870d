import { expect, test } from "vitest";
import type { Room } from "./api";
import { goneBy } from "./useRoomCall";

const room = (mine: Room["mine"], is_open = true): Room => ({ mine, is_open }) as Room;

test.each([
  ["in", "elsewhere"],
  ["waiting", "elsewhere"],
  ["removed", "removed"],
  ["out", undefined],
  ["lost", undefined],
] as const)("who stands %s when their ticket counts no more is told %s", (mine, why) => {
  expect(goneBy(room(mine))).toBe(why);
});

test("a room that has closed is over as closed, wherever one stood", () => {
  expect(goneBy(room("in", false))).toBe("closed");
});
