/** Images by their thumbnails, and what is written: reports with their conclusion, files that open where that is safe. */
import { useState, type ReactElement } from "react";
import { Link } from "react-router";
import type { Schemas } from "../../../lib/api";
import { fhirMoment } from "../../../lib/format";
import { isText, useText } from "../../../lib/i18n";
import { useTitle } from "../../../lib/title";
import { Card } from "../../../ui/Card";
import { useWarmViewer } from "../../../parts/viewer/warm";
import { Icon } from "../../../ui/Icon";
import { Empty, Loading, ProblemView } from "../../../ui/views";
import { Attached, documentAddress } from "../../../parts/uploads/Attached";
import { mediaOf } from "../../../parts/uploads/model";
import { thumbnail, useDocuments } from "./api";
import { FileCard, Told } from "./FileCard";
import { FileHead, useWhose } from "./FileHead";
import { Status } from "./Results";
import "./file.css";

type Document = Schemas["Document"];
const PICTURES = 4;
const PAPERS = 4;

export function DocumentsCard({ id, base }: { id: string; base: string }): ReactElement {
  const { t } = useText();
  const query = useDocuments(id);
  return (
    <FileCard
      query={query} title={t("file.documents")} loading={t("file.documents.loading")} failed={t("file.documents.failed")} className="in-docs" lines={6}
      aside={({ images, documents, last }) => <Told items={[...images, ...documents]} last={last} />}
      footer={({ studies, total }) => studies + total > 0 && (
        <Link className="btn quiet" to={`${base}/documents`}>{t("file.documents.all", { studies, documents: total })}<Icon name="right" /></Link>
      )}
    >
      {({ images, documents }) =>
        images.length + documents.length === 0 ? (
          <Empty icon="image" title={t("file.documents.empty")}>{t("file.empty.note")}</Empty>
        ) : (
          <>
            {images.length > 0 && <ul className="thumbs">{images.slice(0, PICTURES).map((one) => <Picture key={one.id} one={one} base={base} />)}</ul>}
            {documents.length > 0 && <ul className="rows papers">{documents.slice(0, PAPERS).map((one) => <Paper key={`${one.type}/${one.id}`} one={one} patient={id} />)}</ul>}
          </>
        )}
    </FileCard>
  );
}

/** Everything, under two headlines. */
export function DocumentsPage({ mine }: { mine?: string }): ReactElement {
  const { t } = useText();
  useTitle(t("file.documents"));
  const { id, base } = useWhose(mine);
  const query = useDocuments(id, true);
  const { data } = query;
  const missing = query.isPending ? (
    <Loading what={t("file.documents.loading")} lines={8} />
  ) : (
    <ProblemView title={t("file.documents.failed")} error={query.error} onRetry={() => void query.refetch()} />
  );
  return (
    <>
      <FileHead id={id} back={base} />
      <Card title={t("file.images")} className="file-card" flush aside={data && <>{t("file.of", { shown: data.images.length, count: data.studies })} · <Told items={data.images} last={data.last} /></>}>
        {!data ? missing : data.images.length === 0 ? <Empty icon="image" title={t("studies.empty")} /> : (
          <ul className="thumbs many">{data.images.map((one) => <Picture key={one.id} one={one} base={base} />)}</ul>
        )}
      </Card>
      {data && (
        <Card title={t("file.papers")} className="file-card" flush aside={<>{t("file.of", { shown: data.documents.length, count: data.total })} · <Told items={data.documents} last={data.last} /></>}>
          {data.documents.length === 0 ? <Empty title={t("file.papers.empty")} /> : (
            <ul className="rows papers">{data.documents.map((one) => <Paper key={`${one.type}/${one.id}`} one={one} patient={id} whole />)}</ul>
          )}
        </Card>
      )}
    </>
  );
}

function Picture({ one, base }: { one: Document; base: string }): ReactElement {
  const { t, lang } = useText();
  const [broken, setBroken] = useState(false);
  useWarmViewer();
  const facts = [one.at && fhirMoment(one.at, new Date(), lang), one.images !== null && t("viewer.count", { count: one.images }), one.source.name];
  return (
    <li>
      <Link to={`${base}/studies/${one.study}`}>
        <figure>
          {broken ? <Icon name="image" size={30} /> : <img src={thumbnail(one.study)} alt="" loading="lazy" onError={() => setBroken(true)} />}
        </figure>
        <b>{one.title || "—"}</b>
        <span className="meta num">{facts.filter(Boolean).join(" · ")}</span>
      </Link>
    </li>
  );
}

function Paper({ one, patient, whole }: { one: Document; patient: string; whole?: boolean }): ReactElement {
  const { t, lang } = useText();
  return (
    <li>
      <Icon name="file" />
      <div className="what">
        <h3>{one.title || t("file.paper")} <Status status={one.status} /></h3>
        {one.conclusion && <p className={whole ? "prose" : "prose short"}>{one.conclusion}</p>}
        <p className="meta num">{[one.at && fhirMoment(one.at, new Date(), lang), one.source.name].filter(Boolean).join(" · ")}</p>
      </div>
      {one.attachments.map((file) => {
        const kind = `file.kind.${file.type}`;
        const word = isText(kind) ? t(kind) : t("file.kind.other");
        if (!file.here) return <span key={file.number} className="meta">{t("file.elsewhere")}</span>;
        if (mediaOf(file.type) !== "paper") {
          return <Attached key={file.number} address={documentAddress(patient, one.type, one.id, file.number)} title={file.title} type={file.type} bytes={file.bytes} />;
        }
        return (
          <a key={file.number} className="btn quiet" href={documentAddress(patient, one.type, one.id, file.number)} target="_blank" rel="noopener noreferrer">
            {t("file.open", { kind: word })}<span className="sr">{one.title}</span>
          </a>
        );
      })}
    </li>
  );
}
