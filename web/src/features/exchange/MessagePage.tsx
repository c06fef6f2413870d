/** A message with its segments beside what became of it; one that waits is mended and replayed here, or given up. */
import type { ReactElement } from "react";
import { Link, useParams } from "react-router";
import { moment } from "../../lib/format";
import { useText } from "../../lib/i18n";
import { useReason } from "../../lib/reasons";
import { useTitle } from "../../lib/title";
import { Card } from "../../ui/Card";
import { Icon } from "../../ui/Icon";
import { Shape } from "../../ui/Shape";
import { Empty, Loading, ProblemView } from "../../ui/views";
import { useMessage, usePeers } from "./api";
import { faultIn, MESSAGE_LOOK, type Message } from "./model";
import { Mend } from "./Mend";
import { Segments } from "./Segments";
import { MessageTag } from "./Tags";
import "./exchange.css";

export function MessagePage(): ReactElement {
  const { id = "" } = useParams();
  const { t } = useText();
  useTitle(t("exchange.message"));
  const query = useMessage(id);
  if (!query.data) {
    return (
      <>
        <h1 className="sr">{t("exchange.message")}</h1>
        <Card>
          {query.isPending ? (
            <Loading what={t("exchange.message.loading")} />
          ) : (
            <ProblemView title={t("exchange.message.failed")} error={query.error} onRetry={() => void query.refetch()} />
          )}
        </Card>
      </>
    );
  }
  const { message, segments, text, mended } = query.data;
  const fault = message.code ? faultIn(segments, message.place) : null;
  return (
    <>
      <Head message={message} />
      <Outcome message={message} pointed={fault !== null} />
      <div className="cols case message">
        <Card title={t("exchange.segments")} aside={t("exchange.segments.count", { count: segments.length })} flush>
          {segments.length === 0 ? <Empty title={t("exchange.segments.none")} /> : <Segments segments={segments} fault={fault} />}
        </Card>
        <div className="stack">
          {message.state === "waiting" && <Card title={t("exchange.mend")}><Mend key={message.id} message={message} text={mended || text} /></Card>}
          <Card title={t("exchange.became")} aside={t("exchange.count", { count: message.became.length })} flush><Became message={message} /></Card>
          <Card title={t("exchange.facts")}><Facts message={message} mended={mended !== ""} /></Card>
        </div>
      </div>
    </>
  );
}

function Head({ message }: { message: Message }): ReactElement {
  const { t } = useText();
  const peers = usePeers();
  const peer = peers.data?.items.find(({ id }) => id === message.sender);
  return (
    <div className="pagehead">
      <Link
        to={peer ? `/interfaces/peers/${encodeURIComponent(peer.id)}` : "/interfaces"} className="btn quiet icon" aria-label={t("act.back")}
      >
        <Icon name="left" size={26} />
      </Link>
      <h1 className="num">{message.kind || t("exchange.kindless")}</h1>
      <span className="beside">{peer?.name ?? message.sender}</span>
      <MessageTag state={message.state} />
    </div>
  );
}

function Outcome({ message, pointed }: { message: Message; pointed: boolean }): ReactElement {
  const { t } = useText();
  const reason = useReason();
  const look = MESSAGE_LOOK[message.state];
  return (
    <section className={`where outcome ${look ?? ""}`} role="status">
      {look && <Shape state={look} size={34} />}
      <div className="grow">
        <h2>{message.code ? reason(message.code) : t(`exchange.outcome.${message.state}`)}</h2>
        <p>
          {message.place && <b className="num">{message.place} </b>}
          {t(`exchange.then.${message.state}`)} {pointed && <a href="#fault">{t("exchange.fault.show")}</a>}
        </p>
      </div>
    </section>
  );
}

function Became({ message }: { message: Message }): ReactElement {
  const { t } = useText();
  if (message.became.length === 0) return <Empty title={t("exchange.became.none")}>{t(`exchange.became.none.${message.state}`)}</Empty>;
  return (
    <>
      <ul className="rows">
        {message.became.map(({ type, id, version }) => (
          <li key={`${type}/${id}`}>
            <a className="rowlink" href={`/fhir/R4/${type}/${id}/_history/${version}`} target="_blank" rel="noreferrer">
              <div className="what">
                <h3>{type}</h3>
                <p className="meta num">{id}</p>
              </div>
              <span className="meta num">{t("exchange.version", { version })}</span>
              <Icon name="right" />
            </a>
          </li>
        ))}
      </ul>
      <p className="lead meta">{t("exchange.became.rights")}</p>
    </>
  );
}

function Facts({ message, mended }: { message: Message; mended: boolean }): ReactElement {
  const { t, lang } = useText();
  const at = (time: string | null): string => (time ? moment(new Date(time), new Date(), lang) : "—");
  const rows: [string, string][] = [
    [t("exchange.fact.control"), message.control],
    [t("exchange.fact.sent"), at(message.sent)],
    [t("exchange.fact.received"), at(message.received)],
    [t("exchange.fact.settled"), at(message.settled)],
    [t("exchange.field.charset"), message.charset],
    [t("exchange.fact.patient"), message.patient],
    [t("exchange.fact.by"), message.ended_by],
    [t("exchange.fact.reason"), message.reason],
  ];
  return (
    <div className="stack">
      <dl className="facts-list num">
        {rows.filter(([, value]) => value).map(([word, value]) => <Row key={word} word={word} value={value} />)}
      </dl>
      {message.repeated && <p className="row"><Shape state="medium" />{t("exchange.repeated")}</p>}
      {mended && <p className="meta">{t("exchange.mended")}</p>}
    </div>
  );
}

function Row({ word, value }: { word: string; value: string }): ReactElement {
  return <><dt>{word}</dt><dd>{value}</dd></>;
}
