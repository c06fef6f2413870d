/** A case's hour: the case is the consultation's, its hour the calendar's. */
import type { ReactElement, ReactNode } from "react";
import { BookingCard } from "../features/calendar/BookingCard";
import { useAct } from "../features/consultation/api";
import type { Case } from "../features/consultation/model";

interface Props {
  one: Case;
  /** Whether this page is the asking side's. */
  asks: boolean;
}

function Booked({ one, asks }: Props): ReactElement {
  const act = useAct(one.id);
  const move = {
    to: (slot: string) => act.mutateAsync({ act: "reschedule", given: { slot } }), busy: act.isPending, error: act.error,
  };
  return (
    <BookingCard
      source={`consultation/${one.id}`} department={one.department.id} asks={asks}
      move={one.acts.includes("reschedule") ? move : undefined}
    />
  );
}

export const askersHour = (one: Case): ReactNode => <Booked one={one} asks />;
export const expertsHour = (one: Case): ReactNode => <Booked one={one} asks={false} />;
