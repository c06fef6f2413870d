/** The silhouettes of the states. They differ in outline, so they work in grey; a word always stands beside them. */
import type { ReactElement } from "react";

export type State = "high" | "medium" | "low" | "tech" | "stale" | "ok" | "suggest";

const mark = (state: string, y: number): ReactElement => (
  <>
    <path d={`M10 ${y}v4.800`} stroke={`var(--${state}-on)`} strokeWidth="2.200" fill="none" />
    <circle cx="10" cy={y + 8} r="1.300" fill={`var(--${state}-on)`} />
  </>
);

const SHAPES: Record<State, ReactElement> = {
  high: (
    <>
      <path d="M10 1.500L19 17.500H1z" fill="var(--high)" stroke="var(--high)" strokeWidth="1.500" />
      {mark("high", 7)}
    </>
  ),
  medium: (
    <>
      <path d="M10 1l9 9-9 9-9-9z" fill="var(--medium)" stroke="var(--medium-shape)" strokeWidth="1.400" />
      {mark("medium", 6)}
    </>
  ),
  low: (
    <>
      <circle cx="10" cy="10" r="8.200" fill="var(--low)" stroke="var(--low-shape)" strokeWidth="1.400" />
      {mark("low", 5.500)}
    </>
  ),
  tech: (
    <>
      <rect x="1.500" y="1.500" width="17" height="17" rx="3" fill="var(--tech)" />
      <path
        d="M7.500 5v3M12.500 5v3M5.800 8h8.400v1.500a4.200 4.200 0 0 1-8.400 0zM10 13.700V16"
        stroke="var(--tech-on)" strokeWidth="1.700" fill="none"
      />
    </>
  ),
  stale: (
    <>
      <circle cx="10" cy="10" r="8" fill="none" stroke="var(--stale)" strokeWidth="2" strokeDasharray="3.600 2.700" />
      <path d="M6.500 10h7" stroke="var(--stale)" strokeWidth="2.200" fill="none" />
    </>
  ),
  ok: (
    <>
      <circle cx="10" cy="10" r="8.200" fill="none" stroke="var(--ok)" strokeWidth="1.600" />
      <path d="M6.200 10.400l2.600 2.600 5-5.600" stroke="var(--ok)" strokeWidth="1.900" fill="none" />
    </>
  ),
  suggest: (
    <path
      d="M9 2.500l1.700 4.800 4.800 1.700-4.800 1.700L9 15.500l-1.700-4.800L2.500 9l4.800-1.700zM15.800 12.800l.8 2 2 .8-2 .8-.8 2-.8-2-2-.8 2-.8z"
      fill="var(--suggest)"
    />
  ),
};

export function Shape({ state, size }: { state: State; size?: number }): ReactElement {
  return (
    <svg className="shape" viewBox="0 0 20 20" aria-hidden="true" style={size ? { width: size, height: size } : undefined}>
      {SHAPES[state]}
    </svg>
  );
}
