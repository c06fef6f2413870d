/** How one is, told to the others whenever it changes, and what they told of themselves. */
import { useCallback, useEffect, useRef } from "react";
import { show, type Present, type Room } from "./api";

export interface Signs {
  /** Whether one's hand is up; the host may have lowered it. */
  hand: boolean;
  raise(hand: boolean): void;
  /** The host asked one to be silent, and one is not yet. */
  isHushed: boolean;
}

interface Mine {
  is_muted: boolean;
  is_hidden: boolean;
  is_thin: boolean;
}

export const signsOf = (room: Room | undefined, person: string | undefined): Present["signs"] | undefined =>
  room?.members.find((one) => one.person.id === person)?.signs;

/** Whether somebody else has a link that carries no more than speech. */
export const isThinFor = (room: Room | undefined, me: string | undefined): boolean =>
  (room?.members ?? []).some(({ person, signs }) => person.id !== me && signs.is_thin);

/** `ticket`: undefined while one is not in the room. */
export function useSigns(id: string, ticket: string | undefined, room: Room | undefined, me: string | undefined, mine: Mine, failed: (error: unknown) => void): Signs {
  const told = signsOf(room, me);
  const hand = Boolean(told?.hand);
  const raise = useCallback((up: boolean): void => {
    if (ticket) show(id, ticket, { hand: up }).catch(failed);
  }, [id, ticket, failed]);
  const { is_muted, is_hidden, is_thin } = mine;
  const isPlain = !is_muted && !is_hidden && !is_thin;
  const hasTold = useRef(false);
  useEffect(() => {
    if (!ticket || (isPlain && !hasTold.current)) return; // that is what is believed of who just came
    hasTold.current = true;
    show(id, ticket, { is_muted, is_hidden, is_thin }).catch(failed);
  }, [id, ticket, failed, isPlain, is_muted, is_hidden, is_thin]);
  return {
    hand,
    raise,
    isHushed: Boolean(told?.hushed) && !is_muted,
  };
}
