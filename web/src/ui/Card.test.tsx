// @vitest-environment jsdom
import { render, screen } from "@testing-library/react";
import { expect, test } from "vitest";
import { Card } from "./Card";

test("a card is a place to go to by its headline; those of a list are not, since their headlines may be the same", () => {
  render(<><Card title="Around">a</Card><Card ofMany title="In need">b</Card><Card ofMany title="In need">c</Card></>);
  expect(screen.getAllByRole("region").map((one) => one.textContent)).toEqual(["Arounda"]);
  expect(screen.getAllByRole("article", { name: "In need" })).toHaveLength(2);
});
