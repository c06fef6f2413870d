// @vitest-environment jsdom
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, fireEvent, render, screen, waitFor } from "@testing-library/react";
import type { ReactElement } from "react";
import { createMemoryRouter, RouterProvider } from "react-router";
import { afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { startTexts } from "../../lib/i18n";
import { useCases } from "./api";
import { desk, type Line } from "./model";
import { RingCall } from "./RingCall";

const RING: Line = {
  id: "c1", state: "ringing", mode: "live", urgency: "emergency", question: "是否溶栓", created: "2026-03-18T08:00:00Z",
  changed: "2026-03-18T08:00:00Z", department: { id: "d", name: "神经内科" }, expert: null,
  patient: { id: "p", name: "刘*英", sex: "female", birth_date: "1959", number: "6101**********0017", number_kind: "card", masked: true },
  asker: { id: "a", name: "李医生", institution: { id: "i", name: "柳河镇卫生院" } },
  ring: {
    id: "r", state: "ringing", since: "2026-03-18T08:00:00Z", circle: 1, next_at: null, alarm_at: "2026-03-18T08:02:30Z", alarmed: null, number: "",
    taken_by: null, taken: null, called: [{ person: { id: "me", name: "陈予安" }, circle: 1, since: "2026-03-18T08:00:00Z" }], failed: [],
    answered_by: null, answered: null, there_s: null, goal_s: 180,
  },
  starts: null, acts: ["accept"], unseen: 0,
};
const json = (body: unknown, status = 200): Response => new Response(JSON.stringify(body), { status });

type Sent = [path: string, body: unknown];

/** Every ring of the list, as the banner above the pages shows them. */
function Ringing(): ReactElement {
  const { ringing } = desk(useCases().data ?? [], "me", () => false);
  return <>{ringing.map((one) => <RingCall key={one.id} one={one} />)}</>;
}

/** The page with a server behind it that says `answer` to every act; what was sent to it, and where the page is. */
function page(answer: () => Promise<Response>): { sent: Sent[]; place: () => string; ended: () => void } {
  const sent: Sent[] = [];
  let items = [RING];
  vi.stubGlobal("fetch", (path: string, { method, body }: RequestInit) => {
    if (method === "GET") return Promise.resolve(json({ items }));
    sent.push([path, JSON.parse(String(body))]);
    return answer();
  });
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  const router = createMemoryRouter([{ path: "*", element: <Ringing /> }], { initialEntries: ["/desk"] });
  render(<QueryClientProvider client={client}><RouterProvider router={router} /></QueryClientProvider>);
  const ended = (): void => {
    items = [];
    void client.invalidateQueries();
  };
  return { sent, place: () => router.state.location.pathname, ended };
}

beforeAll(() => startTexts("zh"));
beforeEach(() => {
  vi.stubGlobal("ResizeObserver", class { observe = (): void => undefined; unobserve = (): void => undefined; disconnect = (): void => undefined; });
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

test("who takes a call comes to its case, although the ring ends before the answer is there", async () => {
  let say: (answer: Response) => void = () => undefined;
  const { sent, place, ended } = page(() => new Promise((resolve) => (say = resolve)));
  fireEvent.click(await screen.findByRole("button", { name: "接诊" }));
  await waitFor(() => expect(sent).toEqual([["/api/consultations/c1/accept", {}]]));
  ended();
  await waitFor(() => expect(screen.queryByRole("alert")).toBeNull());
  expect(place()).toBe("/desk");
  say(json({ ...RING, state: "accepted", acts: [] }));
  await waitFor(() => expect(place()).toBe("/cases/c1"));
});

test("who comes too late stays, and is told so", async () => {
  const { place } = page(() => Promise.resolve(json({ code: "consultation.not_now" }, 409)));
  fireEvent.click(await screen.findByRole("button", { name: "接诊" }));
  await screen.findByText(/可能别人刚处理过/);
  expect(place()).toBe("/desk");
});

test("a second tap takes the call once", async () => {
  const { sent } = page(() => new Promise(() => undefined));
  const take = await screen.findByRole("button", { name: "接诊" });
  fireEvent.click(take);
  await waitFor(() => expect(take.getAttribute("aria-busy")).toBe("true"));
  fireEvent.click(take);
  expect(sent).toHaveLength(1);
});

test("a call that nobody took in time can still be taken", async () => {
  page(() => new Promise(() => undefined));
  await screen.findByText("已超时，仍可接诊");
});

test("who passes a call on says why, and nothing is sent before", async () => {
  const { sent } = page(() => Promise.resolve(json(RING)));
  fireEvent.click(await screen.findByRole("button", { name: "转出", expanded: false }));
  fireEvent.change(screen.getByLabelText(/为什么接不了/), { target: { value: "  " } });
  const [, send] = screen.getAllByRole("button", { name: "转出" });
  fireEvent.click(send as HTMLElement);
  expect(sent).toEqual([]);
  fireEvent.change(screen.getByLabelText(/为什么接不了/), { target: { value: "在手术" } });
  fireEvent.click(send as HTMLElement);
  await waitFor(() => expect(sent).toEqual([["/api/consultations/c1/decline", { reason: "在手术" }]]));
});

test("what calls others of the department does not ring here; it stands in the queue", () => {
  const { ringing, queue } = desk([RING], "somebody else", () => false);
  expect([ringing.length, queue.length]).toEqual([0, 1]);
});

test("whose page hears nobody is not told a time", () => {
  render(
    <QueryClientProvider client={new QueryClient()}>
      <RouterProvider router={createMemoryRouter([{ path: "*", element: <RingCall one={RING} unsure /> }])} />
    </QueryClientProvider>,
  );
  screen.getByText("不知还剩多久");
  expect(screen.queryByText("已超时")).toBeNull();
});
