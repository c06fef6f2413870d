/** A case's hour: the case is the consultation's, its hour the calendar's. */
import type { ReactElement, ReactNode } from "react";
import { BookingCard } from "../features/calendar/BookingCard";
import { canBeEarlier } from "../features/calendar/model";
import { WaitingCard } from "../features/calendar/WaitingCard";
import { useAct } from "../features/consultation/api";
import type { Case } from "../features/consultation/model";
import { useNow } from "../lib/now";

interface Props {
  one: Case;
  /** Whether this page is the asking side's. */
  asks: boolean;
}

function Booked({ one, asks }: Props): ReactElement {
  const [act, earlier] = [useAct(one.id), useAct(one.id)];
  const now = useNow(60_000);
  const move = {
    to: (slot: string) => act.mutateAsync({ act: "reschedule", given: { slot } }), busy: act.isPending, error: act.error,
  };
  const movable = one.acts.includes("reschedule");
  const place = { source: `consultation/${one.id}`, department: one.department.id };
  return (
    <>
      <BookingCard {...place} asks={asks} move={movable ? move : undefined} />
      {asks && movable && canBeEarlier(one.starts, now) && (
        <WaitingCard
          key={one.starts} {...place} urgency="routine" before={one.starts ?? undefined} busy={earlier.isPending} error={earlier.error}
          onTake={(slot) => earlier.mutate({ act: "reschedule", given: { slot } })}
        />
      )}
    </>
  );
}

export const askersHour = (one: Case): ReactNode => <Booked one={one} asks />;
export const expertsHour = (one: Case): ReactNode => <Booked one={one} asks={false} />;
