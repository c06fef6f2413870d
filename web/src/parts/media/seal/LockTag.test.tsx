// @vitest-environment jsdom
import { cleanup, render, screen } from "@testing-library/react";
import { afterEach, beforeAll, expect, test } from "vitest";
import { startTexts } from "../../../lib/i18n";
import { LockTag } from "./LockTag";

beforeAll(() => startTexts("zh"));
afterEach(cleanup);

test("the digits are read to each other only under a lock that is closed", () => {
  const { rerender } = render(<LockTag lock="sealed" code="0417" isSlow={false} />);
  expect(screen.getByRole("status").textContent).toContain("0417");
  for (const lock of ["opening", "broken", "not-supported"] as const) {
    rerender(<LockTag lock={lock} code="0417" isSlow={false} />);
    expect(screen.getByRole("status").textContent).not.toContain("0417");
  }
});

test("a script in the cipher's place is said", () => {
  render(<LockTag lock="sealed" code="0417" isSlow />);
  expect(screen.getByText(/较慢/)).toBeTruthy();
});
