import { useQueryClient, type QueryClient } from "@tanstack/react-query";
import { useEffect, type ReactElement } from "react";
import { useLive } from "../../lib/useLive";
import { exchangeAnew } from "./api";

/** A busy house tells twice a second; so often nobody reads. */
const PAUSE_MS = 400;
/** A page follows so many channels at most; the rest is polled. */
const MOST = 60;

const keep = (state: unknown): unknown => state;

let due: ReturnType<typeof setTimeout> | undefined;

function soon(client: QueryClient): void {
  due ??= setTimeout(() => {
    due = undefined;
    void exchangeAnew(client);
  }, PAUSE_MS);
}

/** Follows the interfaces of these houses: whatever is told, what is shown is asked for anew. */
export function Follow({ houses }: { houses: string[] }): ReactElement {
  return <>{[...new Set(houses)].slice(0, MOST).map((house) => <FollowOne key={house} house={house} />)}</>;
}

function FollowOne({ house }: { house: string }): null {
  const { seq } = useLive<unknown>(`exchange/${house}`, keep);
  const client = useQueryClient();
  useEffect(() => {
    if (seq > 0) soon(client);
  }, [seq, client]);
  return null;
}
