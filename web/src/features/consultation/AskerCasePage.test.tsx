// @vitest-environment jsdom
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, cleanup, render, screen, waitFor } from "@testing-library/react";
import { createMemoryRouter, RouterProvider } from "react-router";
import { afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { startTexts } from "../../lib/i18n";
import { reach } from "../../lib/reach";
import { AskerCasePage } from "./AskerCasePage";
import { CASES } from "./api";

/** A live connection that opens and then says nothing. */
class Wire {
  onopen = null;
  onmessage = null;
  onclose = null;
  send = (): void => undefined;
  close = (): void => undefined;
}

const json = (body: unknown, status = 200): Promise<Response> => Promise.resolve(new Response(JSON.stringify(body), { status }));

/** How it rings: one expert is called; `part` says what else is so. */
const ring = (sinceMs: number, part: object): object => ({
  id: "r", state: "ringing", since: new Date(sinceMs).toISOString(), circle: 1, next_at: null, alarm_at: new Date(sinceMs + 150_000).toISOString(),
  alarmed: null, number: "", taken_by: null, taken: null, failed: [], answered_by: null, answered: null, there_s: null, goal_s: 180,
  called: [{ person: { id: "e", name: "陈予安" }, circle: 1, since: new Date(sinceMs).toISOString() }], ...part,
});

const ringing = (sinceMs: number, part: object = {}): object => ({
  id: "c1", state: "ringing", mode: "live", urgency: "emergency", question: "是否溶栓", created: "2026-03-18T08:00:00Z",
  changed: "2026-03-18T08:00:00Z", department: { id: "d", name: "神经内科" }, expert: null,
  patient: { id: "p", name: "刘淑英", sex: "female", birth_date: "1959", number: "6101**********0017", number_kind: "card", masked: false },
  asker: { id: "a", name: "李医生", institution: { id: "i", name: "柳河镇卫生院" } },
  ring: ring(sinceMs, part), acts: ["cancel"], unseen: 0, timeline: [], documents: [], studies: [], figures: { answer_s: null, opinion_s: null, failed_calls: 0, passes: 0, interruptions: 0 }, archive: [], consent: null, version: 1,
});

let server: () => Promise<Response>;
let asked: number;

function page(): QueryClient {
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  const router = createMemoryRouter([{ path: "/cases/:id", element: <AskerCasePage /> }], { initialEntries: ["/cases/c1"] });
  render(<QueryClientProvider client={client}><RouterProvider router={router} /></QueryClientProvider>);
  return client;
}

beforeAll(() => startTexts("zh"));
beforeEach(() => {
  asked = 0;
  vi.useFakeTimers({ shouldAdvanceTime: true });
  vi.stubGlobal("WebSocket", Wire);
  vi.stubGlobal("ResizeObserver", class { observe = (): void => undefined; unobserve = (): void => undefined; disconnect = (): void => undefined; });
  vi.stubGlobal("fetch", (path: string) => {
    if (path.endsWith("/chat")) return server().then(() => json({ items: [], seen: [], last: "", next: null }));
    if (path.startsWith("/api/consultations/c1")) asked += 1;
    return server();
  });
});
afterEach(() => {
  cleanup();
  reach.answered();
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

test("while it rings, the time that is left is counted", async () => {
  server = () => json(ringing(Date.now() - 60_000));
  page();
  await screen.findByText("内须有人接");
  expect(screen.queryByText(/不知还剩多久/)).toBeNull();
});

test("when nobody answers, the page says how old it is and counts no longer", async () => {
  server = () => json(ringing(Date.now() - 60_000));
  const client = page();
  await screen.findByText("内须有人接");
  server = () => Promise.reject(new TypeError("nobody"));
  await act(() => client.invalidateQueries({ queryKey: CASES }));
  await screen.findByText("不知还剩多久");
  expect(screen.queryByText("内须有人接")).toBeNull();
  screen.getByText(/秒前的数据/);
  screen.getByText(/直接打电话给 神经内科/);
});

test("a server that says nothing at all is noticed by the poll that does not come", async () => {
  server = () => json(ringing(Date.now() - 10_000));
  page();
  await screen.findByText("内须有人接");
  server = () => new Promise(() => undefined);
  await act(() => vi.advanceTimersByTimeAsync(27_000));
  screen.getByText("不知还剩多久");
});

test("who is called since when is told, and why the others could not be", async () => {
  const failed = [{ person: { id: "g", name: "高明" }, circle: 1, since: "2026-03-18T08:00:00Z", until: "2026-03-18T08:00:20Z", why: "declined", reason: "在手术" }];
  server = () => json(ringing(Date.now() - 65_000, { failed }));
  page();
  await screen.findByText("陈予安");
  screen.getByText(/已响 01:0\d/);
  screen.getByText("高明");
  screen.getByText("不能接");
  screen.getByText("在手术");
});

test("an emergency that nobody took says what to do next, and which number is answered", async () => {
  server = () => json(ringing(Date.now() - 200_000, { alarmed: new Date().toISOString(), number: "029-1200 0", taken_by: { id: "d", name: "高扬" } }));
  page();
  await screen.findByText(/时间到了，还没有人接/);
  expect(screen.getByRole("link", { name: "029-1200 0" }).getAttribute("href")).toBe("tel:02912000");
  screen.getByText("调度员 高扬 正在处理");
});

test("what was refused is not asked for again, and the page says so", async () => {
  server = () => json(ringing(Date.now()));
  const client = page();
  await screen.findByText("内须有人接");
  server = () => json({ code: "consultation.not_yours" }, 404);
  await act(() => client.invalidateQueries({ queryKey: CASES }));
  await screen.findByText("打不开这次会诊");
  const before = asked;
  await act(() => vi.advanceTimersByTimeAsync(120_000));
  expect(asked).toBe(before);
  await waitFor(() => expect(screen.queryByText("是否溶栓")).toBeNull());
});
