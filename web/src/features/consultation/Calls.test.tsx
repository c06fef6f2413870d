// @vitest-environment jsdom
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, render, screen } from "@testing-library/react";
import { afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { startTexts } from "../../lib/i18n";
import { Calls } from "./Calls";

const ago = (seconds: number): string => new Date(Date.now() - seconds * 1000).toISOString();
const RING = {
  id: "r", state: "ringing", since: ago(80), circle: 2, next_at: null, alarm_at: ago(-70), alarmed: null, number: "", taken_by: null, taken: null,
  called: [{ person: { id: "li", name: "李敏" }, circle: 2, since: ago(20) }],
  failed: [
    { person: { id: "gao", name: "高明" }, circle: 1, since: ago(80), until: ago(40), why: "declined", reason: "在手术台上" },
    { person: { id: "wu", name: "吴芳" }, circle: 1, since: ago(80), until: ago(35), why: "not-answered", reason: "" },
  ],
  answered_by: null, answered: null, there_s: null, goal_s: 180,
};

let shown: object;
const page = (): void => void render(<QueryClientProvider client={new QueryClient()}><Calls id="c1" /></QueryClientProvider>);

beforeAll(() => startTexts("zh"));
beforeEach(() => vi.stubGlobal("fetch", () => Promise.resolve(new Response(JSON.stringify(shown)))));
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

test("who is called now, of which circle and since when, and of the others why they did not come", async () => {
  shown = { state: "ringing", ring: RING, acts: [] };
  page();
  const called = await screen.findByRole("list", { name: "正在呼叫" });
  expect(called.textContent).toMatch(/李敏第 2 圈已响 0?0:2\d/);
  expect(screen.getByText("高明").parentElement?.textContent).toMatch(/第 1 圈.*不能接在手术台上/);
  expect(screen.getByText("吴芳").parentElement?.textContent).toContain("无人应答");
  expect(screen.queryByRole("button", { name: "邀请专家" })).toBeNull();
});

test("who may call in another expert does so here", async () => {
  shown = { state: "accepted", ring: { ...RING, called: [], state: "answered", answered_by: { id: "li", name: "李敏" } }, acts: ["write", "invite"] };
  page();
  await screen.findByText("李敏 已应答");
  expect(screen.getAllByRole("button").map(({ textContent }) => textContent)).toEqual(["邀请专家"]);
});

test("where nothing rings that is said", async () => {
  shown = { state: "booked", ring: null, acts: [] };
  page();
  await screen.findByText("现在没有呼叫任何人");
});
