/** Reads a study as stacks of pictures: wheel, keys, slider or finger; windows; what is missing says so. */
import { useEffect, useState, type ReactElement, type ReactNode } from "react";
import { useText } from "../../lib/i18n";
import { Empty, Loading, ProblemView } from "../../ui/views";
import { useFirst, useSeries, useSlices } from "./api";
import type { Other } from "./Prior";
import { Reader } from "./Reader";
import { loadPane } from "./Stage";
import type { Together } from "./together";
import type { Kept } from "./useMarks";
import "./viewer.css";

interface Props {
  /** Study Instance UID */
  study: string;
  title: string;
  /** More of it is on its way. */
  arriving?: boolean;
  /** How many objects of it the page knows of: when there are more, what there is is asked for again. */
  objects?: number | undefined;
  /** The reader's access is about to end: only what is looked at is fetched, for a picture too late is a refusal. */
  settling?: boolean;
  /** Other studies of the same patient, to compare with. */
  others?: Other[];
  /** Where marks are kept; without it they last as long as the page. */
  kept?: Kept;
  /** Who else looks at it, and through whose eyes. */
  together?: Together | undefined;
  /** What stands above the pictures. */
  children?: ReactNode;
}

const NONE: Other[] = [];

export function StackViewer({ study, title, arriving = false, objects, settling = false, others = NONE, kept, together, children }: Props): ReactElement {
  const { t } = useText();
  const series = useSeries(study, objects);
  const [chosen, setChosen] = useState<string>();
  const led = together?.led?.study === study ? together.led.series : undefined;
  const [followed, setFollowed] = useState<string>();
  if (led !== followed) {
    setFollowed(led);
    if (led) setChosen(led); // and stays when one is led no more
  }
  const current = series.data?.find(({ id }) => id === chosen) ?? series.data?.[0];
  const first = useFirst(study, current);
  // The headers of all others are many, and are not to stand in the way of the first picture
  const [settled, setSettled] = useState<string>();
  const slices = useSlices(study, current, settled === current?.id || (!first.isPending && !first.data) || !first.isEnabled);
  // Until all are there the one in the middle is shown, where they will begin
  const shown = slices.data ?? first.data?.slices;
  useEffect(() => {
    loadPane().catch(() => undefined); // asked for again, and told of, where it is needed
  }, []);
  if (series.isPending) return <div className="viewer" data-theme="dark"><Loading what={t("viewer.loading", { title })} /></div>;
  if (!series.data) {
    return (
      <div className="viewer" data-theme="dark">
        <ProblemView title={t("viewer.failed")} error={series.error} onRetry={() => void series.refetch()} />
      </div>
    );
  }
  return (
    <section className="viewer" data-theme="dark" aria-label={t("viewer.label", { title })}>
      {series.data.length > 1 && (
        <div className="series" role="group" aria-label={t("viewer.series")}>
          {series.data.map(({ id, words, modality, number, count }) => (
            <button
              key={id} type="button" className={id === current?.id ? "btn on" : "btn"} aria-pressed={id === current?.id}
              onClick={() => {
                together?.breaks();
                setChosen(id);
              }}
            >
              {words || `${modality} ${number}`}
              {count !== undefined && <span className="num">{t("viewer.count", { count })}</span>}
            </button>
          ))}
        </div>
      )}
      {children}
      {arriving && <p className="arriving" role="status">{t("viewer.arriving")}</p>}
      {slices.isError && (
        <ProblemView title={t("viewer.failed")} error={slices.error} onRetry={() => void slices.refetch()} />
      )}
      {current && !shown && slices.isPending && <Loading what={t("viewer.loading", { title })} />}
      {slices.data?.length === 0 || !current ? (
        <Empty icon="image" title={t("viewer.empty")} />
      ) : (
        shown && (
          <Reader
            key={current.id} study={study} series={current} slices={shown} count={slices.data?.length ?? first.data?.count ?? 0}
            title={title} others={others} kept={kept} settling={settling} together={together}
            onSettled={() => setSettled(current.id)}
          />
        )
      )}
    </section>
  );
}
