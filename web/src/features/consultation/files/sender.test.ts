import { expect, test, vi } from "vitest";
import { Problem } from "../../../lib/problem";
import { Sender, type Wire } from "./sender";

const BYTES = 700_000;
const file = (): File => new File([new Uint8Array(BYTES)], "ct.zip", { lastModified: 1 });

/** A server that keeps what it is sent, in memory. */
function server(part: Partial<Wire> = {}): { wire: Wire; got: () => number; places: number[] } {
  let [got, clock] = [0, 0];
  const places: number[] = [];
  const wire: Wire = {
    known: () => Promise.resolve(undefined),
    begin: () => Promise.resolve({ id: "f", piece_bytes: 300_000 }),
    piece: (_id, at, body) => {
      places.push(at);
      if (at !== got) return Promise.reject(new Problem({ status: 409, code: "file.offset", offset: got }));
      return Promise.resolve((got += body.size));
    },
    drop: () => Promise.resolve(),
    now: () => (clock += 1),
    pause: () => Promise.resolve(),
    ...part,
  };
  return { wire, got: () => got, places };
}

const ended = (sender: Sender): Promise<void> => vi.waitFor(() => expect(sender.snapshot()).toEqual([]));

test("a file goes piece by piece to its end", async () => {
  const { wire, got, places } = server();
  const sender = new Sender(wire);
  sender.add([file()]);
  await ended(sender);
  expect(got()).toBe(BYTES);
  expect(places[0]).toBe(0);
  expect(places.length).toBeGreaterThan(2);
});

test("one that was half sent goes on where it was", async () => {
  const { wire, got, places } = server();
  await wire.piece("f", 0, new Blob([new Uint8Array(500_000)]), new AbortController().signal);
  const sender = new Sender({ ...wire, known: () => Promise.resolve({ id: "f", got: 500_000 }) });
  sender.add([file()]);
  await ended(sender);
  expect(got()).toBe(BYTES);
  expect(places).toEqual([0, 500_000]);
});

test("a line that is down is waited for, and what had come though nobody heard it is not sent twice", async () => {
  const { wire, got } = server();
  const lost = [false, true, true]; // the second piece comes and its answer does not
  const piece: Wire["piece"] = async (...of) => {
    const now = await wire.piece(...of);
    if (lost.shift()) throw new Problem({ status: 0, code: "web.unreachable" });
    return now;
  };
  const states = new Set<string>();
  const sender = new Sender({ ...wire, piece });
  sender.subscribe(() => sender.snapshot().forEach(({ state }) => states.add(state)));
  sender.add([file()]);
  await ended(sender);
  expect(got()).toBe(BYTES);
  expect(states).toContain("away");
});

test("a refusal is told, and tried again when asked for", async () => {
  const { wire, got } = server();
  let refused = true;
  const piece: Wire["piece"] = (...of) => (refused ? Promise.reject(new Problem({ status: 403, code: "file.not_yours" })) : wire.piece(...of));
  const sender = new Sender({ ...wire, piece });
  sender.add([file()]);
  await vi.waitFor(() => expect(sender.snapshot()[0]?.state).toBe("failed"));
  refused = false;
  sender.retry(sender.snapshot()[0]?.key ?? "");
  await ended(sender);
  expect(got()).toBe(BYTES);
});

test("one that is let go stops, and the next one goes", async () => {
  const dropped: string[] = [];
  const held = server({ piece: (_id, _at, _body, signal) => new Promise((_, fail) => signal.addEventListener("abort", () => fail(new DOMException("", "AbortError")))) });
  const sender = new Sender({ ...held.wire, drop: (id) => Promise.resolve(dropped.push(id)) });
  sender.add([file(), file()]);
  await vi.waitFor(() => expect(sender.snapshot()[0]?.id).toBe("f"));
  sender.drop(sender.snapshot()[0]?.key ?? "");
  await vi.waitFor(() => expect(sender.snapshot()[0]?.state).toBe("sending"));
  expect([dropped, sender.snapshot().length]).toEqual([["f"], 1]);
});
