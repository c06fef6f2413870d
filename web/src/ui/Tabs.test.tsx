// @vitest-environment jsdom
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, expect, test } from "vitest";
import { Tabs } from "./Tabs";

afterEach(cleanup);

const show = (): void => {
  render(<Tabs label="Beside" tabs={[
    { key: "people", title: "People", count: 2, show: () => "who is in" },
    { key: "case", title: "Case", show: () => "what was asked" },
  ]} />);
};

test("the first panel shows, and its tab says how many wait", () => {
  show();
  expect(screen.getByRole("tabpanel").textContent).toBe("who is in");
  expect(screen.getByRole("tab", { selected: true }).textContent).toBe("People 2");
});

test("an arrow key chooses the next tab and goes round", () => {
  show();
  fireEvent.keyDown(screen.getByRole("tablist"), { key: "ArrowRight" });
  expect(screen.getByRole("tabpanel", { name: "Case" }).textContent).toBe("what was asked");
  expect(document.activeElement).toBe(screen.getByRole("tab", { name: "Case" }));
  fireEvent.keyDown(screen.getByRole("tablist"), { key: "ArrowRight" });
  expect(screen.getByRole("tabpanel").textContent).toBe("who is in");
});
