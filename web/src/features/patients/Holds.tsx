/** What the record holds of a patient, by whom it was told and how lately: all of it goes with a request. */
import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactElement } from "react";
import type { Schemas } from "../../lib/api";
import { problemText, useText } from "../../lib/i18n";
import { Button } from "../../ui/Button";
import { Icon, type IconName } from "../../ui/Icon";
import { Shape } from "../../ui/Shape";
import { useAllergies, useDocuments, useFollow, useMedicines, useResults, useTimeline } from "./file/api";
import { Told } from "./file/FileCard";
import type { Source } from "./file/model";
import "./file/file.css";

export function Holds({ id }: { id: string }): ReactElement {
  const { t } = useText();
  useFollow(id);
  const visits = useTimeline(id);
  const results = useResults(id);
  const documents = useDocuments(id);
  const medicines = useMedicines(id);
  const allergies = useAllergies(id);
  return (
    <div className="goes">
      <h3>{t("request.goes")}</h3>
      <ul className="holds">
        {documents.data?.arriving.map((study) => <Arriving key={study.id} study={study} />)}
        <Row icon="calendar" word={t("holds.visits")} query={visits} found={({ items, total, last }) => ({ items, count: total, last })} />
        <Row icon="check" word={t("holds.results")} query={results} found={({ items, total, last }) => ({ items, count: total, last })} />
        <Row icon="image" word={t("holds.images")} query={documents} found={({ images, studies, last }) => ({ items: images, count: studies, last })} />
        <Row icon="file" word={t("holds.documents")} query={documents} found={(all) => ({ items: all.documents, count: all.total, last: all.last })} />
        <Row icon="plus" word={t("holds.medicines")} query={medicines} found={({ items, last }) => ({ items, count: items.length, last })} />
        <Row icon="shield" word={t("holds.allergies")} query={allergies} found={({ items, last }) => ({ items, count: items.length, last })} />
      </ul>
    </div>
  );
}

/** A study of which more images come: how many there are by now, since nobody says beforehand how many there will be. */
function Arriving({ study }: { study: Schemas["StudyLine"] }): ReactElement {
  const { t } = useText();
  return (
    <li>
      <span className="turning" aria-hidden="true" />
      <div className="grow" role="status">
        <b>{study.title || study.modality}</b>
        <span className="meta num">{t("holds.arriving", { count: study.instances })}</span>
      </div>
    </li>
  );
}

interface Found {
  items: readonly { source: Source }[];
  count: number;
  last: string | null;
}

interface RowProps<D> {
  icon: IconName;
  word: string;
  query: UseQueryResult<D>;
  found(data: D): Found;
}

/** One kind of what is there; one that could not be fetched is asked for again by itself, and holds nothing up. */
function Row<D>({ icon, word, query, found }: RowProps<D>): ReactElement {
  const { t } = useText();
  if (query.isPending) return <li aria-busy="true"><Icon name={icon} /><b className="grow">{word}</b><span className="meta">{t("holds.loading")}</span></li>;
  if (query.data === undefined) {
    return (
      <li className="failed">
        <Shape state="medium" size={22} />
        <div className="grow" role="alert"><b>{word}</b><span className="meta">{problemText(t, query.error)}</span></div>
        <Button icon="retry" onClick={() => void query.refetch()}>{t("act.retry")}</Button>
      </li>
    );
  }
  const { items, count, last } = found(query.data);
  return (
    <li>
      {count > 0 ? <Shape state="ok" size={22} /> : <Icon name={icon} />}
      <div className="grow"><b>{word}</b><Told items={items} last={count > 0 ? last : null} /></div>
      <span className="meta num">{count > 0 ? t("holds.count", { count }) : t("holds.none")}</span>
    </li>
  );
}
