import type { ReactElement } from "react";

interface Props {
  label: string;
  /** null is a gap: the line breaks, nothing is invented. */
  values: (number | null)[];
  /** The own band or the reference range. */
  band?: [low: number, high: number];
  channel?: string;
}

const W = 120;
const H = 34;

/** A curve without axes; the band behind it says what is usual. */
export function Sparkline({ label, values, band, channel = "var(--text-2)" }: Props): ReactElement {
  const known = values.filter((value) => value !== null);
  const low = Math.min(...known, band?.[0] ?? Infinity);
  const high = Math.max(...known, band?.[1] ?? -Infinity);
  const y = (value: number): number => (high === low ? H / 2 : H - 3 - ((value - low) / (high - low)) * (H - 6));
  const x = (index: number): number => (values.length < 2 ? W / 2 : (index / (values.length - 1)) * W);
  const path = values
    .map((value, index) => (value === null ? "" : `${index === 0 || values[index - 1] === null ? "M" : "L"}${x(index)} ${y(value)}`))
    .join("");
  const last = values.at(-1);
  return (
    <svg className="spark" viewBox={`0 0 ${W} ${H}`} role="img" aria-label={label} preserveAspectRatio="none">
      {band && <rect x="0" width={W} y={y(band[1])} height={Math.max(1, y(band[0]) - y(band[1]))} className="band" />}
      <path d={path} stroke={channel} />
      {last !== null && last !== undefined && <circle cx={W - 2} cy={y(last)} r="2" fill={channel} />}
    </svg>
  );
}
