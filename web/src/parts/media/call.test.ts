import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { bytes } from "../../../dev/any.ts";
import { feedsOf, limited, Silence, type Track } from "./call";
import { encodings } from "./sources";

/** As much of a stream as is asked here. */
class Stream {
  private readonly held: MediaStreamTrack[] = [];
  getTracks = (): MediaStreamTrack[] => [...this.held];
  addTrack = (track: MediaStreamTrack): void => void this.held.push(track);
  removeTrack = (track: MediaStreamTrack): void => void this.held.splice(this.held.indexOf(track), 1);
}
beforeAll(() => void vi.stubGlobal("MediaStream", Stream));
afterAll(() => void vi.unstubAllGlobals());

const PEOPLE = ["li", "wang", "he", "sun", "xu"];
const trackOf = (kind: string, id: string): MediaStreamTrack => ({ kind, id }) as MediaStreamTrack;

test("name and picture agree through a thousand switches of who stands where", () => {
  const streams = new Map<string, MediaStream>();
  const chance = bytes(4000, 7);
  // The places stay what they are; whose they are changes, as when somebody who left is followed by another
  const places = PEOPLE.flatMap((_, nth) => [trackOf("audio", String(2 * nth)), trackOf("video", String(2 * nth + 1))]);
  for (let turn = 0; turn < 1000; turn++) {
    const order = PEOPLE.map((person, nth) => ({ person, key: chance[4 * turn + nth % 4] ?? 0, nth })).sort((a, b) => a.key - b.key || a.nth - b.nth);
    const there = order.slice(0, 1 + ((chance[4 * turn] ?? 0) % PEOPLE.length));
    const tracks: Track[] = there.flatMap(({ person }, at) => [
      { mid: String(2 * at), kind: "audio", person, label: "microphone", active: true, layers: false },
      { mid: String(2 * at + 1), kind: "video", person, label: "camera", active: true, layers: true },
    ]);
    const feeds = feedsOf(tracks, (mid) => places[Number(mid)], streams);
    expect(feeds.map((feed) => [feed.person, feed.stream.getTracks().map(({ id }) => Number(id)).sort()])).toEqual(
      there.map(({ person }, at) => [person, [2 * at, 2 * at + 1]]),
    );
  }
});

test("a picture goes on in the same stream while others come and go", () => {
  const streams = new Map<string, MediaStream>();
  const li: Track = { mid: "1", kind: "video", person: "li", label: "camera", active: true, layers: true };
  const wang = { ...li, mid: "3", person: "wang" };
  const at = (mid: string): MediaStreamTrack => places[mid] ?? trackOf("video", mid);
  const places: Record<string, MediaStreamTrack> = { "1": trackOf("video", "1"), "3": trackOf("video", "3") };
  const [before] = feedsOf([li], at, streams);
  const [again, other] = feedsOf([li, wang], at, streams);
  expect(again?.stream).toBe(before?.stream);
  expect(other?.stream).not.toBe(before?.stream);
  expect(feedsOf([{ ...li, active: false }, wang], at, streams).map(({ person }) => person)).toEqual(["wang"]);
});

test("a screen and a probe with its tone stand beside the face of who shows them", () => {
  const track = (mid: string, kind: string, label: string): Track => ({ mid, kind, person: "li", label, active: true, layers: false });
  const all = [track("0", "audio", "microphone"), track("1", "video", "camera"), track("2", "video", "screen"), track("3", "video", "second"), track("4", "audio", "second-sound")];
  const kinds = ["audio", "video", "video", "video", "audio"];
  const feeds = feedsOf(all, (mid) => trackOf(kinds[Number(mid)] ?? "", mid), new Map());
  expect(feeds.map(({ label, stream, shows }) => [label, stream.getTracks().length, shows])).toEqual([["", 2, true], ["screen", 1, true], ["second", 2, true]]);
});

test.each([[3, [true, true, true]], [2, [false, true, true]], [1, [false, false, true]], [0, [false, false, false]]])("of three sizes %d are sent, the smallest last", (sizes, active) => {
  const all = encodings("camera");
  limited(all, "video", { sizes, voice_bits_per_s: 32_000 });
  expect(all.map((one) => one.active)).toEqual(active);
});

test("a voice takes what it is left", () => {
  const all = encodings("microphone");
  limited(all, "audio", { sizes: 0, voice_bits_per_s: 16_000 });
  expect(all).toEqual([{ maxBitrate: 16_000 }]);
});

test("another way is looked for once it has been silent for a second and a half, and not at every look after", () => {
  const silence = new Silence();
  const lasts = [[true, 1000], [true, 2000], [false, 2400], [true, 3000], [true, 4000], [true, 5000], [true, 6000], [true, 14_000], [true, 15_000]] as const;
  expect(lasts.filter(([isSilent, now]) => silence.lasts(isSilent, now)).map(([, now]) => now)).toEqual([5000, 15_000]);
});
