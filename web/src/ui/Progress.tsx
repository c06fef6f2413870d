import type { ReactElement } from "react";
import { Shape } from "./Shape";

export interface Step {
  word: string;
  value: string;
  done: boolean;
}

/** A bar with its words: what is done, what is under way, how long it still takes. */
export function Progress({ title, share, steps, left }: { title: string; share: number; steps?: Step[]; left?: string }): ReactElement {
  const percent = Math.round(Math.min(1, Math.max(0, share)) * 100);
  return (
    <div className="view progress">
      <p className="head">{title}</p>
      <div className="bar" role="progressbar" aria-label={title} aria-valuenow={percent} aria-valuemin={0} aria-valuemax={100}>
        <i style={{ width: `${percent}%` }} />
      </div>
      {steps && (
        <ul className="steps num">
          {steps.map(({ word, value, done }) => (
            <li key={word}>
              {done ? <Shape state="ok" /> : <span className="turning" aria-hidden="true" />}
              {word}
              <em>{value}</em>
            </li>
          ))}
        </ul>
      )}
      {left && <p className="end num">{left}</p>}
    </div>
  );
}
