/** Where pictures are looked at: one focusable place, drawn by a `Pane`, with everything also by keys. */
import { useEffect, useLayoutEffect, useRef, useState, type KeyboardEvent, type ReactElement, type ReactNode } from "react";
import { useText } from "../../lib/i18n";
import { Problem } from "../../lib/problem";
import { ProblemView } from "../../ui/views";
import { framePath } from "./api";
import { lines, POINTS, type Mark, type Measured, type Point } from "./marks";
import { edges, step, type Series, type Slice, type Values } from "./model";
import type { Heard, Pane, Tool } from "./pane";
import { hueOf, type Look, type Pointer } from "./together";

/** Loaded once, when the first pictures are to be shown: it is larger than all the rest of the application. */
export const loadPane = (): Promise<typeof import("./pane")> => import("./pane");

export interface StageProps {
  study: string;
  series: Series;
  slices: Slice[];
  /** The slice wanted. */
  index: number;
  tool: Tool;
  values: Values | undefined;
  marks: Mark[];
  /** Nothing is to be fetched ahead any more. */
  settling: boolean;
  label: string;
  onIndex(index: number): void;
  onWindow(values: Values): void;
  onOwn?(values: Values | undefined): void;
  onMark(mark: Mark): void;
  /** How a leader sees the picture, while one is led. */
  led?: Look | undefined;
  /** Others' pointers on this picture. */
  pointers?: Pointer[];
  onLook?(look: Look, byHand: boolean): void;
  onPoint?(at: Point | undefined): void;
  onStroke?(mark: Mark): void;
  /** A picture stands, or could not be fetched: what is wanted first is over. */
  onSettled?(): void;
  onKey?(event: KeyboardEvent): void;
  children?: ReactNode;
}

interface Cursor {
  at: Point;
  set: Point[];
}

/** Pixels that an arrow key moves the cursor of a measure, with Shift and without. */
const FINE_PX = 1;
const COARSE_PX = 8;
const ARROWS: Record<string, Point> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export function Stage(props: StageProps): ReactElement {
  const { slices, index, tool, label, onIndex, onKey } = props;
  const { t } = useText();
  const host = useRef<HTMLDivElement>(null);
  const [look, setLook] = useState<Look>();
  const { pane, shown, failed, retry } = usePane(host, props, setLook);
  const [cursor, setCursor] = useState<Cursor>();
  const count = slices.length;
  const key = (event: KeyboardEvent): void => {
    // Cornerstone sets the focus to the picture that the mouse drew on
    if (event.target !== event.currentTarget && event.target !== host.current) return;
    const drawn = plotted(event, tool, cursor, host.current);
    if (drawn) {
      event.preventDefault();
      setCursor(drawn.cursor);
      if (drawn.points && (tool === "length" || tool === "angle" || tool === "ellipse")) pane.current?.draw(tool, drawn.points);
      return;
    }
    const next = event.ctrlKey || event.metaKey ? undefined : step(event.key, index, count);
    if (next !== undefined) {
      event.preventDefault();
      onIndex(next);
    } else if (zoomed(event.key, pane.current)) {
      event.preventDefault();
    } else {
      onKey?.(event);
    }
  };
  const side = edges(slices[index]?.orientation);
  return (
    <div className="stage" role="group" tabIndex={0} aria-label={label} onKeyDown={key} data-shown={shown} data-wanted={index}>
      <div
        ref={host} className="picture" onContextMenu={(event) => event.preventDefault()}
        onPointerMove={({ nativeEvent: { offsetX, offsetY } }) => shown !== undefined && props.onPoint?.(pane.current?.looking.pictureAt([offsetX, offsetY]))}
        onPointerLeave={() => props.onPoint?.(undefined)}
      />
      {(["left", "right", "top", "bottom"] as const).map((edge) => side[edge] && <span key={edge} className={`edge edge-${edge}`} aria-hidden="true">{side[edge]}</span>)}
      {cursor && <CursorMark cursor={cursor} />}
      {look && props.pointers && <Pointers pointers={props.pointers} pane={pane} look={look} />}
      {props.children}
      {failed ? (
        <div className="over"><ProblemView title={t("viewer.slice.failed", { index: index + 1 })} error={failed} onRetry={retry} /></div>
      ) : (
        shown !== index && <p className="over coming" role="status">{t("viewer.slice.loading", { index: index + 1 })}</p>
      )}
    </div>
  );
}

/** Where others point, by name; drawn anew whenever the picture lies otherwise. */
function Pointers({ pointers, pane, look }: { pointers: Pointer[]; pane: React.RefObject<Pane | undefined>; look: Look }): ReactElement {
  const layer = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    pointers.forEach(({ at }, nth) => {
      const shown = layer.current?.children[nth];
      const [x, y] = pane.current?.looking.windowAt(at) ?? [];
      if (shown instanceof HTMLElement) shown.style.transform = `translate(${x}px, ${y}px)`;
    });
  }, [pointers, pane, look]);
  return (
    <div ref={layer} aria-hidden="true">
      {pointers.map(({ who, name }) => (
        <span key={who} className="pointer" style={{ color: `var(--${hueOf(name)})` }}>
          <svg viewBox="0 0 16 16"><path d="M1 1l5 13 2.4-5.6L14 6z" /></svg>
          <b><span>{name}</span></b>
        </span>
      ))}
    </div>
  );
}

function CursorMark({ cursor }: { cursor: Cursor }): ReactElement {
  return (
    <svg className="cursor" aria-hidden="true">
      {[...cursor.set, cursor.at].map(([x, y], at) => <path key={at} d={`M${x - 10} ${y}h20M${x} ${y - 10}v20`} />)}
    </svg>
  );
}

/** What a key does to a measure drawn by keys: Enter sets a point, arrows move, Escape gives up. Undefined: nothing. */
function plotted(event: KeyboardEvent, tool: Tool, cursor: Cursor | undefined, host: HTMLElement | null): { cursor: Cursor | undefined; points?: Point[] } | undefined {
  if (tool !== "length" && tool !== "angle" && tool !== "ellipse") return undefined;
  if (!cursor) {
    if (event.key !== "Enter" || !host) return undefined;
    return { cursor: { at: [host.clientWidth / 2, host.clientHeight / 2], set: [] } };
  }
  const arrow = ARROWS[event.key];
  if (arrow) {
    const by = event.shiftKey ? FINE_PX : COARSE_PX;
    return { cursor: { ...cursor, at: [cursor.at[0] + arrow[0] * by, cursor.at[1] + arrow[1] * by] } };
  }
  if (event.key === "Escape") return { cursor: undefined };
  if (event.key !== "Enter") return undefined;
  const set = [...cursor.set, cursor.at];
  return set.length < POINTS[tool] ? { cursor: { ...cursor, set } } : { cursor: undefined, points: set };
}

function zoomed(key: string, pane: Pane | undefined): boolean {
  const factor = { "+": 1.25, "=": 1.25, "-": 0.8 }[key];
  if (factor) pane?.zoomBy(factor);
  if (key === "0") pane?.fit();
  return factor !== undefined || key === "0";
}

/** Keeps a `Pane` as the properties say. */
function usePane(host: React.RefObject<HTMLDivElement | null>, props: StageProps, onLook: (look: Look) => void): {
  pane: React.RefObject<Pane | undefined>; shown: number | undefined; failed: unknown; retry(): void;
} {
  const { t } = useText();
  const pane = useRef<Pane>(undefined);
  const [ready, setReady] = useState(false);
  const [shown, setShown] = useState<number>();
  const [failed, setFailed] = useState<unknown>();
  const latest = useRef({ props, t });
  useEffect(() => {
    latest.current = { props, t };
  });
  useEffect(() => {
    let gone = false;
    const heard: Heard = {
      onWanted: (index) => {
        setFailed(undefined);
        latest.current.props.onIndex(index);
      },
      onShown: (index) => {
        setFailed(undefined);
        setShown(index);
        latest.current.props.onSettled?.();
      },
      onFailed: (_, status) => {
        setFailed(new Problem({ status, code: status === 404 ? "images.not_found" : "images.unreadable" }));
        latest.current.props.onSettled?.();
      },
      onWindow: (values) => latest.current.props.onWindow(values),
      onMark: (mark) => latest.current.props.onMark(mark),
      onStroke: (mark) => latest.current.props.onStroke?.(mark),
      onLook: (look, byHand) => {
        onLook(look);
        latest.current.props.onLook?.(look, byHand);
      },
      words: (measured: Measured) =>
        lines(measured).map(([word, value, unit]) => latest.current.t(`viewer.measured.${word as "mean"}`, { value, unit })),
    };
    const begin = async (): Promise<void> => {
      const { Pane } = await loadPane();
      if (gone || !host.current) return;
      pane.current = new Pane(host.current, heard);
      setReady(true);
    };
    begin().catch((error: unknown) => setFailed(error));
    return () => {
      gone = true;
      pane.current?.end();
      pane.current = undefined;
    };
  }, [host, onLook]);
  useShown(pane, ready, props, setFailed);
  return { pane, shown, failed, retry: () => pane.current?.retry() };
}

function useShown(pane: React.RefObject<Pane | undefined>, ready: boolean, props: StageProps, onFailed: (error: unknown) => void): void {
  const { study, series, slices, index, tool, values, marks, settling, led, onOwn } = props;
  const [stacked, setStacked] = useState<Slice[]>();
  const first = useRef({ index, onOwn, onFailed });
  useEffect(() => {
    first.current = { index, onOwn, onFailed };
  });
  useEffect(() => {
    if (!ready || !pane.current) return;
    const pictures = slices.map((slice) => ({ study, series: series.id, slice, path: framePath(study, series.id, slice) }));
    const shown = pane.current;
    shown.show(pictures, first.current.index).then(
      () => {
        first.current.onOwn?.(shown.ownWindow);
        setStacked(slices);
      },
      () => undefined, // told by `onFailed` of the slice
    );
  }, [pane, ready, study, series.id, slices]);
  useEffect(() => {
    if (stacked) pane.current?.go(index);
  }, [pane, stacked, index]);
  useEffect(() => {
    pane.current?.settle(settling);
  }, [pane, ready, settling]);
  useEffect(() => {
    if (ready) pane.current?.use(tool);
  }, [pane, ready, tool]);
  useEffect(() => {
    if (stacked) pane.current?.window(values);
  }, [pane, stacked, values]);
  useEffect(() => {
    if (stacked) pane.current?.looking.put(led);
  }, [pane, stacked, led]);
  useEffect(() => {
    if (stacked) pane.current?.mark(marks.filter((one) => one.series === series.id));
  }, [pane, stacked, marks, series.id]);
}
