// @vitest-environment jsdom
import { act, cleanup, render, screen } from "@testing-library/react";
import { afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { startTexts } from "../lib/i18n";
import { Problem, UNREACHABLE } from "../lib/problem";
import { reach } from "../lib/reach";
import { Trouble } from "./views";

beforeAll(() => startTexts("zh"));
beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  reach.answered();
  cleanup();
  vi.useRealTimers();
});

test("what was not sent while nobody answered says so, and that it can be sent once somebody does", () => {
  reach.silent();
  render(<Trouble error={new Problem({ status: 0, code: UNREACHABLE })} />);
  expect(screen.getByRole("alert").textContent).toContain("服务器没有应答");
  act(() => reach.answered());
  expect(screen.getByRole("alert").textContent).toContain("已恢复应答，请再试一次");
});

test("what the server said stands whether or not it answers now", () => {
  render(<Trouble error={new Problem({ status: 409, code: "calendar.slot_taken" })} />);
  const said = screen.getByRole("alert").textContent;
  act(() => reach.silent());
  expect(screen.getByRole("alert").textContent).toBe(said);
});
