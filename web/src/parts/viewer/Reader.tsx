/** One stack to read: tools, windows, key images, undo, and a prior study beside it in step. */
import { useEffect, useMemo, useRef, useState, type KeyboardEvent, type ReactElement } from "react";
import { moment } from "../../lib/format";
import { useText } from "../../lib/i18n";
import { newKey } from "../../lib/ids";
import { Trouble } from "../../ui/views";
import { keyImages, onPicture, whose, type Mark } from "./marks";
import { stay, windowsFor, type Series, type Slice, type Values, type Window } from "./model";
import { Overlay } from "./Overlay";
import { Prior, type Other } from "./Prior";
import { Stage } from "./Stage";
import type { Tool } from "./pane";
import { hueOf, type Look, type Together } from "./together";
import { ToolRow } from "./ToolRow";
import { useMarks, type Kept, type Marks } from "./useMarks";

interface Props {
  study: string;
  series: Series;
  slices: Slice[];
  /** How many there are; `slices` is the one in the middle until all have come. */
  count: number;
  title: string;
  /** Other studies of the same patient, newest first. */
  others: Other[];
  kept: Kept | undefined;
  settling: boolean;
  together: Together | undefined;
  /** A picture stands, or could not be fetched. */
  onSettled(): void;
}

/** Keys that hold while the picture has the focus. */
const TOOL_KEYS: Record<string, Tool> = {
  s: "turn", w: "window", p: "pan", z: "zoom", l: "length", a: "angle", e: "ellipse",
};

export function Reader({ study, series, slices, count, title, others, kept, settling, together, onSettled }: Props): ReactElement {
  const { t } = useText();
  const [index, setIndex] = useState(Math.floor((count - 1) / 2));
  const [tool, setTool] = useState<Tool>("turn");
  const [own, setOwn] = useState<Values>();
  const [chosen, setChosen] = useState<Window>();
  const [comparing, setComparing] = useState<Other>();
  const windows = useMemo(() => windowsFor(series.modality, own), [series.modality, own]);
  const window = chosen ?? windows[0] ?? { name: "own" as const };
  const marks = useMarks(kept);
  const coming = slices.length < count;
  const at = coming ? 0 : stay(index, count);
  const shownAt = coming ? Math.floor((count - 1) / 2) : at;
  const slice = slices[at];
  const led = useLed(together, slices, windows, (to) => setIndex(to), setChosen);
  const turn = (to: number): void => {
    if (coming) return;
    if (to !== at) together?.breaks();
    setIndex(to);
  };
  const choose = (window: Window): void => {
    together?.breaks();
    setChosen(window);
  };
  const looks = useLooks(together, study, series, coming ? undefined : slice, chosen?.values);
  const toggleKey = useKeyImage(study, series, slice, marks);
  const key = (event: KeyboardEvent): void => {
    const held = event.ctrlKey || event.metaKey;
    const pressed = event.key.toLowerCase();
    const preset = windows[Number(event.key) - 1];
    if ((held && pressed === "z") || (!held && pressed === "u")) marks.undo?.();
    else if (held || event.altKey) return;
    else if (pressed === "k") toggleKey();
    else if (TOOL_KEYS[pressed]) setTool(TOOL_KEYS[pressed]);
    else if (preset) choose(preset);
    else return;
    event.preventDefault();
  };
  const dragged = (values: Values): void => choose({ name: "dragged", values });
  const strokes = together?.strokes.filter(({ id }) => !marks.marks.some((one) => one.id === id)) ?? NO_MARKS;
  const all = useMemo(() => (strokes.length > 0 ? [...marks.marks, ...strokes] : marks.marks), [marks.marks, strokes]);
  const pointers = together?.pointers.filter(({ instance, frame }) => instance === slice?.id && frame === slice.frame);
  const shared = { tool, settling, values: window.values ?? own, onWindow: dragged, onKey: key };
  return (
    <>
      <Windows windows={windows} window={window} onChoose={choose} others={others} comparing={comparing} onCompare={setComparing} />
      <div className={comparing ? "sheets" : "sheets single"}>
        <Stage
          {...shared} study={study} series={series} slices={slices} index={at} marks={all} onIndex={turn} onOwn={setOwn} onSettled={onSettled}
          label={t("viewer.stage", { title, index: shownAt + 1, count })} onMark={(mark) => keep(marks, mark)}
          led={led} pointers={pointers} onLook={looks} onStroke={together?.draws}
          onPoint={(point) => together?.points(slice && point && { instance: slice.id, frame: slice.frame, at: point })}
        >
          <Overlay series={series} slice={slice} window={window} own={own} marked={onPicture(marks.marks, slice?.id ?? "", slice?.frame ?? 1)} />
        </Stage>
        {comparing && (
          <Prior key={comparing.id} {...shared} other={comparing} beside={{ series, slices, index: at }} window={window} marks={marks} onIndex={setIndex} />
        )}
      </div>
      <ToolRow tool={tool} onTool={setTool} marks={marks} isKey={isKey(marks.marks, slice)} onKey={toggleKey}>
        <input
          type="range" min={1} max={count} value={shownAt + 1} aria-label={t("viewer.scrub")}
          aria-valuetext={t("viewer.slice", { index: shownAt + 1, count })} onChange={(event) => turn(Number(event.target.value) - 1)}
        />
        <output className="num"><b>{shownAt + 1}</b> / {t("viewer.count", { count })}</output>
      </ToolRow>
      <Keys series={series} slices={slices} marks={marks.marks} onGo={setIndex} />
      <Whose marks={marks.marks} />
      <Trouble error={marks.error} />
    </>
  );
}

const NO_MARKS: Mark[] = [];

/** Goes where the leader is; the answer is how they see it. */
function useLed(together: Together | undefined, slices: Slice[], windows: Window[], go: (index: number) => void, choose: (window: Window) => void): Look | undefined {
  const led = together?.led;
  const [followed, setFollowed] = useState<{ led: typeof led; slices: Slice[] }>();
  if (led && (followed?.led !== led || followed.slices !== slices)) {
    setFollowed({ led, slices });
    const at = slices.findIndex(({ id, frame }) => id === led.instance && frame === led.frame);
    if (at >= 0) go(at);
    const { window } = led;
    const same = windows.find(({ values }) => (window ? values?.[0] === window[0] && values[1] === window[1] : !values));
    choose(same ?? (window ? { name: "dragged", values: window } : { name: "own" }));
  }
  const [x, y, width, height] = [...(led?.focus ?? []), ...(led?.extent_mm ?? [])];
  return useMemo(
    () => (x === undefined || y === undefined || width === undefined || height === undefined ? undefined : { focus: [x, y], extent_mm: [width, height] }),
    [x, y, width, height],
  );
}

/** Tells where this page looks, whatever of it changed. */
function useLooks(together: Together | undefined, study: string, series: Series, slice: Slice | undefined, values: Values | undefined): (look: Look, byHand: boolean) => void {
  const [look, setLook] = useState<Look>();
  const latest = useRef(together);
  useEffect(() => {
    latest.current = together;
  });
  const leading = together?.leading ?? false;
  useEffect(() => {
    if (!leading || !look || !slice) return;
    latest.current?.looks({ ...look, study, series: series.id, instance: slice.id, frame: slice.frame, window: values ?? null });
  }, [leading, look, study, series.id, slice, values]);
  return (now, byHand) => {
    if (byHand) together?.breaks();
    setLook(now);
  };
}

function keep(marks: Marks, mark: Mark): void {
  marks.do({ before: marks.marks.find(({ id }) => id === mark.id), after: mark });
}

const isKey = (marks: Mark[], slice: Slice | undefined): boolean =>
  onPicture(marks, slice?.id ?? "", slice?.frame ?? 1).some(({ kind }) => kind === "key");

function useKeyImage(study: string, series: Series, slice: Slice | undefined, marks: Marks): () => void {
  return () => {
    if (!slice || !marks.writable) return;
    const there = onPicture(marks.marks, slice.id, slice.frame).find(({ kind }) => kind === "key");
    const added: Mark = {
      id: newKey(), kind: "key", study, series: series.id, instance: slice.id, frame: slice.frame, points: [], measured: {},
    };
    marks.do(there ? { before: there, after: undefined } : { before: undefined, after: added });
  };
}

interface WindowsProps {
  windows: Window[];
  window: Window;
  onChoose(window: Window): void;
  others: Other[];
  comparing: Other | undefined;
  onCompare(other: Other | undefined): void;
}

function Windows({ windows, window, onChoose, others, comparing, onCompare }: WindowsProps): ReactElement {
  const { t } = useText();
  return (
    <div className="windows" role="group" aria-label={t("viewer.windows")}>
      {windows.map((each) => (
        <button
          key={each.name} type="button" className={each.name === window.name ? "btn on" : "btn"}
          aria-pressed={each.name === window.name} onClick={() => onChoose(each)}
        >
          {t(`viewer.window.${each.name}`)}
        </button>
      ))}
      {others.length > 0 && (
        <select
          className="btn" aria-label={t("viewer.compare")} value={comparing?.id ?? ""}
          onChange={(event) => onCompare(others.find(({ id }) => id === event.target.value))}
        >
          <option value="">{t("viewer.compare.none")}</option>
          {others.map(({ id, title }) => <option key={id} value={id}>{t("viewer.compare.with", { title })}</option>)}
        </select>
      )}
    </div>
  );
}

interface KeysProps {
  series: Series;
  slices: Slice[];
  marks: Mark[];
  onGo(index: number): void;
}

/** The key images of this stack, to go back to. */
function Keys({ series, slices, marks, onGo }: KeysProps): ReactElement | null {
  const { t } = useText();
  const places = keyImages(marks, series.id)
    .map((mark) => slices.findIndex((one) => one.id === mark.instance && one.frame === mark.frame))
    .filter((at) => at >= 0)
    .sort((a, b) => a - b);
  if (places.length === 0) return null;
  return (
    <div className="keys" role="group" aria-label={t("viewer.keys")}>
      <span className="meta">{t("viewer.keys")}</span>
      {places.map((at) => (
        <button key={at} type="button" className="btn num" onClick={() => onGo(at)}>{t("viewer.keys.go", { index: at + 1 })}</button>
      ))}
    </div>
  );
}

/** Whose marks these are and from when: after a correction of the words they stay as they were signed. */
function Whose({ marks }: { marks: Mark[] }): ReactElement | null {
  const { t, lang } = useText();
  const told = whose(marks);
  if (!told) return null;
  const when = told.at && moment(new Date(told.at), new Date(), lang);
  return (
    <p className="keys meta num">
      {t("viewer.marked", { count: told.count })} · {told.who.map((name) => <span key={name} className="hue" style={{ color: `var(--${hueOf(name)})` }}>{name}</span>)}
      {when && ` · ${when}`}
    </p>
  );
}
