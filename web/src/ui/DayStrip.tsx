/** The day as one line: what is over, what is next, what comes, and where now is. */
import type { CSSProperties, ReactElement } from "react";

export interface Block {
  id: string;
  /** Hours of the day, 9.5 is half past nine. */
  from: number;
  to: number;
  state: "done" | "next" | "later";
}

interface Props {
  label: string;
  from: number;
  to: number;
  now: number;
  blocks: Block[];
}

export function DayStrip({ label, from, to, now, blocks }: Props): ReactElement {
  const share = (hour: number): number => ((Math.min(to, Math.max(from, hour)) - from) / (to - from)) * 100;
  const at = (start: number, end: number): CSSProperties => ({ left: `${share(start)}%`, width: `${share(end) - share(start)}%` });
  const hours = Array.from({ length: Math.floor((to - from) / 2) + 1 }, (_, step) => from + step * 2);
  return (
    <div className="daystrip num" role="img" aria-label={label}>
      <div className="track">
        {blocks.map(({ id, from: start, to: end, state }) => <i key={id} className={state} style={at(start, end)} />)}
        {now >= from && now <= to && <i className="now" style={{ left: `${share(now)}%` }} />}
      </div>
      <div className="ticks">
        {hours.map((hour) => <span key={hour} style={{ left: `${share(hour)}%` }}>{hour}</span>)}
      </div>
    </div>
  );
}
