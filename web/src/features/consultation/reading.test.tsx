// @vitest-environment jsdom
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, renderHook, waitFor } from "@testing-library/react";
import { createElement, type ReactNode } from "react";
import { expect, test, vi } from "vitest";
import { api } from "../../lib/api";
import { undone, type Deed, type Mark } from "../../parts/viewer/marks";
import { useReading } from "./reading";

const MARK: Mark = { id: "mark-0001", kind: "key", study: "1", series: "2", instance: "3", frame: 1, points: [], measured: {} };
const SET: Deed = { before: undefined, after: MARK };

function reading() {
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  const wrapper = ({ children }: { children: ReactNode }) => createElement(QueryClientProvider, { client }, children);
  return renderHook(() => useReading("c1"), { wrapper }).result;
}

test("a mark that is taken back at once is sent after it was set, never before", async () => {
  const order: string[] = [];
  const slow: { done?: () => void } = {};
  vi.spyOn(api, "get").mockResolvedValue({ items: [], writable: true, next: null } as never);
  vi.spyOn(api, "put").mockImplementation(() => new Promise((done) => {
    slow.done = () => {
      order.push("set");
      done(undefined as never);
    };
  }));
  vi.spyOn(api, "delete").mockImplementation(() => Promise.resolve(void order.push("removed") as never));
  const kept = reading();
  await waitFor(() => expect(kept.current.writable).toBe(true));
  act(() => kept.current.do(SET));
  expect(kept.current.marks).toEqual([MARK]);
  act(() => kept.current.do(undone(SET)));
  expect(kept.current.marks).toEqual([]);
  await waitFor(() => expect(slow.done).toBeDefined());
  expect(order).toEqual([]);
  act(() => slow.done?.());
  await waitFor(() => expect(order).toEqual(["set", "removed"]));
});

test("a mark that could not be kept says so, and is not shown as if it were", async () => {
  vi.spyOn(api, "get").mockResolvedValue({ items: [], writable: true, next: null } as never);
  vi.spyOn(api, "put").mockRejectedValue(new Error("away"));
  const kept = reading();
  await waitFor(() => expect(kept.current.writable).toBe(true));
  act(() => kept.current.do(SET));
  await waitFor(() => expect(kept.current.error).toEqual(new Error("away")));
  await waitFor(() => expect(kept.current.marks).toEqual([]));
});
