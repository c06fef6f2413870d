/** Why one sees this file and until when, under which consent, what is held back and why. */
import { useState, type ReactElement } from "react";
import type { Schemas } from "../../../lib/api";
import { fhirMoment } from "../../../lib/format";
import { isText, useText, type T } from "../../../lib/i18n";
import { Button } from "../../../ui/Button";
import { Card } from "../../../ui/Card";
import { Icon } from "../../../ui/Icon";
import { Tag } from "../../../ui/Tag";
import { Empty, Failed, Loading, ProblemView } from "../../../ui/views";
import { useShownText, useSight } from "./api";
import { FileCard } from "./FileCard";

type Sight = Schemas["Sight"];
type Given = Schemas["Given"];

/** Who gave it and how, as we publish it: "patient, signed". */
function givenBy(said: string, t: T): string {
  return said.split(", ").map((word, index) => {
    const key = index === 0 ? `consent.by.${word}` : `consent.how.${word}`;
    return isText(key) ? t(key) : word;
  }).filter(Boolean).join(" · ");
}

const inForce = (sight: Sight): Given | undefined => {
  const cases = sight.reasons.map(({ consultation }) => consultation).filter(Boolean);
  return sight.consents.find(({ id, status }) => status === "active" && cases.includes(id));
};

export function Why({ id }: { id: string }): ReactElement {
  const { t, lang } = useText();
  const query = useSight(id);
  const [open, setOpen] = useState(false);
  const sight = query.data;
  if (!sight) {
    return (
      <div className="sight coming-in">
        <Icon name="shield" />
        {query.isPending ? <span role="status">{t("file.why.loading")}</span> : <Failed title={t("file.why.failed")} error={query.error} onRetry={() => void query.refetch()} />}
      </div>
    );
  }
  const reason = sight.reasons[0];
  const given = inForce(sight);
  return (
    <section className="sight" aria-label={t("file.why")}>
      <Icon name="shield" />
      <b>{t("file.why")}</b>
      <span className="strong num">{reason ? t(`file.why.${reason.kind}`, { house: reason.house, at: reason.since ? fhirMoment(reason.since, new Date(), lang) : "" }) : t("file.why.unsaid")}</span>
      {reason && <span className="num">{reason.until ? t("file.until.at", { at: fhirMoment(reason.until, new Date(), lang) }) : t(`file.until.${reason.kind}`)}</span>}
      {given && <span className="num">{t("file.given", { at: fhirMoment(given.at, new Date(), lang), how: givenBy(given.said, t) })}</span>}
      {sight.consents.length > 0 && (
        <Button kind="quiet" aria-expanded={open} onClick={() => setOpen(!open)}>{t("file.consents.show", { count: sight.consents.length })}</Button>
      )}
      {open && <div className="consents-open"><h2 className="sr">{t("file.consents")}</h2><Consents given={sight.consents} /></div>}
    </section>
  );
}

/** Every consent, newest first, with the text it was given to. */
export function Consents({ given }: { given: Given[] }): ReactElement {
  const { t, lang } = useText();
  if (given.length === 0) return <Empty icon="shield" title={t("file.consents.empty")} />;
  return (
    <ul className="rows">
      {given.map((one) => (
        <li key={one.id}>
          <div className="what">
            <h3>{one.to ? t("file.consent.to", { to: one.to }) : t("file.consent")}</h3>
            <p className="meta num">{[givenBy(one.said, t), one.at && fhirMoment(one.at, new Date(), lang)].filter(Boolean).join(" · ")}</p>
            {one.version && <Text version={one.version} />}
          </div>
          <Tag state={one.status === "active" ? "ok" : "stale"}>{t(one.status === "active" ? "file.consent.active" : "file.consent.over")}</Tag>
        </li>
      ))}
    </ul>
  );
}

function Text({ version }: { version: string }): ReactElement {
  const { t } = useText();
  const [open, setOpen] = useState(false);
  return (
    <details className="shown-text" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{t("consent.read", { version })}</summary>
      {open && <Words version={version} />}
    </details>
  );
}

function Words({ version }: { version: string }): ReactElement {
  const { t, lang } = useText();
  const query = useShownText(version);
  if (query.isPending) return <Loading what={t("consent.loading")} lines={2} />;
  if (!query.data) return <ProblemView title={t("file.consent.failed")} error={query.error} onRetry={() => void query.refetch()} />;
  const words = query.data.text[lang] ?? query.data.text.zh ?? "";
  return <>{words.split("\n").filter(Boolean).map((line, index) => <p key={index} className={line.startsWith("# ") ? "title" : ""}>{line.replace(/^# /, "")}</p>)}</>;
}

export function ConsentCard({ id }: { id: string }): ReactElement {
  const { t } = useText();
  const query = useSight(id);
  return (
    <FileCard query={query} title={t("file.consents")} loading={t("file.why.loading")} failed={t("file.consents.failed")} className="in-consents" lines={2}>
      {({ consents }) => <Consents given={consents} />}
    </FileCard>
  );
}

/** How much is closed to this reader, by kind; nothing of what it says. */
export function HeldCard({ id }: { id: string }): ReactElement {
  const { t } = useText();
  const query = useSight(id);
  return (
    <FileCard query={query} title={t("file.held")} loading={t("file.held.loading")} failed={t("file.held.failed")} className="in-held" lines={3} aside={({ held }) => held.length > 0 && t("file.held.note")}>
      {(sight) => (
        <ul className="held">
          {sight.held.length === 0 && <li><Icon name="check" /><span>{t("file.held.none")}</span></li>}
          {sight.held.map(({ type, count }) => {
            const word = `file.type.${type}`;
            return (
              <li key={type} className="hatch">
                <Icon name="lock" />
                <span>
                  <b className="num">{t("file.held.some", { what: isText(word) ? t(word) : type, count })}</b>
                  <span className="meta">{t(sight.reasons[0]?.kind === "consultation" ? "file.held.consultation" : "file.held.house")}</span>
                </span>
              </li>
            );
          })}
          {sight.reasons[0]?.kind !== "self" && <li><Icon name="id" /><span><b>{t("file.held.number")}</b><span className="meta">{t("file.held.number.why")}</span></span></li>}
        </ul>
      )}
    </FileCard>
  );
}

export function HeldTag({ id }: { id: string }): ReactElement | null {
  const { t } = useText();
  const count = useSight(id).data?.held.reduce((sum, one) => sum + one.count, 0) ?? 0;
  return count > 0 ? <Tag icon="lock">{t("file.held.tag", { count })}</Tag> : null;
}

/** The page when the file itself does not open. */
export function Closed({ error, onRetry }: { error: unknown; onRetry(): void }): ReactElement {
  const { t } = useText();
  return (
    <>
      <h1 className="sr">{t("patient.title")}</h1>
      <Card><ProblemView title={t("patient.failed")} error={error} onRetry={onRetry} /></Card>
    </>
  );
}
