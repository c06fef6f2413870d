/** Files that the people of a case give each other: sent in pieces, looked at for viruses, opened, in the record. */
import { useId, useState, type ReactElement } from "react";
import { moment, number } from "../../../lib/format";
import { isText, problemText, useText } from "../../../lib/i18n";
import { documentAddress } from "../../../parts/uploads/Attached";
import { sizeOf } from "../../../parts/uploads/model";
import { Button } from "../../../ui/Button";
import { Card } from "../../../ui/Card";
import { Icon } from "../../../ui/Icon";
import { Tag } from "../../../ui/Tag";
import { Empty, Loading, ProblemView, Trouble, useSpan } from "../../../ui/views";
import type { Case } from "../model";
import { useFileAct, useFiles, useSender } from "./api";
import { leftOf, type CaseFile, type Sending } from "./model";
import type { Sender } from "./sender";
import "./files.css";

export function Files({ one }: { one: Case }): ReactElement {
  const { t } = useText();
  const files = useFiles(one.id);
  const { items, sender } = useSender(one.id);
  const hint = useId();
  const going = new Set(items.map(({ id }) => id));
  const there = files.data?.filter(({ id }) => !going.has(id)) ?? [];
  return (
    <Card title={t("files.title")}>
      <div className="files">
        <label className="btn pick">
          <Icon name="plus" /> {t("files.send")}
          <input
            type="file" className="sr" multiple aria-describedby={hint}
            onChange={({ target }) => {
              sender.add([...(target.files ?? [])].filter(({ size }) => size > 0));
              target.value = ""; // the same file may be chosen again
            }}
          />
        </label>
        <p id={hint} className="meta">{t("files.hint")}</p>
        {files.isPending && <Loading what={t("files.loading")} lines={2} />}
        {!files.isPending && !files.data && <ProblemView title={t("files.failed")} error={files.error} onRetry={() => void files.refetch()} />}
        {files.data && there.length + items.length === 0 && <Empty icon="file" title={t("files.none")} />}
        {there.length + items.length > 0 && (
          <ul>
            {items.map((sending) => <Going key={sending.key} one={sending} sender={sender} />)}
            {there.map((file) => <There key={file.id} id={one.id} patient={one.patient.id} file={file} />)}
          </ul>
        )}
      </div>
    </Card>
  );
}

function Going({ one, sender }: { one: Sending; sender: Sender }): ReactElement {
  const { t, lang } = useText();
  const long = useSpan();
  const percent = Math.floor((one.got / one.bytes) * 100);
  const left = leftOf(one);
  return (
    <li>
      <b>{one.name}</b>
      <span className="meta num">{t("files.sent", { got: sizeOf(one.got), bytes: sizeOf(one.bytes) })}</span>
      <div className="bar" role="progressbar" aria-label={one.name} aria-valuenow={percent} aria-valuemin={0} aria-valuemax={100}>
        <i style={{ width: `${percent}%` }} />
      </div>
      <span className="meta num">
        {one.state === "sending" && left !== undefined && t("files.rate", { rate: sizeOf(one.rate), left: long(Math.ceil(left)) })}
        {one.state === "sending" && left === undefined && t("uploads.percent", { percent: number(percent, lang) })}
        {one.state === "waiting" && t("uploads.waiting")}
        {one.state === "away" && t("files.away")}
      </span>
      {one.state === "failed" && <p role="alert">{problemText(t, one.error)}</p>}
      <span className="row">
        {one.state === "failed" && <Button icon="retry" onClick={() => sender.retry(one.key)}>{t("act.retry")}</Button>}
        <Button kind="quiet" icon="close" aria-label={t("files.cancel.of", { name: one.name })} onClick={() => sender.drop(one.key)}>{t("files.cancel")}</Button>
      </span>
    </li>
  );
}

const TAGS = { coming: "stale", whole: "brand", clean: "ok", unscanned: "medium", infected: "high", opened: "low" } as const;

function There({ id, patient, file }: { id: string; patient: string; file: CaseFile }): ReactElement {
  const { t, lang } = useText();
  const act = useFileAct(id);
  const [asks, setAsks] = useState(false);
  const why = `files.why.${file.found}`;
  const doing = (what: "open" | "drop"): { busy?: true } => (act.isPending && act.variables.act === what ? { busy: true } : {});
  return (
    <li>
      {file.document
        ? <a href={documentAddress(patient, "DocumentReference", file.document, 0)} target="_blank" rel="noopener noreferrer">{file.name}</a>
        : <b>{file.name}</b>}
      <span className="meta num">{sizeOf(file.bytes)} · {file.who.name} {moment(new Date(file.at), new Date(), lang)}</span>
      <span><Tag state={TAGS[file.state]}>{t(`files.state.${file.state}`)}</Tag></span>
      {file.state === "coming" && <p className="meta num">{t(file.mark ? "files.again" : "files.sent", { got: sizeOf(file.got), bytes: sizeOf(file.bytes) })}</p>}
      {file.state === "infected" && <p role="status">{t("files.infected", { virus: file.found })}</p>}
      {file.state === "unscanned" && <p>{isText(why) ? t(why) : ""}</p>}
      {file.opened_by && <p className="meta">{t("files.opened", { who: file.opened_by.name })}</p>}
      {asks && file.may_open && <p>{t("files.open.asks")}</p>}
      <span className="row">
        {file.may_open && !asks && <Button onClick={() => setAsks(true)} aria-label={t("files.open.of", { name: file.name })}>{t("files.open")}</Button>}
        {file.may_open && asks && <Button kind="danger" {...doing("open")} onClick={() => act.mutate({ act: "open", file: file.id })}>{t("files.open.yes")}</Button>}
        {file.may_open && asks && <Button kind="quiet" onClick={() => setAsks(false)}>{t("act.back")}</Button>}
        {file.may_drop && <Button kind="quiet" icon="close" {...doing("drop")} aria-label={t("files.cancel.of", { name: file.name })} onClick={() => act.mutate({ act: "drop", file: file.id })}>{t("files.cancel")}</Button>}
      </span>
      <Trouble error={act.error} />
    </li>
  );
}
