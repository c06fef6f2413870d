// @vitest-environment jsdom
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { createMemoryRouter, RouterProvider } from "react-router";
import { afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { startTexts } from "../../lib/i18n";
import { ApartOnePage } from "./ApartOnePage";

const json = (body: unknown, status = 200): Promise<Response> => Promise.resolve(new Response(JSON.stringify(body), { status }));
const her = { id: "p1", name: "刘淑英", number: "00017", sex: "female", birth_date: "1959-03-21" };
const whole = (part: object = {}): object => ({
  line: {
    id: "a1", reason: "intake.patient_disagrees", place: "PatientSex", study: "1.2", images: 2, series: 1, first: "2026-03-18T08:00:00Z",
    last: "2026-03-18T08:00:00Z", title: "头颅 CT", modality: "CT", date: "", accession: "", station: "",
    claimed: { name: "刘淑英", number: "00017", issuer: "", sex: "male", birth_date: "1959-03-21" },
  },
  holder: null, numbered: [her], served: "", differs: [], differences: 0, ...part,
});

let shown: object;
let posted: [string, unknown][];

function page(): void {
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  const pick = (onChoose: (patient: typeof her) => void) => <button type="button" onClick={() => onChoose({ ...her, id: "p9", name: "孙小宝" })}>{"孙小宝"}</button>;
  const router = createMemoryRouter([{ path: "/apart/:id", element: <ApartOnePage pick={pick} /> }], { initialEntries: ["/apart/a1"] });
  render(<QueryClientProvider client={client}><RouterProvider router={router} /></QueryClientProvider>);
}

beforeAll(() => startTexts("zh"));
beforeEach(() => {
  shown = whole();
  posted = [];
  vi.stubGlobal("ResizeObserver", class { observe = (): void => undefined; unobserve = (): void => undefined; disconnect = (): void => undefined; });
  vi.stubGlobal("fetch", (path: string, init: RequestInit) => {
    if (init.method === "POST") {
      posted.push([path, JSON.parse(String(init.body))]);
      return json({ images: 2, study: "1.2" });
    }
    return json(path.startsWith("/api/exchange/reasons") ? { items: [], next: null } : shown);
  });
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

test("nothing is released before the differences from the chosen patient were shown", async () => {
  page();
  fireEvent.click(await screen.findByRole("button", { name: "是 刘淑英 的" }));
  screen.getByText(/和这位患者不一样：性别/);
  expect(posted).toEqual([]);
  fireEvent.click(screen.getByRole("button", { name: "核对无误，放行" }));
  await screen.findByText("已放行，2 幅进了病历");
  expect(posted).toEqual([["/api/apart/a1/release", { patient: "p1" }]]);
  expect(screen.getByRole("link", { name: "打开这位患者" }).getAttribute("href")).toBe("/patients/p1");
});

test("a patient whom the server did not know of is looked up", async () => {
  page();
  fireEvent.click(await screen.findByRole("button", { name: "找另一位患者" }));
  fireEvent.click(screen.getByRole("button", { name: "孙小宝" }));
  screen.getByText(/和这位患者不一样：姓名、性别/);
  fireEvent.click(screen.getByRole("button", { name: "取消" }));
  await screen.findByText("是谁的影像？");
  expect(posted).toEqual([]);
});

test("of a UID that is served already nothing can be released", async () => {
  shown = whole({ served: "/dicom-web/studies/1/series/2/instances/3", holder: her });
  page();
  await screen.findByText("同一编号的影像已在使用，不能放行");
  expect(screen.queryByRole("button", { name: /是 刘淑英 的/ })).toBeNull();
  screen.getByRole("button", { name: "丢弃" });
});

test("they are discarded with a reason alone", async () => {
  page();
  fireEvent.click(await screen.findByRole("button", { name: "丢弃" }));
  fireEvent.click(screen.getByRole("button", { name: "丢弃" }));
  await screen.findByText("请写一句原因");
  fireEvent.change(screen.getByLabelText("为什么丢弃"), { target: { value: "测试影像" } });
  fireEvent.click(screen.getByRole("button", { name: "丢弃" }));
  await screen.findByText("已丢弃 2 幅");
  expect(posted).toEqual([["/api/apart/a1/discard", { reason: "测试影像" }]]);
});
