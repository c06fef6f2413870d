// @vitest-environment jsdom
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, renderHook, waitFor } from "@testing-library/react";
import { createElement, type ReactNode } from "react";
import { expect, test, vi } from "vitest";
import { api } from "../../lib/api";
import { Problem } from "../../lib/problem";
import type { Base } from "./draft";
import { useDraft, type Draft } from "./useDraft";

const base = (version: number, findings: string, conclusion = ""): Base => ({ version, opinion: { findings, conclusion, advice: "" } });

/** A draft on a page, how the server's own is told to it, and how the page goes. */
function draft(first: Base): { current(): Draft; told(remote: Base): void; leave(): void } {
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  const wrapper = ({ children }: { children: ReactNode }) => createElement(QueryClientProvider, { client }, children);
  const hook = renderHook(({ remote }) => useDraft("c1", remote, "li"), { wrapper, initialProps: { remote: first } });
  return { current: () => hook.result.current, told: (remote) => hook.rerender({ remote }), leave: hook.unmount };
}

/** A server that holds one draft, as ours does. */
function server(held: Base): { held: Base } {
  const kept = { held };
  vi.spyOn(api, "put").mockImplementation(((_: string, asked: { body: Base["opinion"] & { version: number } }) => {
    const { version, ...opinion } = asked.body;
    if (version !== kept.held.version) return Promise.reject(new Problem({ status: 409, code: "opinion.draft_newer" }));
    kept.held = { opinion, version: version + 1 };
    return Promise.resolve(undefined);
  }) as never);
  vi.spyOn(api, "get").mockImplementation((() => Promise.resolve({ items: [], draft: { ...kept.held.opinion, version: kept.held.version } })) as never);
  return kept;
}

test("what another saved in another field is taken in, and both are kept", async () => {
  const kept = server(base(1, "a", "b"));
  const page = draft(base(1, "a", "b"));
  act(() => page.current().set({ findings: "a mine" }));
  kept.held = base(2, "a", "b theirs");
  await act(async () => {
    expect(await page.current().flush()).toBe(3);
  });
  expect(page.current().opinion).toMatchObject({ findings: "a mine", conclusion: "b theirs" });
  expect(kept.held.opinion).toMatchObject({ findings: "a mine", conclusion: "b theirs" });
});

test("where both wrote nothing is saved, and no word lost, until somebody chooses", async () => {
  const kept = server(base(1, "a"));
  const page = draft(base(1, "a"));
  act(() => page.current().set({ findings: "a mine" }));
  kept.held = base(2, "a theirs");
  act(() => page.told(kept.held));
  expect(page.current().opinion.findings).toBe("a mine");
  expect(page.current().clashes).toEqual({ findings: "a theirs" });
  await act(async () => {
    await expect(page.current().flush()).rejects.toMatchObject({ code: "opinion.draft_newer" });
  });
  expect(kept.held.opinion.findings).toBe("a theirs");
  act(() => page.current().settle("findings", "both"));
  await act(async () => {
    await page.current().flush();
  });
  expect(kept.held.opinion.findings).toBe("a mine\na theirs");
});

test("what is only looked at follows the others", async () => {
  server(base(1, "a"));
  const page = draft(base(1, "a"));
  act(() => page.told(base(2, "a, and more")));
  await waitFor(() => expect(page.current().opinion.findings).toBe("a, and more"));
  expect(page.current().dirty).toBe(false);
});

test("what was typed when the session ended is there after the next log-in, and saved", async () => {
  const kept = server(base(1, "a"));
  const page = draft(base(1, "a"));
  vi.spyOn(api, "put").mockRejectedValueOnce(new Problem({ status: 401, code: "auth.unknown" }));
  act(() => page.current().set({ findings: "a, and a bleeding" }));
  await act(async () => {
    page.leave();
    await Promise.resolve();
  });
  expect(kept.held.opinion.findings).toBe("a");
  server(kept.held);
  kept.held = base(2, "a", "b theirs");
  const again = draft(kept.held);
  expect(again.current().opinion).toMatchObject({ findings: "a, and a bleeding", conclusion: "b theirs" });
  expect(again.current().dirty).toBe(true);
});
