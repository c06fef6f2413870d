/** Says why this page cannot take part, of what the server cannot know by itself: each reason once. */
import { useEffect, useRef } from "react";
import { asProblem } from "../../lib/problem";
import { isSupported } from "../../parts/media/seal";
import { sayFailed, type Cause } from "./api";
import type { Devices } from "./useDevices";
import type { RoomCall } from "./useRoomCall";

function causeOf(call: RoomCall, devices: Devices): Cause | undefined {
  if (!isSupported()) return "cannot-seal";
  if (call.media.lock === "broken") return "unsealed";
  if (call.media.trouble && asProblem(call.media.trouble).code.startsWith("media.")) return "media-server";
  if (devices.camera === "denied" && devices.microphone === "denied") return "devices-refused";
  return undefined;
}

export function useFailures(id: string, call: RoomCall, devices: Devices): void {
  const said = useRef(new Set<Cause>());
  const why = causeOf(call, devices);
  // Before somebody has come there is no room that could keep it
  const there = call.phase !== "check";
  useEffect(() => {
    if (!why || !there || said.current.has(why)) return;
    said.current.add(why);
    void sayFailed(id, why).catch(() => said.current.delete(why));
  }, [id, why, there]);
}
