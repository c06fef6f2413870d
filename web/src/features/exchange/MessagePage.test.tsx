// @vitest-environment jsdom
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, fireEvent, render, screen, waitFor } from "@testing-library/react";
import { createMemoryRouter, RouterProvider } from "react-router";
import { afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { startTexts } from "../../lib/i18n";
import { MessagePage } from "./MessagePage";

const json = (body: unknown, status = 200): Promise<Response> => Promise.resolve(new Response(JSON.stringify(body), { status }));

const message = (part: object = {}): object => ({
  id: "m1", sender: "his", institution: "liuhe", control: "C1", kind: "ADT^A04", sent: null, received: "2026-03-18T08:00:00Z", charset: "utf-8",
  repeated: false, state: "waiting", code: "intake.patient_disagrees", place: "PID-5", became: [], patient: "", ended_by: "", reason: "",
  settled: null, ...part,
});
const whole = (part: object = {}): object => ({
  message: message(part), text: "MSH|^~\\&|HIS\rPID|1||7||刘^淑兰\r", mended: "",
  segments: [{ name: "MSH", fields: [{ number: 3, text: "HIS" }] }, { name: "PID", fields: [{ number: 3, text: "7" }, { number: 5, text: "刘^淑兰" }] }],
});
const reasons = { items: [{ code: "intake.patient_disagrees", zh: "与已登记的不符", en: "disagrees" }], next: null };

let first: () => Promise<Response>;
let act: (path: string, body: unknown) => Promise<Response>;

function page(): void {
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  const router = createMemoryRouter([{ path: "/interfaces/messages/:id", element: <MessagePage /> }], { initialEntries: ["/interfaces/messages/m1"] });
  render(<QueryClientProvider client={client}><RouterProvider router={router} /></QueryClientProvider>);
}

beforeAll(() => startTexts("zh"));
beforeEach(() => {
  Element.prototype.scrollIntoView = () => undefined;
  vi.stubGlobal("ResizeObserver", class { observe = (): void => undefined; unobserve = (): void => undefined; disconnect = (): void => undefined; });
  vi.stubGlobal("fetch", (path: string, init: RequestInit) => {
    if (init.method === "POST") return act(path, JSON.parse(String(init.body)));
    if (path.startsWith("/api/exchange/reasons")) return json(reasons);
    if (path.startsWith("/api/exchange/peers")) return json({ items: [], strangers: [], next: null });
    return first();
  });
  first = () => json(whole());
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

test("the field where the fault stands is marked, and named", async () => {
  page();
  await screen.findByText("与已登记的不符");
  const fault = document.getElementById("fault");
  expect(fault?.textContent).toBe("PID-5 姓名刘^淑兰问题在这里");
  expect(screen.getAllByText("问题在这里")).toHaveLength(1);
});

test("what was mended is sent line by line, and what it became is shown", async () => {
  let sent: unknown;
  act = (path, body) => {
    sent = [path, body];
    return json({ ...whole({ state: "taken", code: "", place: "", became: [{ type: "Patient", id: "p1", version: 2 }] }) });
  };
  page();
  fireEvent.click(await screen.findByRole("button", { name: "改正" }));
  fireEvent.change(screen.getByLabelText("改正后的消息"), { target: { value: "MSH|^~\\&|HIS\nPID|1||7||刘^淑英" } });
  fireEvent.click(screen.getByRole("button", { name: "改正后重放" }));
  const link = await screen.findByRole("link", { name: /Patient/ });
  expect(link.getAttribute("href")).toBe("/fhir/R4/Patient/p1/_history/2");
  expect(sent).toEqual(["/api/exchange/messages/m1/replay", { text: "MSH|^~\\&|HIS\nPID|1||7||刘^淑英", charset: "", patient: "" }]);
  expect(screen.queryByRole("button", { name: "按原样重放" })).toBeNull();
});

test("a replay that does not help says so and leaves it waiting", async () => {
  act = () => json(whole());
  page();
  fireEvent.click(await screen.findByRole("button", { name: "按原样重放" }));
  await screen.findByText("又试了一次，还是不行，原因见上");
  screen.getByRole("button", { name: "按原样重放" });
});

test("it is given up with a reason, never without", async () => {
  let sent: unknown;
  act = (_, body) => {
    sent = body;
    return json(message({ state: "given-up", reason: "测试数据" }));
  };
  page();
  fireEvent.click(await screen.findByRole("button", { name: "放弃" }));
  fireEvent.click(screen.getByRole("button", { name: "放弃" }));
  await screen.findByText("请写一句原因");
  expect(sent).toBeUndefined();
  fireEvent.change(screen.getByLabelText("为什么放弃"), { target: { value: "测试数据" } });
  fireEvent.click(screen.getByRole("button", { name: "放弃" }));
  await screen.findByText("已放弃");
  expect(sent).toEqual({ reason: "测试数据" });
  await waitFor(() => expect(screen.queryByRole("button", { name: "放弃" })).toBeNull());
});

test("one that is not theirs is refused, and the page says so", async () => {
  first = () => json({ code: "exchange.message_unknown", title: "没有这条消息" }, 404);
  page();
  await screen.findByText("打不开这条消息");
  screen.getByText("本次访问已留痕");
});
