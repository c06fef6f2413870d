/** Sound and pictures while one is in the room, sealed with the keys of whoever is in it. */
import { useEffect, useMemo, useRef, useState } from "react";
import { asProblem } from "../../lib/problem";
import { useSelf } from "../../lib/self";
import { Call, type Feed } from "../../parts/media/call";
import { checkCode, isSupported, lock, Sealing, type Lock, type Report } from "../../parts/media/seal";
import type { Source } from "../../parts/media/sources";
import { keys, signals, type Joined } from "./api";
import { useLink, type Link } from "./useLink";

/** The keys are made right after somebody has come: who comes asks again so soon, so often. */
const KEYS_MS = 400, KEYS_TRIES = 25;

/** How often the room's channel has said what. */
export interface Heard {
  seq: number;
  /** The media server is another one. */
  again: number;
  /** Who is in it has new keys. */
  keys: number;
}

export interface Media {
  feeds: Feed[];
  /** Why there is no sound or picture, though one is in. */
  trouble: unknown;
  lock: Lock;
  /** The digits that two people compare; '' before there are keys. */
  code: string;
  isSlow: boolean;
  link: Link;
}

interface Sealed {
  before?: Report;
  now?: Report;
  hasLeaked: boolean;
}

const NOTHING: Sealed = { hasLeaked: false };

/** `joined`: undefined while one is not in the room; `sources`: what one sends; `isThin`: all speak low. */
export function useMedia(id: string, joined: Joined | undefined, sources: Source[], isThin: boolean, heard: Heard): Media {
  const me = useSelf()?.id;
  const [trouble, setTrouble] = useState<unknown>(null);
  const [feeds, setFeeds] = useState<Feed[]>([]);
  const [sealed, setSealed] = useState(NOTHING);
  const [call, setCall] = useState<Call>();
  const sealing = useRef<Sealing | undefined>(undefined);
  const ticket = joined?.ticket;

  useEffect(() => {
    if (!joined || !me || !isSupported()) return;
    const seals = new Sealing(me, (now) => setSealed((was) => ({ ...was, ...(was.now ? { before: was.now } : {}), now })), setTrouble);
    const { ticket: mine, ice_servers: ice } = joined;
    const made = new Call(signals(id, mine), seals, ice as RTCIceServer[], {
      changed: () => {
        setTrouble(null);
        setFeeds(made.feeds());
      },
      failed: setTrouble,
      leaked: () => setSealed((was) => ({ ...was, hasLeaked: true })),
    });
    sealing.current = seals;
    let goesOn = true;
    queueMicrotask(() => goesOn && setCall(made));
    return () => {
      goesOn = false;
      sealing.current = undefined;
      setCall(undefined);
      made.close();
      seals.leave();
      setFeeds([]);
      setSealed(NOTHING);
    };
  }, [id, joined, me]);

  useEffect(() => call?.show(sources), [call, sources]);

  useEffect(() => {
    if (heard.seq > 0) call?.follow();
  }, [call, heard.seq]);
  useEffect(() => {
    if (heard.again > 0) call?.again();
  }, [call, heard.again]);

  const code = useKeys(id, ticket, heard.keys, sealing, setTrouble);
  const link = useLink(call, isThin);
  return useMemo(() => ({
    feeds, trouble, code, link,
    lock: lock({ isSupported: isSupported(), hasLeaked: sealed.hasLeaked, before: sealed.before, now: sealed.now }),
    isSlow: sealed.now?.engine === "script",
  }), [feeds, trouble, code, link, sealed]);
}

/** Hands the keys of each epoch to the seals; the check code of the one that goes on. */
function useKeys(
  id: string, ticket: string | undefined, epochs: number, sealing: { current: Sealing | undefined }, failed: (error: unknown) => void,
): string {
  const [code, setCode] = useState<{ ticket: string; digits: string }>();
  useEffect(() => {
    if (!ticket) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let current = true;
    const hand = async (tries: number): Promise<void> => {
      try {
        const { epoch, keys: found } = await keys(id, ticket);
        if (!current) return;
        sealing.current?.hand(found);
        setCode({ ticket, digits: checkCode(id, epoch, found) });
        found.forEach(({ key }) => key.fill(0)); // the worker has its own
      } catch (error) {
        if (current && tries > 0 && asProblem(error).code === "key.not_in_room") timer = setTimeout(() => void hand(tries - 1), KEYS_MS);
        else if (current) failed(error);
      }
    };
    void hand(KEYS_TRIES);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [id, ticket, epochs, sealing, failed]);
  return code && code.ticket === ticket ? code.digits : "";
}
