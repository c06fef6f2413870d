// @vitest-environment jsdom
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, fireEvent, render, screen, waitFor } from "@testing-library/react";
import { afterEach, beforeAll, expect, test, vi } from "vitest";
import { startTexts } from "../../lib/i18n";
import { Emergency } from "./Emergency";

type Sent = [path: string, body: unknown];

/** The part of the page with a server behind it that says `answer`; what was sent to it. */
function page(answer: () => Response): Sent[] {
  const sent: Sent[] = [];
  vi.stubGlobal("fetch", (path: string, { body }: RequestInit) => {
    sent.push([path, JSON.parse(String(body))]);
    return Promise.resolve(answer());
  });
  render(<QueryClientProvider client={new QueryClient()}><Emergency name=" chenyuan " /></QueryClientProvider>);
  return sent;
}

const json = (body: unknown, status = 200): Response => new Response(JSON.stringify(body), { status });
const code = (): HTMLElement => screen.getByPlaceholderText("000000");

beforeAll(() => startTexts("zh"));
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

test("the sixth digit takes what calls, and says where to call back", async () => {
  const sent = page(() => json({ consultation: "c", question: "是否溶栓", place: { id: "i", name: "柳河镇卫生院" }, call_back: "0912-77" }));
  fireEvent.change(code(), { target: { value: "12345" } });
  expect(sent).toEqual([]);
  fireEvent.change(code(), { target: { value: "123456" } });
  await screen.findByText("已接 柳河镇卫生院 的急会诊");
  expect(sent).toEqual([["/auth/answer", { name: "chenyuan", code: "123456" }]]);
  expect(screen.getByRole("link", { name: "0912-77" }).getAttribute("href")).toBe("tel:091277");
});

test("a wrong code is said, and another can be typed", async () => {
  page(() => json({ code: "auth.factor_wrong" }, 401));
  fireEvent.change(code(), { target: { value: "123456" } });
  await screen.findByRole("alert");
  await waitFor(() => expect((code() as HTMLInputElement).value).toBe(""));
});
