/** A box to draw a name in, with a finger or a pen, and the same box to look at it afterwards. */
import { useRef, type PointerEvent, type ReactElement } from "react";
import { useText } from "../../lib/i18n";
import { Button } from "../../ui/Button";

const WIDTH = 1000;
const HEIGHT = 400;
/** The server takes 8000 numbers and 200 strokes. */
const MOST_NUMBERS = 7900;
const MOST_STROKES = 190;
/** Nearer than this to the last point there is nothing to see. */
const STEP = 6;

type Strokes = readonly (readonly number[])[];

export function Signature({ strokes, label }: { strokes: Strokes; label: string }): ReactElement {
  return <svg className="signature" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={label}><Lines strokes={strokes} /></svg>;
}

function Lines({ strokes }: { strokes: Strokes }): ReactElement {
  return <>{strokes.map((stroke, nth) => <polyline key={nth} points={(stroke.length > 2 ? stroke : [...stroke, ...stroke]).join(" ")} />)}</>;
}

export function SignaturePad({ strokes, onChange }: { strokes: number[][]; onChange(strokes: number[][]): void }): ReactElement {
  const { t } = useText();
  const drawing = useRef(false);
  const full = strokes.length >= MOST_STROKES || strokes.reduce((sum, { length }) => sum + length, 0) >= MOST_NUMBERS;
  const begin = (event: PointerEvent<SVGSVGElement>): void => {
    if (full) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    drawing.current = true;
    onChange([...strokes, pointOf(event)]);
  };
  const go = (event: PointerEvent<SVGSVGElement>): void => {
    const last = strokes.at(-1);
    if (!drawing.current || !last || full) return;
    const [x = 0, y = 0] = pointOf(event);
    if (Math.hypot(x - (last.at(-2) ?? 0), y - (last.at(-1) ?? 0)) >= STEP) onChange([...strokes.slice(0, -1), [...last, x, y]]);
  };
  const end = (): void => {
    drawing.current = false;
  };
  return (
    <div className="signature-pad">
      <svg
        className="signature" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={t("consent.draw")}
        onPointerDown={begin} onPointerMove={go} onPointerUp={end} onPointerCancel={end}
      >
        <Lines strokes={strokes} />
      </svg>
      <div className="row">
        <span className="meta grow">{t("consent.draw.hint")}</span>
        {strokes.length > 0 && <Button kind="quiet" icon="undo" onClick={() => onChange([])}>{t("consent.draw.again")}</Button>}
      </div>
    </div>
  );
}

/** Where in the box a pointer is, in its whole numbers. */
function pointOf(event: PointerEvent<SVGSVGElement>): number[] {
  const box = event.currentTarget.getBoundingClientRect();
  const within = (share: number, size: number): number => Math.round(Math.min(1, Math.max(0, share)) * size);
  return [within((event.clientX - box.left) / box.width, WIDTH), within((event.clientY - box.top) / box.height, HEIGHT)];
}
