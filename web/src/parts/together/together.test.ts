import { expect, test } from "vitest";
import * as Y from "yjs";
import { Problem } from "../../lib/problem";
import { moved, write } from "./text";
import { Together, type Wire } from "./together";

/** A server that keeps what it is sent, and a clock that a test turns. */
function server(): { page(): Together<string>; kept: Uint8Array[]; down: boolean; turn(): Promise<void> } {
  const kept: Uint8Array[] = [];
  let calls: (() => void)[] = [];
  const made = {
    kept,
    down: false,
    page: () => new Together<string>(wire),
    turn: async () => {
      const due = calls;
      calls = [];
      due.forEach((call) => call());
      await new Promise((resolve) => setTimeout(resolve)); // what was due has been answered
    },
  };
  const wire: Wire<string> = {
    read: (after) => Promise.resolve({ update: Y.mergeUpdates([Y.encodeStateAsUpdate(new Y.Doc()), ...kept.slice(after)]), nth: kept.length, is_open: true, authors: [] }),
    write: (update) => (made.down ? Promise.reject(new Problem({ status: 0, code: "web.unreachable" })) : Promise.resolve(kept.push(update))),
    after: (_seconds, call) => {
      calls.push(call);
      return () => (calls = calls.filter((one) => one !== call));
    },
  };
  return made;
}

const textOf = (page: Together<string>): Y.Text => page.doc.getText("text");

test("what one page writes is at the other, and at who comes late", async () => {
  const held = server();
  const [one, two] = [held.page(), held.page()];
  write(textOf(one), "左侧");
  write(textOf(one), "左侧肢体");
  expect(one.view().state).toBe("writing");
  await held.turn();
  expect([one.view().state, held.kept.length]).toEqual(["kept", 1]);
  await two.pull();
  write(textOf(two), "左侧肢体无力");
  await held.turn();
  const late = held.page();
  await Promise.all([one.pull(), late.pull()]);
  expect([one, two, late].map((page) => textOf(page).toJSON())).toEqual(["左侧肢体无力", "左侧肢体无力", "左侧肢体无力"]);
});

test("while the line is down what is written waits, and goes when it is back", async () => {
  const held = server();
  const page = held.page();
  held.down = true;
  write(textOf(page), "a");
  await held.turn();
  write(textOf(page), "ab");
  expect([page.view().state, held.kept.length]).toEqual(["away", 0]);
  held.down = false;
  await held.turn();
  expect(page.view().state).toBe("kept");
  const late = held.page();
  await late.pull();
  expect(textOf(late).toJSON()).toBe("ab");
});

test("a change of the field leaves alone what others wrote around it", () => {
  const text = new Y.Doc().getText("t");
  write(text, "abc");
  const changes: unknown[] = [];
  text.observe(({ delta }) => changes.push(delta));
  write(text, "abXc");
  write(text, "abXc");
  write(text, "aXc");
  expect(changes).toEqual([[{ retain: 2 }, { insert: "X" }], [{ retain: 1 }, { delete: 1 }]]);
});

test("a caret stays before the same letter when another writes before it", () => {
  expect([moved(2, "abc", "abcd"), moved(2, "abc", "Xabc"), moved(1, "abc", "")]).toEqual([2, 3, 0]);
});
