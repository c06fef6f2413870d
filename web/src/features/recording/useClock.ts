/** One clock for all films of a recording: it runs, stands, or is set. */
import { useCallback, useEffect, useRef, useState } from "react";

const TICK_MS = 200;

export interface Clock {
  now_ms: number;
  runs: boolean;
  toggle(): void;
  set(at_ms: number): void;
}

export function useClock(length_ms: number): Clock {
  const [now_ms, setNow] = useState(0);
  const [runs, setRuns] = useState(false);
  const last = useRef(0);
  useEffect(() => {
    if (!runs) return;
    last.current = performance.now();
    const timer = setInterval(() => {
      const at = performance.now();
      const passed = at - last.current;
      last.current = at;
      setNow((before) => Math.min(length_ms, before + passed));
    }, TICK_MS);
    return () => clearInterval(timer);
  }, [runs, length_ms]);
  const isOver = now_ms >= length_ms;
  const toggle = useCallback(() => {
    if (isOver) setNow(0);
    setRuns((before) => !before || isOver);
  }, [isOver]);
  const set = useCallback((at_ms: number) => setNow(Math.max(0, Math.min(length_ms, at_ms))), [length_ms]);
  return { now_ms, runs: runs && !isOver, toggle, set };
}
