// @vitest-environment jsdom
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, cleanup, render, screen, waitFor } from "@testing-library/react";
import { afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { startTexts } from "../../../lib/i18n";
import { AllergiesCard, MedicinesCard } from "./Treatment";

const source = { kind: "system", name: "柳树镇卫生院", at: "2026-03-18T01:00:00Z" };
const medicine = { id: "m", type: "MedicationRequest", name: "氨氯地平", dosage: "5 mg", status: "active", since: "2026-01-01", source };

const json = (body: unknown, status = 200): Promise<Response> => Promise.resolve(new Response(JSON.stringify(body), { status }));
let answers: Record<string, () => Promise<Response>>;

function cards(): QueryClient {
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  render(<QueryClientProvider client={client}><MedicinesCard id="p" /><AllergiesCard id="p" /></QueryClientProvider>);
  return client;
}

beforeAll(() => startTexts("zh"));
beforeEach(() => {
  answers = {
    medicines: () => json({ items: [medicine], last: source.at }),
    allergies: () => json({ items: [], last: null }),
  };
  vi.stubGlobal("fetch", (path: string) => answers[path.split("/").at(-1) ?? ""]?.() ?? json({ code: "path.unknown" }, 404));
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

test("a list says who told it and when something came last", async () => {
  cards();
  await screen.findByText("氨氯地平");
  screen.getByText(/柳树镇卫生院 · 最近到达/);
});

test("that nothing was told is not that there is nothing", async () => {
  cards();
  await screen.findByText("没有过敏记录");
  screen.getByText(/不等于不过敏/);
});

test("a card that fails says so and leaves the other", async () => {
  answers.medicines = () => json({ code: "database.down" }, 503);
  cards();
  await screen.findByText("没取到用药");
  screen.getByRole("button", { name: "重试" });
  await screen.findByText("没有过敏记录");
});

test("what was fetched stays and says its age when it cannot be renewed", async () => {
  const client = cards();
  await screen.findByText("氨氯地平");
  answers.medicines = () => Promise.reject(new TypeError("nobody"));
  await act(() => client.invalidateQueries());
  await screen.findByText(/前取到的内容，刚才没能更新/);
  screen.getByText("氨氯地平");
});

test("what is refused is no longer shown, and cannot be asked for again", async () => {
  const client = cards();
  await screen.findByText("氨氯地平");
  answers.medicines = () => json({ code: "fhir.not_found" }, 404);
  await act(() => client.invalidateQueries());
  await screen.findByText("本次访问已留痕");
  await waitFor(() => expect(screen.queryByText("氨氯地平")).toBeNull());
  expect(screen.queryByRole("button", { name: "重试" })).toBeNull();
});
