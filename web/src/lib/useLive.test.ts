// @vitest-environment jsdom
import { act, cleanup, renderHook } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { api } from "./api";
import { useLive, type LiveView } from "./useLive";

/** The browser's socket: the last one made, open at once, and silent until a test speaks. */
class Wire {
  static last: Wire;
  onopen: () => void = () => undefined;
  onmessage: (message: { data: string }) => void = () => undefined;
  onclose: (event: { code: number }) => void = () => undefined;
  send = vi.fn();
  close = vi.fn();
  readonly address: string;
  constructor(address: string) {
    this.address = address;
    Wire.last = this;
  }
}

const keep = (state: string): string => state;
const pass = (ms: number): void => act(() => void vi.advanceTimersByTime(ms));

function followed(): () => LiveView<string> {
  const { result } = renderHook(() => useLive<string>("ward/w1", keep));
  act(() => {
    Wire.last.onopen();
    Wire.last.onmessage({ data: JSON.stringify({ channel: "ward/w1", seq: 1, snapshot: "calm" }) });
  });
  return () => result.current;
}

beforeEach(() => {
  vi.useFakeTimers({ now: Date.parse("2026-03-18T08:00:00Z") });
  vi.stubGlobal("WebSocket", Wire);
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

test("the page's own host is asked", () => {
  followed();
  expect(Wire.last.address).toBe(`ws://${location.host}/live`);
});

test("while the connection stands, calm is not stale, and its age is said", () => {
  const view = followed();
  expect(view()).toMatchObject({ state: "calm", age: 0, stale: false });
  pass(10_000);
  expect(view()).toMatchObject({ age: 10, stale: false });
});

test("without a connection what is older than five seconds is stale, and is still shown", () => {
  const view = followed();
  act(() => Wire.last.onclose({ code: 1006 }));
  pass(5_000);
  expect(view().stale).toBe(false);
  pass(1_000);
  expect(view()).toMatchObject({ state: "calm", age: 6, stale: true });
});

test("a channel that never answered has no age and counts as stale", () => {
  const { result } = renderHook(() => useLive<string>("ward/w1", keep));
  expect(result.current).toMatchObject({ state: undefined, age: undefined, stale: true });
});

test("a session that the server ended is asked for, so that the page ends with it", () => {
  const asked = vi.spyOn(api, "get").mockRejectedValue(new Error("over"));
  followed();
  act(() => Wire.last.onclose({ code: 1006 }));
  expect(asked).not.toHaveBeenCalled();
  act(() => Wire.last.onclose({ code: 4401 }));
  expect(asked).toHaveBeenCalledWith("/api/me", {});
});
