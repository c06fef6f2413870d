/** Reads a study as stacks of pictures: wheel, keys, slider or finger; windows; what is missing says so. */
import { useState, type ReactElement } from "react";
import { useText } from "../../lib/i18n";
import { Empty, Loading, ProblemView } from "../../ui/views";
import { useInstances, useSeries } from "./api";
import { Stack } from "./Stack";
import "./viewer.css";

interface Props {
  /** Study Instance UID */
  study: string;
  title: string;
  /** More of it is on its way: what there is is asked for again. */
  arriving?: boolean;
  /** The reader's access is about to end: only what is looked at is fetched, for a picture too late is a refusal. */
  settling?: boolean;
}

export function StackViewer({ study, title, arriving = false, settling = false }: Props): ReactElement {
  const { t } = useText();
  const series = useSeries(study, arriving);
  const [chosen, setChosen] = useState<string>();
  const current = series.data?.find(({ id }) => id === chosen) ?? series.data?.[0];
  const instances = useInstances(study, current?.id, arriving);
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
              onClick={() => setChosen(id)}
            >
              {words || `${modality} ${number}`}
              {count !== undefined && <span className="num">{t("viewer.count", { count })}</span>}
            </button>
          ))}
        </div>
      )}
      {arriving && <p className="arriving" role="status">{t("viewer.arriving")}</p>}
      {instances.isError && (
        <ProblemView title={t("viewer.failed")} error={instances.error} onRetry={() => void instances.refetch()} />
      )}
      {current && instances.isPending && <Loading what={t("viewer.loading", { title })} />}
      {instances.data?.length === 0 || !current ? (
        <Empty icon="image" title={t("viewer.empty")} />
      ) : (
        instances.data && <Stack key={current.id} study={study} series={current} instances={instances.data} title={title} settling={settling} />
      )}
    </section>
  );
}
