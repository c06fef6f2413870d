/** What this page's link to the centre is like now: round trip over /live, throughput each way. */
import { http } from "../../lib/http";

export interface Measured {
  rtt_ms: number;
  down_kbps: number;
  up_kbps: number;
}

const PATH = "/api/calendar/probe";
const BYTES = 262_144;
const PINGS = 5;
const PATIENCE_MS = 10_000;

/** The middle one of some times. */
export function median(times: number[]): number {
  const sorted = [...times].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** kbit/s of so many bytes in so many milliseconds. */
export function kbps(bytes: number, ms: number): number {
  return Math.round((bytes * 8) / Math.max(ms, 1));
}

/** Some pings, one after the other, on a socket of their own. */
function roundTrip(): Promise<number> {
  return new Promise((resolve, reject) => {
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const socket = new WebSocket(`${scheme}://${location.host}/live`);
    const times: number[] = [];
    let sent = 0;
    const ping = (): void => {
      sent = performance.now();
      socket.send(JSON.stringify({ ping: times.length + 1 }));
    };
    const end = (give: () => void): void => {
      clearTimeout(timer);
      socket.close();
      give();
    };
    const timer = setTimeout(() => end(() => reject(new Error("no pong"))), PATIENCE_MS);
    socket.onopen = ping;
    socket.onerror = () => end(() => reject(new Error("no socket")));
    socket.onmessage = ({ data }) => {
      if (!("pong" in (JSON.parse(String(data)) as object))) return;
      times.push(performance.now() - sent);
      if (times.length < PINGS) ping();
      else end(() => resolve(median(times)));
    };
  });
}

/** So many random hex digits, which the server takes and forgets; JSON needs no quoting for them. */
export function digits(many: number): string {
  let text = "";
  while (text.length < many) {
    // No browser gives more than 65,536 bytes at once
    const some = crypto.getRandomValues(new Uint8Array(Math.min(65_536, (many - text.length) / 2)));
    text += Array.from(some, (one) => one.toString(16).padStart(2, "0")).join("");
  }
  return text;
}

async function timed(work: () => Promise<number>): Promise<number> {
  const began = performance.now();
  const bytes = await work();
  return kbps(bytes, performance.now() - began);
}

export async function measure(): Promise<Measured> {
  const rtt_ms = await roundTrip();
  const down_kbps = await timed(async () => (await http.bytes(PATH, "application/octet-stream")).size);
  const text = digits(BYTES);
  const up_kbps = await timed(async () => {
    await http.post(PATH, text);
    return text.length;
  });
  return { rtt_ms, down_kbps, up_kbps };
}
