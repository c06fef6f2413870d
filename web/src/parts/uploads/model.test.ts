import { expect, test } from "vitest";
import { Problem } from "../../lib/problem";
import { asked, changed, limitOf, mayRetry, mediaOf, nextOf, sizeOf, type Item } from "./model";

const item = (key: string, part: Partial<Item> = {}): Item => ({ key, name: key, bytes: 1, type: "image/jpeg", state: "waiting", share: 0, ...part });

test("files go one at a time, in the order in which they were chosen", () => {
  const items = changed([item("a")], { add: [item("b")] });
  expect(nextOf(items)?.key).toBe("a");
  const sending = changed(items, { key: "a", part: { state: "sending" } });
  expect(nextOf(sending)).toBeUndefined();
  expect(nextOf(changed(sending, { key: "a", part: { state: "failed" } }))?.key).toBe("b");
  expect(changed(items, { drop: "a" }).map(({ key }) => key)).toEqual(["b"]);
});

test("what the server does not take is not sent again, what did not reach it is", () => {
  const failed = (status: number): Item => item("a", { state: "failed", error: new Problem({ status, code: "x" }) });
  expect([0, 500, 503].map((status) => mayRetry(failed(status)))).toEqual([true, true, true]);
  expect([413, 415, 422].map((status) => mayRetry(failed(status)))).toEqual([false, false, false]);
  expect(mayRetry(item("a"))).toBe(false);
});

test("a size is told as people tell it", () => {
  expect([0, 900, 2048, 5.25 * 2 ** 20, 30 * 2 ** 20, 2 * 2 ** 30].map(sizeOf)).toEqual(["0 B", "900 B", "2.0 KB", "5.3 MB", "30 MB", "2.0 GB"]);
});

test("what no browser shows is a link", () => {
  expect(["image/png", "image/heic", "video/quicktime", "application/pdf", ""].map(mediaOf)).toEqual(["image", "paper", "video", "paper", "paper"]);
});

test("what is larger than may be is not sent, and says how large it may be", () => {
  expect([1, 10].map((bytes) => asked(item("a", { bytes }), 10).state)).toEqual(["waiting", "waiting"]);
  const refused = asked(item("a", { bytes: 11 }), 10);
  expect([refused.state, limitOf(refused), mayRetry(refused)]).toEqual(["failed", 10, false]);
  expect(asked(item("a", { bytes: 11 }), undefined).state).toBe("waiting");
  expect(limitOf(item("a", { error: new Problem({ status: 415, code: "upload.kind" }) }))).toBeUndefined();
});
