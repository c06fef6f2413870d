import { expect, test } from "vitest";
import { AGAIN_MS, Reach } from "./reach";

/** A server that answers or not, asked by a clock that moves when it is told to. */
function watched(): { reach: Reach; pass: () => Promise<void>; server: { up: boolean; status: number; asked: number }; seen: (number | null)[] } {
  const server = { up: true, status: 200, asked: 0 };
  let at = 1000;
  let due: (() => void)[] = [];
  const clock = {
    now: () => at,
    after: (_: number, call: () => void) => {
      due.push(call);
      return () => undefined;
    },
  };
  const ask = (): Promise<{ status: number }> => {
    server.asked += 1;
    return server.up ? Promise.resolve({ status: server.status }) : Promise.reject(new TypeError("nobody"));
  };
  const reach = new Reach(ask, clock);
  const seen: (number | null)[] = [];
  reach.follow(() => seen.push(reach.since));
  const settled = async (): Promise<void> => {
    for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
  };
  const pass = async (): Promise<void> => {
    at += AGAIN_MS;
    const calls = due;
    due = [];
    for (const call of calls) call();
    await settled();
  };
  return { reach, pass, server, seen };
}

test("a server that does not answer is known by the first request that fails, and since when", () => {
  const { reach, seen } = watched();
  reach.silent();
  reach.silent();
  expect(seen).toEqual([1000]);
});

test("it is asked until it answers again", async () => {
  const { reach, server, pass, seen } = watched();
  server.up = false;
  reach.silent();
  await pass();
  await pass();
  expect(server.asked).toBe(2);
  server.up = true;
  await pass();
  expect(seen).toEqual([1000, null]);
  await pass();
  expect(server.asked).toBe(3);
});

test("a doubt while the server answers shows nothing, whatever the browser believes", async () => {
  const { reach, server, pass, seen } = watched();
  reach.doubt();
  await pass();
  expect(server.asked).toBe(1);
  expect(seen).toEqual([]);
});

test("a doubt while it does not shows that", async () => {
  const { reach, server, pass } = watched();
  server.up = false;
  reach.doubt();
  await pass();
  expect(reach.since).not.toBeNull();
});

test("a gateway with nobody behind it is no answer, a refusal is one", () => {
  const { reach, seen } = watched();
  reach.answered(403);
  reach.answered(503);
  expect(seen).toEqual([]);
  reach.answered(502);
  expect(seen).toEqual([1000]);
});
