// @vitest-environment jsdom
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, fireEvent, render, screen, waitFor } from "@testing-library/react";
import { afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { startTexts } from "../../lib/i18n";
import { ActBar } from "./ActBar";
import type { Act, Case } from "./model";

const NEURO = { id: "neuro", name: "神经内科" };
const CITY = { id: "city", name: "市中心医院" };
const ANSWERS: Record<string, unknown> = {
  "/api/departments": { items: [{ ...NEURO, institution: CITY }, { id: "cardio", name: "心内科", institution: CITY }], next: null },
  "/api/experts": {
    items: [
      { id: "chen", name: "陈远", departments: [NEURO] }, { id: "gao", name: "高明", departments: [NEURO] },
      { id: "li", name: "李敏", departments: [{ id: "cardio", name: "心内科" }] },
    ],
    next: null,
  },
};

const one = (acts: Act[]): Case => ({
  id: "c1", state: "accepted", mode: "written", urgency: "scheduled", question: "?", created: "2026-03-18T08:00:00Z",
  unseen: 0, changed: "2026-03-18T08:00:00Z", department: NEURO, expert: { id: "chen", name: "陈远" }, invited: [{ id: "gao", name: "高明" }],
  patient: { id: "p", name: "刘淑英", sex: "female", birth_date: "1959", number: "", number_kind: "card", masked: false },
  asker: { id: "a", name: "李医生", institution: { id: "i", name: "柳河镇卫生院" } }, ring: null, starts: null, slot: "",
  claim_ends: null, acts, timeline: [], documents: [], studies: [], figures: { answer_s: null, opinion_s: null, failed_calls: 0, passes: 0, interruptions: 0 }, archive: [], recorded: false, call_back: "", report: "",
  consent: { version: "1", given_by: "patient", how: "signed", reason: "" },
});

/** What the lists of a form ask of a browser, and need not know here. */
class Still {
  observe = (): void => undefined;
  unobserve = (): void => undefined;
  disconnect = (): void => undefined;
}

let sent: [string, unknown][];

function bar(acts: Act[], part: Partial<Case> = {}): void {
  render(<QueryClientProvider client={new QueryClient()}><ActBar one={{ ...one(acts), ...part }} /></QueryClientProvider>);
}

/** Opens a list in which there is one thing to choose, and chooses it; its words. */
async function chosen(name: string): Promise<string | null> {
  fireEvent.mouseDown(await screen.findByRole("combobox", { name }));
  const option = await waitFor(() => {
    const [first, ...others] = document.querySelectorAll<HTMLElement>(".ant-select-item-option-content");
    expect(others).toEqual([]);
    if (!first) throw new Error("nothing can be chosen");
    return first;
  });
  fireEvent.click(option);
  return option.textContent;
}

beforeAll(() => startTexts("zh"));
beforeEach(() => {
  sent = [];
  vi.stubGlobal("ResizeObserver", Still);
  vi.stubGlobal("fetch", (path: string, init?: RequestInit) => {
    if (init?.method === "POST") sent.push([path, JSON.parse(init.body as string)]);
    return Promise.resolve(new Response(JSON.stringify(ANSWERS[path] ?? one([]))));
  });
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

test("a case is handed to another department, and not without one", async () => {
  bar(["hand-over"]);
  fireEvent.click(screen.getByRole("button", { name: "转科" }));
  fireEvent.click(await screen.findByRole("button", { name: "转科" }));
  await screen.findByText("请选择科室");
  expect(sent).toEqual([]);
  expect(await chosen("转到哪个科室？")).toBe("市中心医院 心内科");
  fireEvent.change(screen.getByLabelText("原因（可不填）"), { target: { value: " 心源性？ " } });
  fireEvent.click(screen.getByRole("button", { name: "转科" }));
  await waitFor(() => expect(sent).toEqual([["/api/consultations/c1/hand-over", { department: "cardio", reason: "心源性？" }]]));
});

test("only who is not in yet can be asked in", async () => {
  bar(["invite"]);
  fireEvent.click(screen.getByRole("button", { name: "邀请专家" }));
  expect(await chosen("邀请哪位专家？")).toBe("心内科 李敏");
  fireEvent.click(screen.getByRole("button", { name: "邀请专家" }));
  await waitFor(() => expect(sent).toEqual([["/api/consultations/c1/invite", { person: "li" }]]));
});

test("how it was is one of five, with words if one likes", async () => {
  bar(["rate"]);
  fireEvent.click(screen.getByRole("button", { name: "评价" }));
  fireEvent.click(await screen.findByRole("button", { name: "评价" }));
  expect(sent).toEqual([]);
  fireEvent.click(screen.getByRole("radio", { name: "满意" }));
  fireEvent.click(screen.getByRole("button", { name: "评价" }));
  await waitFor(() => expect(sent).toEqual([["/api/consultations/c1/rate", { score: 4, words: "" }]]));
});

test("what is wanted in words goes under its own name", async () => {
  bar(["need-more"]);
  fireEvent.click(screen.getByRole("button", { name: "需要补充" }));
  fireEvent.change(await screen.findByLabelText("需要补充什么？"), { target: { value: "血压" } });
  fireEvent.click(screen.getByRole("button", { name: "需要补充" }));
  await waitFor(() => expect(sent).toEqual([["/api/consultations/c1/need-more", { what: "血压" }]]));
});

test("a booked case is taken from a quarter of an hour before its time on, and says so until then", async () => {
  const inMinutes = (minutes: number): string => new Date(Date.now() + minutes * 60_000).toISOString();
  bar(["accept"], { state: "booked", starts: inMinutes(16) });
  fireEvent.click(screen.getByRole("button", { name: "接诊" }));
  expect(screen.getByText(/起可以开始/)).toBeTruthy();
  expect(sent).toEqual([]);
  cleanup();
  bar(["accept"], { state: "booked", starts: inMinutes(14) });
  fireEvent.click(screen.getByRole("button", { name: "接诊" }));
  await waitFor(() => expect(sent.map(([path]) => path)).toEqual(["/api/consultations/c1/accept"]));
});
