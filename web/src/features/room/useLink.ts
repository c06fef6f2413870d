/** What the link bears: looked at each second, and less or more is sent and received by it. */
import { useCallback, useEffect, useRef, useState } from "react";
import type { Call } from "../../parts/media/call";
import { FIRST, GETS, next, SENDS, wanted, type Line, type Place } from "../../parts/media/ladder";
import { CAMERA, FLOOR_BITS_PER_S, type Size } from "../../parts/media/sources";
import type { Look, Measured, OfPerson } from "../../parts/media/stats";

const LOOK_MS = 1000, SHORTEST_OF = 60; // looks
const MENDED_LOOKS = 3; // so many after a cut tell of it still: what was lost in it, and what the other end says of that
const SETTLED_MS = 100; // a place that moves is told when it rests

export interface Link {
  measured: Measured;
  people: Map<string, OfPerson>;
  /** On which rung one gets, and sends. */
  gets: number;
  sends: number;
  /** No more than speech comes, or goes. */
  isThin: boolean;
  /** How somebody's picture stands on the page now; undefined when it does no more. */
  place(key: string, place: Place | undefined): void;
}

const NOTHING: Omit<Link, "place"> = { measured: {}, people: new Map<string, OfPerson>(), gets: 0, sends: 0, isThin: false };

/** `isThin`: somebody in the room has so little that all speak low. */
export function useLink(call: Call | undefined, isThin: boolean): Link {
  const [told, setTold] = useState<Omit<Link, "place">>(NOTHING);
  const places = useRef(new Map<string, Place>());
  const rungs = useRef({ gets: FIRST, sends: FIRST });
  const settle = useRef<() => void>(() => undefined);

  useEffect(() => {
    if (!call) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let last = performance.now(), mending = 0;
    const short = { gets: [] as number[], sends: [] as number[] };
    rungs.current = { gets: FIRST, sends: FIRST };
    const choose = (): void => call.choose(chosen(places.current, rungs.current.gets.at));
    settle.current = () => {
      clearTimeout(timer);
      timer = setTimeout(choose, SETTLED_MS);
    };
    const look = async (): Promise<void> => {
      const found: Look = await call.look();
      const now = performance.now(), before = rungs.current, elapsed_ms = now - last;
      last = now;
      mending = found.isSilent ? MENDED_LOOKS : Math.max(0, mending - 1);
      const told = { elapsed_ms, isCut: mending > 0 };
      const gets = next(before.gets, GETS.length - 1, { ...line(found.of.lost, found.of.rtt_ms, short.gets), ...told }, now);
      const sends = next(before.sends, SENDS.length - 1, { ...line(found.ours.lost, found.ours.rtt_ms, short.sends), ...told }, now);
      rungs.current = { gets, sends };
      if (gets.at !== before.gets.at) choose();
      setTold({ measured: found.of, people: found.people, gets: gets.at, sends: sends.at, isThin: gets.at === GETS.length - 1 || sends.at === SENDS.length - 1 });
    };
    const every = setInterval(() => void look(), LOOK_MS);
    document.addEventListener("visibilitychange", choose);
    const reroute = (): void => call.reroute();
    addEventListener("online", reroute);
    settle.current();
    return () => {
      clearInterval(every);
      clearTimeout(timer);
      settle.current = () => undefined;
      document.removeEventListener("visibilitychange", choose);
      removeEventListener("online", reroute);
      setTold(NOTHING);
    };
  }, [call]);

  useEffect(() => {
    const { sizes, voice_bits_per_s } = SENDS[told.sends] ?? { sizes: 0, voice_bits_per_s: FLOOR_BITS_PER_S };
    call?.limit({ sizes, voice_bits_per_s: isThin ? FLOOR_BITS_PER_S : voice_bits_per_s });
  }, [call, told.sends, isThin]);

  const place = useCallback((key: string, where: Place | undefined): void => {
    if (where) places.current.set(key, where);
    else places.current.delete(key);
    settle.current();
  }, []);
  return { ...told, place };
}

/** What a page that is not looked at gets is heard. */
function chosen(places: Map<string, Place>, rung: number): Map<string, Size | null> {
  return new Map([...places].map(([key, place]) => [key, wanted(labelOf(key), { ...place, isSeen: place.isSeen && !document.hidden }, rung)]));
}

const labelOf = (key: string): string => key.slice(key.lastIndexOf("/") + 1) || CAMERA;

/** The last second; `short`: the round trips of the last minute, the shortest of which nothing waited for. */
function line(lost = 0, rtt_ms: number | undefined, short: number[]): Pick<Line, "lost" | "queued_ms"> {
  if (rtt_ms === undefined) return { lost, queued_ms: 0 };
  short.push(rtt_ms);
  if (short.length > SHORTEST_OF) short.shift();
  return { lost, queued_ms: rtt_ms - Math.min(...short) };
}
