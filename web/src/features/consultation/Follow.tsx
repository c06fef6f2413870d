import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { useLive } from "../../lib/useLive";
import { casesAnew } from "./api";

const keep = (state: unknown): unknown => state;

/** Follows a channel: whatever it says, the cases are asked for anew. Answers whether it can still be relied on. */
export function useFollow(channel: string): { stale: boolean; age: number | undefined } {
  const { seq, stale, age } = useLive<unknown>(channel, keep);
  const client = useQueryClient();
  useEffect(() => {
    if (seq > 0) void casesAnew(client);
  }, [seq, client]);
  return { stale, age };
}

/** The same for a list of channels whose length changes. */
export function Follow({ channel }: { channel: string }): null {
  useFollow(channel);
  return null;
}
