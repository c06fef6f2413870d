/** The day as one line: what is over, what is next, what comes, and where now is. */
import type { ReactElement } from "react";

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

const WIDTH = 520;

export function DayStrip({ label, from, to, now, blocks }: Props): ReactElement {
  const x = (hour: number): number => ((Math.min(to, Math.max(from, hour)) - from) / (to - from)) * WIDTH;
  const hours = Array.from({ length: Math.floor((to - from) / 2) + 1 }, (_, step) => from + step * 2);
  return (
    <svg className="daystrip num" viewBox={`0 0 ${WIDTH} 60`} role="img" aria-label={label}>
      <rect x="0" y="8" width={WIDTH} height="28" rx="7" className="track" />
      {blocks.map(({ id, from: start, to: end, state }) => (
        <rect key={id} x={x(start)} y="8" width={Math.max(6, x(end) - x(start))} height="28" rx="7" className={state} />
      ))}
      {now >= from && now <= to && (
        <g className="now">
          <path d={`M${x(now)} 2v40`} />
          <circle cx={x(now)} cy="3" r="3" />
        </g>
      )}
      {hours.map((hour) => (
        <text key={hour} x={x(hour)} y="56" textAnchor={hour === from ? "start" : hour === to ? "end" : "middle"}>
          {`${hour}:00`}
        </text>
      ))}
    </svg>
  );
}
