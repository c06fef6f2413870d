import { describe, expect, test } from "vitest";
import { asLines, byNeed, faultIn, heardAt, isStuck, shownFields, stateOf, sums, type Peer, type Segment } from "./model";

const NOW = Date.parse("2026-03-18T12:00:00Z");
const ago = (ms: number): string => new Date(NOW - ms).toISOString();
const HOUR = 3600_000;

const peer = (part: Partial<Peer> = {}): Peer => ({
  id: "his", name: "HIS", institution: "liuhe", enrolled: true, off: false, plain: false, charset: "", dialect: "default",
  hl7_facility: "LIUHE", hl7_to: "", sends: [], ae: "", dicom_to: "", doors: [], apart: 0,
  incoming: { waiting: 0, taken: 0, refused: 0, given_up: 0, repeated: 0, last: null },
  outgoing: { waiting: 0, oldest: null, dead: 0, sent: 0, tries: 0, code: "", answer: "" },
  ...part,
});
const door = (seen: string | null, refused: string | null = null): Peer["doors"][number] => ({
  door: "hl7", address: "10.0.0.1", seen, refused, code: refused ? "peer.must_use_tls" : "", refusals: refused ? 1 : 0,
});
const going = (part: Partial<Peer["outgoing"]>): Peer["outgoing"] => ({ ...peer().outgoing, ...part });
const coming = (part: Partial<Peer["incoming"]>): Peer["incoming"] => ({ ...peer().incoming, ...part });

describe("the state of a system", () => {
  test.each<[string, Partial<Peer>, string]>([
    ["heard a minute ago", { doors: [door(ago(60_000))] }, "ok"],
    ["heard at no door, but by a message", { incoming: coming({ last: { id: "m", kind: "ADT^A04", state: "taken", received: ago(HOUR) } }) }, "ok"],
    ["never heard", {}, "unheard"],
    ["never heard, but it takes what it is sent", { outgoing: going({ sent: 3 }) }, "ok"],
    ["not heard for two days", { doors: [door(ago(48 * HOUR))] }, "quiet"],
    ["refused since it was heard", { doors: [door(ago(2 * HOUR), ago(HOUR))] }, "refused"],
    ["refused, and heard since", { doors: [door(ago(HOUR), ago(2 * HOUR))] }, "ok"],
    ["a message of its waits", { doors: [door(ago(1))], incoming: coming({ waiting: 1 }) }, "waiting"],
    ["images of its wait", { doors: [door(ago(1))], apart: 3 }, "waiting"],
    ["a sending was set aside", { doors: [door(ago(1))], outgoing: going({ dead: 1 }) }, "failing"],
    ["what is for it is on its way", { doors: [door(ago(1))], outgoing: going({ waiting: 1, oldest: ago(2000) }) }, "ok"],
    ["it cannot be reached", { outgoing: going({ waiting: 1, oldest: ago(HOUR), code: "hl7.unreachable" }) }, "failing"],
    ["off, whatever else", { off: true, outgoing: going({ dead: 1 }) }, "off"],
  ])("%s", (_, part, state) => {
    expect(stateOf(peer(part), NOW)).toBe(state);
  });

  test("one that only takes is not quiet", () => {
    expect(stateOf(peer({ hl7_facility: "", doors: [door(ago(48 * HOUR))] }), NOW)).toBe("ok");
  });

  test("a first try that fails is no trouble yet", () => {
    expect(isStuck(peer({ outgoing: going({ waiting: 1, oldest: ago(5000), code: "hl7.unreachable" }) }), NOW)).toBe(false);
  });

  test("the worst stand first, then by name", () => {
    const all = [peer({ name: "乙", doors: [door(ago(1))] }), peer({ name: "甲", doors: [door(ago(1))] }), peer({ name: "丙", outgoing: going({ dead: 2 }) })];
    expect(byNeed(all, NOW).map(({ name }) => name)).toEqual(["丙", "甲", "乙"]);
  });

  test("heard is the latest of both doors and the last message", () => {
    expect(heardAt(peer({ doors: [door(ago(HOUR)), door(ago(1000))] }))).toBe(NOW - 1000);
    expect(heardAt(peer())).toBeNull();
  });
});

test("the figures are sums over all systems", () => {
  const items = [
    peer({ incoming: coming({ waiting: 2 }), outgoing: going({ waiting: 1, oldest: ago(HOUR), dead: 1 }) }),
    peer({ incoming: coming({ waiting: 1 }), outgoing: going({ waiting: 4, oldest: ago(2 * HOUR) }) }),
  ];
  expect(sums({ items, strangers: [], next: null })).toEqual({ waiting: 3, dead: 1, queued: 5, oldest: NOW - 2 * HOUR, strangers: 0 });
});

describe("where the fault stands", () => {
  const segment = (name: string, ...numbers: number[]): Segment => ({ name, fields: numbers.map((number) => ({ number, text: "x" })) });
  const segments = [segment("MSH", 1, 2, 9), segment("PID", 3, 5), segment("OBX", 1, 5), segment("OBX", 1, 5)];

  test.each([
    ["PID-5", { segment: 1, field: 5 }],
    ["PID-3.4", { segment: 1, field: 3 }],
    ["OBX[2]-5.1", { segment: 3, field: 5 }],
    ["OBX[2]-5[3].1", { segment: 3, field: 5 }],
    ["OBX", { segment: 2 }],
    ["segment 4", { segment: 3 }],
    ["PID-8", { segment: 1, field: 8 }],
    ["OBX[3]-5", null],
    ["MRG-1", null],
    ["segment 9", null],
    ["byte 3", null],
    ["", null],
  ])("%s", (place, expected) => {
    expect(faultIn(segments, place)).toEqual(expected);
  });

  test("a field that is missing has a line of its own, in its order", () => {
    const [, pid] = segments;
    expect(shownFields(pid as Segment, { segment: 1, field: 4 }).map(({ number }) => number)).toEqual([3, 4, 5]);
    expect(shownFields(pid as Segment, null)).toBe(pid?.fields);
  });
});

test("a message is edited with a line for each segment", () => {
  expect(asLines("MSH|1\rPID|2\r")).toBe("MSH|1\nPID|2");
  expect(asLines("MSH|1\r\nPID|2\n")).toBe("MSH|1\nPID|2");
});
