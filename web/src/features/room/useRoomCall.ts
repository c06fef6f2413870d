/** From the door to the end of a call: coming in, waiting, being in it, and why it is over. */
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { asProblem } from "../../lib/problem";
import { useLive } from "../../lib/useLive";
import { Call, type Feed, type Measured } from "../../parts/media/call";
import { beat, join, leave, signals, useRoom, useRoomAnew, type Joined, type Room } from "./api";

const BEAT_MS = 5000;

/** `elsewhere`: joined on another page or device; `closed`: the case has no room any more. */
export type Over = "left" | "removed" | "closed" | "elsewhere";
export type Phase = "check" | "waiting" | "in" | "over";

interface Heard {
  /** How often the media server was another one. */
  again: number;
}

const heard = (state: Heard, event: string): Heard => ({ again: (state.again ?? 0) + (event === "media-again" ? 1 : 0) });

export interface RoomCall {
  phase: Phase;
  over: Over | undefined;
  room: Room | undefined;
  feeds: Feed[];
  measured: Measured;
  /** Why there is no sound or picture, though one is in. */
  trouble: unknown;
  /** Why one did not get in. */
  refused: unknown;
  joining: boolean;
  enter(stream: MediaStream): void;
  end(): void;
}

/** Why a room is over for its reader, by what is said of it. */
const overBy = (room: Room): Over | undefined => (!room.is_open ? "closed" : room.mine === "removed" ? "removed" : undefined);

export function useRoomCall(id: string): RoomCall {
  const [mine, setMine] = useState<{ stream: MediaStream; joined: Joined }>();
  const [ended, setEnded] = useState<Over>();
  const [joining, setJoining] = useState(false);
  const [refused, setRefused] = useState<unknown>(null);
  const [trouble, setTrouble] = useState<unknown>(null);
  const [feeds, setFeeds] = useState<Feed[]>([]);
  const [measured, setMeasured] = useState<Measured>({});
  // Before anybody has come there is no room to follow
  const { seq, state } = useLive<Heard>(mine ? `room/${id}` : "me", heard);
  const query = useRoom(id, mine !== undefined && ended === undefined);
  const over = ended ?? (mine && query.data ? overBy(query.data) : undefined);
  const anew = useRoomAnew(id);
  const stands = query.data?.mine ?? mine?.joined.standing;
  const inside = mine !== undefined && over === undefined && stands === "in";

  const enter = useCallback((stream: MediaStream): void => {
    setJoining(true);
    setRefused(null);
    join(id).then((joined) => setMine({ stream, joined }), setRefused).finally(() => setJoining(false));
  }, [id]);

  // ---- sound and pictures, while one is in

  const call = useRef<Call | undefined>(undefined);
  const ticket = mine?.joined.ticket;
  useEffect(() => {
    if (!inside || !mine || !ticket) return;
    const made = new Call(signals(id, ticket), mine.joined.ice_servers as RTCIceServer[], () => {
      setTrouble(null);
      setFeeds(made.feeds());
    }, setTrouble);
    call.current = made;
    made.begin(mine.stream);
    return () => {
      call.current = undefined;
      made.close();
      setFeeds([]);
    };
  }, [inside, id, ticket, mine]);

  const again = state?.again ?? 0;
  const following = mine !== undefined;
  useEffect(() => {
    if (!following || seq === 0) return;
    anew();
    call.current?.follow();
  }, [seq, following, anew]);
  useEffect(() => {
    if (again > 0) call.current?.again();
  }, [again]);

  // ---- being there

  const finish = useCallback((why: Over): void => setEnded((before) => before ?? why), []);
  useEffect(() => {
    if (!ticket || over) return;
    const told = async (): Promise<void> => {
      const now = (await call.current?.measured()) ?? {};
      setMeasured(now);
      try {
        const { standing } = await beat(id, ticket, now);
        if (standing === "lost" && mine) enter(mine.stream);
      } catch (error) {
        if (asProblem(error).code === "room.ticket") anew();
        if (asProblem(error).code === "room.ticket" && stands === "in") finish("elsewhere");
      }
    };
    const timer = setInterval(() => void told(), BEAT_MS);
    return () => clearInterval(timer);
  }, [id, ticket, over, mine, stands, enter, anew, finish]);

  const end = useCallback((): void => {
    finish("left");
    if (ticket) void leave(id, ticket).catch(() => undefined); // it is over for this page, whatever is answered
  }, [id, ticket, finish]);
  const last = useRef({ id, ticket, over });
  useEffect(() => {
    last.current = { id, ticket, over };
  });
  useEffect(() => () => {
    const { id: room, ticket: held, over: ended } = last.current;
    if (held && !ended) void leave(room, held).catch(() => undefined);
  }, []);
  useEffect(() => {
    if (over) mine?.stream.getTracks().forEach((track) => track.stop());
  }, [over, mine]);

  const phase: Phase = over ? "over" : !mine ? "check" : inside ? "in" : "waiting";
  return useMemo(
    () => ({ phase, over, room: query.data, feeds, measured, trouble, refused, joining, enter, end }),
    [phase, over, query.data, feeds, measured, trouble, refused, joining, enter, end],
  );
}
