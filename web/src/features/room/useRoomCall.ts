/** From the door to the end of a call: coming in, waiting, being in it, and why it is over. */
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { asProblem } from "../../lib/problem";
import { useSelf } from "../../lib/self";
import { useLive } from "../../lib/useLive";
import type { Measured } from "../../parts/media/stats";
import { beat, join, leave, useRoom, useRoomAnew, useRoomNow, type Joined, type Room } from "./api";
import { useMedia, type Media } from "./useMedia";
import { useOwn, type Own } from "./useOwn";
import { isThinFor, useSigns, type Signs } from "./useSigns";

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
  own: Own;
  signs: Signs;
  /** No media server runs there: two people talk from page to page. */
  withoutServer: boolean;
  /** Why one did not get in. */
  refused: unknown;
  joining: boolean;
  /** The page's own; '' before one has come. */
  ticket: string;
  enter(): void;
  end(): void;
}

/** Why a room is over for its reader, by what is said of it. */
const overBy = (room: Room): Over | undefined => (!room.is_open ? "closed" : room.mine === "removed" ? "removed" : undefined);

/** Why a ticket counts no more: who stands there still does so with another page's; undefined for who was not heard of for too long. */
export const goneBy = (room: Room): Over | undefined => overBy(room) ?? (room.mine === "in" || room.mine === "waiting" ? "elsewhere" : undefined);

/** `stream`: what camera and microphone give, as far as they are there. */
export function useRoomCall(id: string, stream: MediaStream | undefined): RoomCall {
  const [held, setHeld] = useState<Joined>();
  const [ended, setEnded] = useState<Over>();
  const [joining, setJoining] = useState(false);
  const [refused, setRefused] = useState<unknown>(null);
  const mine = useRef("");
  // Before anybody has come there is no room to follow
  const { seq, state } = useLive<Partial<Counts>>(held ? `room/${id}` : "me", counted);
  const query = useRoom(id, held !== undefined && ended === undefined);
  const anew = useRoomAnew(id);
  const over = ended ?? (held && query.data ? overBy(query.data) : undefined);
  const inside = held !== undefined && over === undefined && (query.data?.mine ?? held.standing) === "in";

  const enter = useCallback((): void => {
    setJoining(true);
    setRefused(null);
    mine.current = ""; // until the answer comes, whatever ticket there was counts for nothing
    join(id)
      .then((joined) => {
        mine.current = joined.ticket;
        setHeld(joined);
      }, setRefused)
      .finally(() => setJoining(false));
  }, [id]);
  const finish = useCallback((why: Over): void => setEnded((before) => before ?? why), []);

  const own = useOwn(stream, inside);
  const me = useSelf()?.id;
  const media = useMedia(id, inside ? held : undefined, own.sources, isThinFor(query.data, me), { seq: held ? seq : 0, again: state?.again ?? 0, keys: state?.keys ?? 0 });
  const shown = { is_muted: own.isMuted, is_hidden: own.isHidden, is_thin: media.link.isThin };
  const signs = useSigns(id, inside ? held.ticket : undefined, query.data, me, shown, setRefused);
  const following = held !== undefined;
  useEffect(() => {
    if (following && seq > 0) anew();
  }, [seq, following, anew]);

  const now = useRoomNow(id);
  const gone = useCallback(async (ticket: string): Promise<void> => {
    if (mine.current !== ticket) return; // this page itself comes again
    const why = goneBy(await now());
    if (mine.current !== ticket) return;
    if (why) finish(why);
    else enter();
  }, [now, finish, enter]);
  const ticket = held?.ticket;
  useBeat(id, over ? undefined : ticket, media.link.measured, enter, gone, finish);
  const end = useCallback((): void => {
    finish("left");
    if (ticket) void leave(id, ticket).catch(() => undefined); // it is over for this page, whatever is answered
  }, [id, ticket, finish]);
  useLeaving(id, over ? undefined : ticket, mine);
  useEffect(() => {
    if (over) stream?.getTracks().forEach((track) => track.stop());
  }, [over, stream]);

  const phase: Phase = over ? "over" : !held ? "check" : inside ? "in" : "waiting";
  return useMemo(
    () => ({
      phase, over, room: query.data, media, own, signs, refused, joining, ticket: ticket ?? "", enter, end, withoutServer: held?.without_server ?? false,
    }),
    [phase, over, query.data, media, own, signs, refused, joining, ticket, enter, end, held],
  );
}

/** Says that the page is there, and what it measures; `gone`: its ticket counts no more. */
function useBeat(
  id: string, ticket: string | undefined, measured: Measured, lost: () => unknown, gone: (ticket: string) => Promise<void>,
  finish: (why: Over) => void,
): void {
  const last = useRef(measured);
  useEffect(() => {
    last.current = measured;
  }, [measured]);
  useEffect(() => {
    if (!ticket) return;
    const told = async (): Promise<void> => {
      try {
        if ((await beat(id, ticket, last.current)).standing === "lost") lost();
      } catch (error) {
        // Where nobody answers, the next one may be heard
        const { code } = asProblem(error);
        if (ENDED.includes(code)) finish("ended");
        if (code === "room.ticket") await gone(ticket).catch(() => undefined);
      }
    };
    const timer = setInterval(() => void told(), BEAT_MS);
    return () => clearInterval(timer);
  }, [id, ticket, lost, gone, finish]);
}

/** Whoever goes to another page, or closes this one, has left the room. */
function useLeaving(id: string, ticket: string | undefined, mine: { current: string }): void {
  const last = useRef({ id, ticket });
  useEffect(() => {
    last.current = { id, ticket };
  });
  useEffect(() => {
    const gone = (): void => {
      mine.current = ""; // whatever is answered from now on, this page does not come again
      if (last.current.ticket) void leave(last.current.id, last.current.ticket).catch(() => undefined);
    };
    addEventListener("pagehide", gone);
    return () => {
      removeEventListener("pagehide", gone);
      gone();
    };
  }, [mine]);
}
