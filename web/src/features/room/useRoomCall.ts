/** From the door to the end of a call: coming in, waiting, being in it, and why it is over. */
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { asProblem } from "../../lib/problem";
import { useLive } from "../../lib/useLive";
import type { Measured } from "../../parts/media/call";
import { beat, join, leave, useRoom, useRoomAnew, useRoomNow, type Room } from "./api";
import { useMedia, type Held, type Media } from "./useMedia";

const BEAT_MS = 5000;

/** `elsewhere`: joined on another page or device; `closed`: the case has no room any more. */
export type Over = "left" | "removed" | "closed" | "elsewhere" | "ended";
/** What a guest is told once nothing is open to them any more. */
const ENDED: readonly string[] = ["room.not_found", "guest.over"];
export type Phase = "check" | "waiting" | "in" | "over";

interface Counts {
  again: number;
  keys: number;
}

const counted = (state: Partial<Counts>, event: string): Counts => ({
  again: (state.again ?? 0) + (event === "media-again" ? 1 : 0),
  keys: (state.keys ?? 0) + (event === "keys" ? 1 : 0),
});

export interface RoomCall {
  phase: Phase;
  over: Over | undefined;
  room: Room | undefined;
  media: Media;
  measured: Measured;
  /** Why one did not get in. */
  refused: unknown;
  joining: boolean;
  /** The page's own; '' before one has come. */
  ticket: string;
  enter(stream: MediaStream): void;
  end(): void;
}

/** Why a room is over for its reader, by what is said of it. */
const overBy = (room: Room): Over | undefined => (!room.is_open ? "closed" : room.mine === "removed" ? "removed" : undefined);

/** Why a ticket counts no more: who stands there still does so with another page's; undefined for who was not heard of for too long. */
export const goneBy = (room: Room): Over | undefined => overBy(room) ?? (room.mine === "in" || room.mine === "waiting" ? "elsewhere" : undefined);

export function useRoomCall(id: string): RoomCall {
  const [held, setHeld] = useState<Held>();
  const [ended, setEnded] = useState<Over>();
  const [joining, setJoining] = useState(false);
  const [refused, setRefused] = useState<unknown>(null);
  const mine = useRef("");
  // Before anybody has come there is no room to follow
  const { seq, state } = useLive<Partial<Counts>>(held ? `room/${id}` : "me", counted);
  const query = useRoom(id, held !== undefined && ended === undefined);
  const anew = useRoomAnew(id);
  const over = ended ?? (held && query.data ? overBy(query.data) : undefined);
  const inside = held !== undefined && over === undefined && (query.data?.mine ?? held.joined.standing) === "in";

  const enter = useCallback((stream: MediaStream): void => {
    setJoining(true);
    setRefused(null);
    mine.current = ""; // until the answer comes, whatever ticket there was counts for nothing
    join(id)
      .then((joined) => {
        mine.current = joined.ticket;
        setHeld({ stream, joined });
      }, setRefused)
      .finally(() => setJoining(false));
  }, [id]);
  const finish = useCallback((why: Over): void => setEnded((before) => before ?? why), []);

  const media = useMedia(id, inside ? held : undefined, { seq: held ? seq : 0, again: state?.again ?? 0, keys: state?.keys ?? 0 });
  const following = held !== undefined;
  useEffect(() => {
    if (following && seq > 0) anew();
  }, [seq, following, anew]);

  const lost = useCallback(() => held && enter(held.stream), [held, enter]);
  const now = useRoomNow(id);
  const gone = useCallback(async (ticket: string): Promise<void> => {
    if (mine.current !== ticket) return; // this page itself comes again
    const why = goneBy(await now());
    if (mine.current !== ticket) return;
    if (why) finish(why);
    else lost();
  }, [now, finish, lost]);
  const measured = useBeat(id, over ? undefined : held?.joined.ticket, media.measure, lost, gone, finish);
  const ticket = held?.joined.ticket;
  const end = useCallback((): void => {
    finish("left");
    if (ticket) void leave(id, ticket).catch(() => undefined); // it is over for this page, whatever is answered
  }, [id, ticket, finish]);
  useLeaving(id, over ? undefined : ticket);
  useEffect(() => {
    if (over) held?.stream.getTracks().forEach((track) => track.stop());
  }, [over, held]);

  const phase: Phase = over ? "over" : !held ? "check" : inside ? "in" : "waiting";
  return useMemo(
    () => ({ phase, over, room: query.data, media, measured, refused, joining, ticket: ticket ?? "", enter, end }),
    [phase, over, query.data, media, measured, refused, joining, ticket, enter, end],
  );
}

/** Says that the page is there, and what it measures; `gone`: its ticket counts no more. */
function useBeat(
  id: string, ticket: string | undefined, measure: () => Promise<Measured>, lost: () => unknown, gone: (ticket: string) => Promise<void>,
  finish: (why: Over) => void,
): Measured {
  const [measured, setMeasured] = useState<Measured>({});
  useEffect(() => {
    if (!ticket) return;
    const told = async (): Promise<void> => {
      const now = await measure();
      setMeasured(now);
      try {
        if ((await beat(id, ticket, now)).standing === "lost") lost();
      } catch (error) {
        // Where nobody answers, the next one may be heard
        const { code } = asProblem(error);
        if (ENDED.includes(code)) finish("ended");
        if (code === "room.ticket") await gone(ticket).catch(() => undefined);
      }
    };
    const timer = setInterval(() => void told(), BEAT_MS);
    return () => clearInterval(timer);
  }, [id, ticket, measure, lost, gone, finish]);
  return measured;
}

/** Whoever goes to another page has left the room. */
function useLeaving(id: string, ticket: string | undefined): void {
  const last = useRef({ id, ticket });
  useEffect(() => {
    last.current = { id, ticket };
  });
  useEffect(() => () => {
    if (last.current.ticket) void leave(last.current.id, last.current.ticket).catch(() => undefined);
  }, []);
}
