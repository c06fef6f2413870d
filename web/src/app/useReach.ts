import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { isRefused } from "../lib/problem";
import { reach, useSilence } from "../lib/reach";

/** Since when nobody has answered, in milliseconds; null while the server does. Once it is back all is asked anew. */
export function useReach(): number | null {
  const since = useSilence();
  const client = useQueryClient();
  useEffect(() => {
    if (since === null) return;
    return () => void client.invalidateQueries({ predicate: ({ state }) => !isRefused(state.error) });
  }, [since, client]);
  useEffect(() => {
    const doubt = (): void => reach.doubt();
    addEventListener("offline", doubt);
    addEventListener("online", doubt);
    return () => {
      removeEventListener("offline", doubt);
      removeEventListener("online", doubt);
    };
  }, []);
  return since;
}
