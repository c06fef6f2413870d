/** What the lock in the room says, and the digits that two people compare. */
import { sm3 } from "sm-crypto-v2";
import type { Handed } from "./keyring.ts";
import type { Report } from "./messages.ts";

export type Lock = "sealed" | "opening" | "broken" | "not-supported";

export interface Facts {
  isSupported: boolean; // by this browser
  hasLeaked: boolean; // the watch found frames that went out clear
  before: Report | undefined; // a second ago
  now: Report | undefined;
}

/** `sealed` only while every track passes, sealed, and nothing else came; the worst that is true otherwise.
 *
 * A picture of which nothing ever came (nobody looks at it) says nothing. */
export function lock({ isSupported, hasLeaked, before, now }: Facts): Lock {
  if (!isSupported) return "not-supported";
  if (hasLeaked) return "broken";
  const flows = now?.counts.map((count) => since(before, count)).filter(({ isSilent }) => !isSilent) ?? [];
  if (flows.some(({ foul }) => foul > 0)) return "broken";
  return flows.length > 0 && flows.every(({ passed, waits }) => passed > 0 && waits === 0) ? "sealed" : "opening";
}

/** What one track did in the last second; a muted one (nothing came at all) is as it was before. */
function since(before: Report | undefined, { flow, role, passed, dropped }: Report["counts"][number]) {
  const was = before?.counts.find((one) => one.flow === flow);
  const rise = (reason: keyof typeof dropped): number => (dropped[reason] ?? 0) - (was?.dropped[reason] ?? 0);
  return {
    foul: rise("broken") + rise("not-sealed") + rise("replayed") + rise("codec"),
    waits: rise("no-key") + rise("old-epoch"),
    passed,
    isSilent: role === "opens" && passed === 0 && Object.keys(dropped).length === 0,
  };
}

/** Four digits over the room, its epoch and the keys of all its members: the same for all who hold the same keys. */
export function checkCode(room: string, epoch: number, keys: Handed[]): string {
  const members = keys.map(({ sender, key }) => `${JSON.stringify(sender)} ${sm3(key)}`).sort();
  const digest = sm3(new TextEncoder().encode([JSON.stringify(room), epoch, ...members].join("\n")));
  return String(Number.parseInt(digest.slice(0, 8), 16) % 10_000).padStart(4, "0");
}
