// @vitest-environment jsdom
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, beforeAll, expect, test, vi } from "vitest";
import { startTexts } from "../../lib/i18n";
import { BookingCard } from "./BookingCard";

const NO_HOUR = /现在没有时间/;
const json = (body: unknown, status = 200): Response => new Response(JSON.stringify(body), { status });

/** The card of an asker who may move it, over a server that answers so. */
function card(answer: () => Promise<Response>): void {
  vi.stubGlobal("fetch", answer);
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  const move = { to: () => Promise.resolve(), busy: false, error: null };
  render(<QueryClientProvider client={client}><BookingCard source="consultation/c" department="d" asks move={move} /></QueryClientProvider>);
}

beforeAll(() => startTexts("zh"));
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

test("an hour that is not there yet is not said to be none", async () => {
  let say: (answer: Response) => void = () => undefined;
  const answered = new Promise<Response>((resolve) => (say = resolve));
  card(async () => (await answered).clone());
  expect(await screen.findByText("正在取预约")).toBeTruthy();
  expect(screen.queryByText(NO_HOUR)).toBeNull();
  expect(screen.queryByRole("button", { name: "改期" })).toBeNull();
  say(json({ items: [] }));
  expect(await screen.findByText(NO_HOUR)).toBeTruthy();
  expect(screen.getByRole("button", { name: "改期" })).toBeTruthy();
});

test("an hour that cannot be fetched is not said to be none, and is fetched again", async () => {
  let up = false;
  card(() => Promise.resolve(up ? json({ items: [] }) : json({ code: "database.down" }, 503)));
  expect(await screen.findByText("取不到预约")).toBeTruthy();
  expect(screen.queryByText(NO_HOUR)).toBeNull();
  expect(screen.queryByRole("button", { name: "改期" })).toBeNull();
  up = true;
  fireEvent.click(screen.getByRole("button"));
  expect(await screen.findByText(NO_HOUR)).toBeTruthy();
});
