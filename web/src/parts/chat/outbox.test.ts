import { expect, test } from "vitest";
import { Problem, UNREACHABLE } from "../../lib/problem";
import { Outbox, type Unsent, type Wire } from "./outbox";

const DOWN = new Problem({ status: 0, code: UNREACHABLE });
const REFUSED = new Problem({ status: 409, code: "consultation.not_now" });

/** A window and a server: what it kept, in its order, and what it says to the next message. */
function window(kept: string | null = null) {
  const got: Unsent[] = [];
  const held = { kept, answer: undefined as Error | undefined, wait: undefined as Promise<void> | undefined };
  const wire: Wire = {
    send: async (one) => {
      await held.wait;
      if (held.answer) throw held.answer;
      got.push(one);
    },
    now: () => 0,
    read: () => held.kept,
    keep: (value) => (held.kept = value),
  };
  return { got, held, wire, texts: () => got.map(({ text }) => text) };
}

function say(outbox: Outbox, ...texts: string[]): void {
  for (const text of texts) {
    outbox.type(text);
    outbox.say();
  }
}

const states = (outbox: Outbox): string[] => outbox.snapshot().map(({ text, state }) => `${text} ${state}`);

test("a message stands as being sent at once, and is gone from here when the server has it", async () => {
  const { held, wire, texts } = window();
  let go: () => void = () => undefined;
  held.wait = new Promise((done) => (go = done));
  const outbox = new Outbox(wire);
  say(outbox, "一", " 二 ");
  expect([states(outbox), outbox.typed(), texts()]).toEqual([["一 sending", "二 sending"], "", []]);
  go();
  await outbox.again();
  expect([states(outbox), texts(), held.kept]).toEqual([[], ["一", "二"], null]);
});

test("with the line down nothing goes before what was written before it, and all goes in its order under its keys", async () => {
  const { got, held, wire, texts } = window();
  const outbox = new Outbox(wire);
  held.answer = DOWN;
  say(outbox, "一", "二");
  await outbox.again();
  expect(states(outbox)).toEqual(["一 failed", "二 failed"]);
  const keys = outbox.snapshot().map(({ key }) => key);
  held.answer = undefined;
  await outbox.again();
  expect([texts(), got.map(({ key }) => key), new Set(keys).size]).toEqual([["一", "二"], keys, 2]);
});

test("what the server refuses goes again only when its writer wants it, or is typed again", async () => {
  const { held, wire, texts } = window();
  const outbox = new Outbox(wire);
  held.answer = REFUSED;
  say(outbox, "一");
  await outbox.again();
  held.answer = undefined;
  await outbox.again();
  expect(states(outbox)).toEqual(["一 failed"]);
  const [one] = outbox.snapshot();
  outbox.type("三");
  outbox.takeBack(one?.key ?? "");
  expect([states(outbox), outbox.typed()]).toEqual([[], "一\n三"]);
  held.answer = REFUSED;
  outbox.say();
  await outbox.again();
  held.answer = undefined;
  await outbox.again(outbox.snapshot()[0]?.key);
  expect(texts()).toEqual(["一\n三"]);
});

test("a page that is loaded anew sends what was not sent, under the same key, and has what was typed", async () => {
  const first = window();
  first.held.answer = DOWN;
  const left = new Outbox(first.wire);
  say(left, "一", "二");
  left.type("还没写完");
  await left.again();
  const keys = left.snapshot().map(({ key }) => key);
  const anew = window(first.held.kept);
  const outbox = new Outbox(anew.wire);
  expect([states(outbox), outbox.typed()]).toEqual([["一 sending", "二 sending"], "还没写完"]);
  await outbox.again();
  expect([anew.texts(), anew.got.map(({ key }) => key)]).toEqual([["一", "二"], keys]);
});

test("what the server has though its answer was lost is not sent again", async () => {
  const { held, wire } = window();
  const outbox = new Outbox(wire);
  held.answer = DOWN;
  say(outbox, "一", "二");
  await outbox.again();
  outbox.confirm(new Set([outbox.snapshot()[0]?.key ?? "", ""]));
  expect([states(outbox), held.kept?.includes("一")]).toEqual([["二 failed"], false]);
});

test("blanks are no message", () => {
  const { wire, texts } = window();
  const outbox = new Outbox(wire);
  say(outbox, "  \n");
  expect([states(outbox), texts()]).toEqual([[], []]);
});
