/** A prior study beside the one that is read: the same place of the body, or a page of its own when out of step. */
import { useState, type KeyboardEvent, type ReactElement } from "react";
import { useText } from "../../lib/i18n";
import { Loading, ProblemView } from "../../ui/views";
import { useSeries, useSlices } from "./api";
import { onPicture } from "./marks";
import { counterpart, inStep, offsetMm, stay, type Series, type Slice, type Values, type Window } from "./model";
import { Overlay } from "./Overlay";
import { Stage } from "./Stage";
import type { Tool } from "./pane";
import type { Marks } from "./useMarks";

/** Another study of the patient. */
export interface Other {
  /** Study Instance UID */
  id: string;
  title: string;
}

interface Beside {
  series: Series;
  slices: Slice[];
  index: number;
}

interface Props {
  other: Other;
  beside: Beside;
  tool: Tool;
  values: Values | undefined;
  window: Window;
  marks: Marks;
  settling: boolean;
  /** Turns the pages of the study that is read. */
  onIndex(index: number): void;
  onWindow(values: Values): void;
  onKey(event: KeyboardEvent): void;
}

export function Prior(props: Props): ReactElement {
  const { other, beside } = props;
  const { t } = useText();
  const list = useSeries(other.id);
  const series = list.data && counterpart(beside.series, list.data);
  const slices = useSlices(other.id, series);
  const error = list.error ?? slices.error;
  if (error) return <div className="stage waits"><ProblemView title={t("viewer.failed")} error={error} onRetry={() => void list.refetch()} /></div>;
  if (!series && list.data) return <div className="stage waits"><p className="over">{t("viewer.empty")}</p></div>;
  if (!series || !slices.data?.length) return <div className="stage waits"><Loading what={t("viewer.loading", { title: other.title })} /></div>;
  return <Loaded {...props} series={series} slices={slices.data} />;
}

function Loaded({ other, beside, series, slices, tool, values, window, marks, settling, onIndex, onWindow, onKey }: Props & { series: Series; slices: Slice[] }): ReactElement {
  const { t } = useText();
  // What of the two stacks is the same place: in step from the start, or from where the reader put them
  const [step, setStep] = useState<{ offset: number } | undefined>({ offset: 0 });
  const [free, setFree] = useState(0);
  const linked = step && inStep(beside.slices, beside.index, slices, step.offset);
  const index = stay(linked ?? free, slices.length);
  const slice = slices[index];
  const turn = (to: number): void => {
    if (step) onIndex(inStep(slices, to, beside.slices, -step.offset));
    else setFree(to);
  };
  return (
    <Stage
      study={other.id} series={series} slices={slices} index={index} tool={tool} settling={settling} values={values} marks={marks.marks}
      label={t("viewer.stage.prior", { title: other.title, index: index + 1, count: slices.length })}
      onIndex={turn} onWindow={onWindow} onKey={onKey}
      onMark={(mark) => marks.do({ before: marks.marks.find(({ id }) => id === mark.id), after: mark })}
    >
      <Overlay series={series} slice={slice} window={window} own={values} before={t("viewer.prior")} marked={onPicture(marks.marks, slice?.id ?? "", slice?.frame ?? 1)} />
      <button
        type="button" className={step ? "btn on instep" : "btn instep"} aria-pressed={step !== undefined}
        onClick={() => {
          setFree(index);
          setStep(step ? undefined : { offset: offsetMm(beside.slices[beside.index], slice) });
        }}
      >
        {t("viewer.instep")}
      </button>
    </Stage>
  );
}
