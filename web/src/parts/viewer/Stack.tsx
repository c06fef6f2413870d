import { useEffect, useRef, useState, type KeyboardEvent, type PointerEvent, type ReactElement } from "react";
import { date, clock } from "../../lib/format";
import { useText } from "../../lib/i18n";
import { ProblemView } from "../../ui/views";
import { renderedPath } from "./api";
import { ahead, stay, step, windowsFor, type Instance, type Series, type Window } from "./model";
import { usePicture } from "./usePicture";

interface Props {
  study: string;
  series: Series;
  instances: Instance[];
  title: string;
  settling: boolean;
}

/** Pixels of wheel or finger that turn one page. */
const WHEEL_PX = 40;
const DRAG_PX = 14;

export function Stack({ study, series, instances, title, settling }: Props): ReactElement {
  const { t } = useText();
  const count = instances.length;
  const [index, setIndex] = useState(Math.floor((count - 1) / 2));
  const [direction, setDirection] = useState<1 | -1>(1);
  const windows = windowsFor(series.modality);
  const [window, setWindow] = useState<Window>(windows[0] ?? { name: "own" });
  const instance = instances[index];
  const path = (at: number): string => renderedPath(study, series.id, instances[at]?.id ?? "", window);
  const picture = usePicture(instance && path(index), settling ? [] : ahead(index, direction, count).map(path));
  const go = (to: number): void => {
    const next = stay(to, count);
    if (next === index) return;
    setDirection(next > index ? 1 : -1);
    setIndex(next);
  };
  return (
    <>
      <div className="windows" role="group" aria-label={t("viewer.windows")}>
        {windows.map((each) => (
          <button
            key={each.name} type="button" className={each.name === window.name ? "btn on" : "btn"}
            aria-pressed={each.name === window.name} onClick={() => setWindow(each)}
          >
            {t(`viewer.window.${each.name}`)}
          </button>
        ))}
      </div>
      <Stage index={index} count={count} onGo={go} label={t("viewer.stage", { title, index: index + 1, count })}>
        {picture.address && (
          <img src={picture.address} draggable={false} className={picture.current ? "" : "waiting"} alt={t("viewer.slice", { index: index + 1, count })} />
        )}
        <Overlay series={series} instance={instance} window={window} />
        {picture.error ? (
          <div className="over"><ProblemView title={t("viewer.slice.failed", { index: index + 1 })} error={picture.error} onRetry={picture.retry} /></div>
        ) : (
          !picture.current && <p className="over coming" role="status">{t("viewer.slice.loading", { index: index + 1 })}</p>
        )}
      </Stage>
      <div className="scrub">
        <input
          type="range" min={1} max={count} value={index + 1} aria-label={t("viewer.scrub")}
          aria-valuetext={t("viewer.slice", { index: index + 1, count })} onChange={(event) => go(Number(event.target.value) - 1)}
        />
        <output className="num"><b>{index + 1}</b> / {t("viewer.count", { count })}</output>
      </div>
    </>
  );
}

function Overlay({ series, instance, window }: { series: Series; instance: Instance | undefined; window: Window }): ReactElement {
  const { t, lang } = useText();
  const { thicknessMm } = instance ?? {};
  const taken = instance?.taken ?? series.taken;
  return (
    <>
      <span className="at top-left num">{taken ? [date(taken.at), taken.timed && clock(taken.at, lang)].filter(Boolean).join(" ") : t("viewer.undated")}</span>
      <span className="at top-right">{[series.modality, series.words].filter(Boolean).join(" ")}</span>
      <span className="at bottom-left num">{window.values ? `W ${window.values[1]}  L ${window.values[0]}` : t("viewer.window.own")}</span>
      {thicknessMm !== undefined && <span className="at bottom-right num">{t("viewer.thickness", { value: thicknessMm })}</span>}
    </>
  );
}

interface StageProps {
  index: number;
  count: number;
  label: string;
  onGo(index: number): void;
  children: React.ReactNode;
}

/** Where pictures are looked at: one focusable place that turns pages by wheel, keys and finger. */
function Stage({ index, count, label, onGo, children }: StageProps): ReactElement {
  const stage = useRef<HTMLDivElement>(null);
  const rest = useRef(0);
  const drag = useRef<number>(undefined);
  const latest = useRef({ index, onGo });
  useEffect(() => {
    latest.current = { index, onGo };
  });
  const turn = (px: number, each: number): void => {
    rest.current += px;
    const pages = Math.trunc(rest.current / each);
    rest.current -= pages * each;
    if (pages !== 0) latest.current.onGo(latest.current.index + pages);
  };
  useEffect(() => {
    const place = stage.current;
    // React listens passively to the wheel; here the page behind must stay where it is
    const wheel = (event: WheelEvent): void => {
      event.preventDefault();
      turn(event.deltaMode === 0 ? event.deltaY : event.deltaY * WHEEL_PX, WHEEL_PX);
    };
    place?.addEventListener("wheel", wheel, { passive: false });
    return () => place?.removeEventListener("wheel", wheel);
  }, []);
  const key = (event: KeyboardEvent): void => {
    const next = step(event.key, index, count);
    if (next === undefined) return;
    event.preventDefault();
    onGo(next);
  };
  const move = (event: PointerEvent): void => {
    if (drag.current === undefined) return;
    turn(event.clientY - drag.current, DRAG_PX);
    drag.current = event.clientY;
  };
  const down = (event: PointerEvent): void => {
    event.currentTarget.setPointerCapture(event.pointerId);
    drag.current = event.clientY;
    rest.current = 0;
  };
  const up = (): void => {
    drag.current = undefined;
  };
  return (
    <div
      ref={stage} className="stage" role="group" tabIndex={0} aria-label={label} onKeyDown={key}
      onPointerDown={down} onPointerMove={move} onPointerUp={up} onPointerCancel={up}
    >
      {children}
    </div>
  );
}
