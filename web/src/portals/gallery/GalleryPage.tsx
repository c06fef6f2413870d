/** Every primitive in every state, for whoever builds or judges a page. The people in it are invented. */
import { Input } from "antd";
import { useState, type ReactElement, type ReactNode } from "react";
import { useText } from "../../lib/i18n";
import { Problem } from "../../lib/problem";
import { useTitle } from "../../lib/title";
import { Button } from "../../ui/Button";
import { Card } from "../../ui/Card";
import { Choice } from "../../ui/Choice";
import { DayStrip } from "../../ui/DayStrip";
import { Field } from "../../ui/Field";
import { Icon, Logo } from "../../ui/Icon";
import { IdentityCheck } from "../../ui/IdentityCheck";
import { Receipts } from "../../ui/Receipts";
import { RingBanner } from "../../ui/RingBanner";
import { Sparkline } from "../../ui/Sparkline";
import { Stat } from "../../ui/Stat";
import { Suggestion } from "../../ui/Suggestion";
import { LangSwitch, PresenceSwitch, ThemeSwitch, type Presence } from "../../ui/switches";
import { Tag } from "../../ui/Tag";
import { Who } from "../../ui/Who";
import { Alarms } from "./Alarms";
import { Views } from "./Views";
import "./gallery.css";

const nothing = (): void => undefined;

export function GalleryPage(): ReactElement {
  const { t } = useText();
  useTitle(t("gallery.title"));
  return (
    <div className="gallery">
      <header className="bare-head">
        <Logo />
        <h1>{t("gallery.title")}</h1>
        <span className="meta">{t("gallery.line")}</span>
        <div className="top-end"><ThemeSwitch /><LangSwitch /></div>
      </header>
      <main className="page">
        <Card>
          <div className="row wide">
            <Who person={{ name: t("gallery.name"), sex: "female", birth_date: "1958-11-02", number: "6101**********1628", number_kind: "card" }} />
            <Tag state="high">{t("gallery.allergy")}</Tag>
            <Tag icon="lock">{t("gallery.restricted")}</Tag>
          </div>
        </Card>
        <Ring />
        <Part title={t("gallery.views")}><Views /></Part>
        <Part title={t("gallery.alarms")}><Alarms /></Part>
        <div className="grid-3">
          <Buttons />
          <Card title={t("gallery.suggestion")}>
            <Suggestion
              finding={t("gallery.finding")} evidence={t("gallery.evidence")} onAccept={nothing} onChange={nothing} onReject={nothing}
            />
          </Card>
          <Forms />
        </div>
        <Numbers />
        <Part title={t("gallery.choices")}>
          <div data-terminal="touch" className="choices">
            <Choice kind="now" title={t("request.emergency")} onChoose={nothing}>{t("request.emergency.then")}</Choice>
            <Choice kind="later" icon="calendar" title={t("request.booked")} onChoose={nothing}>{t("request.booked.then")}</Choice>
            <Choice kind="quiet" icon="pen" title={t("request.written")} onChoose={nothing}>{t("request.written.then")}</Choice>
          </div>
        </Part>
      </main>
    </div>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }): ReactElement {
  return (
    <section className="stack">
      <h2 className="part">{title}</h2>
      {children}
    </section>
  );
}

function Ring(): ReactElement {
  const { t } = useText();
  return (
    <RingBanner
      leftS={134} wholeS={180} title={t("gallery.ring.title")} lines={[t("gallery.ring.question"), t("gallery.ring.from")]}
      facts={[t("gallery.ring.bp"), t("gallery.ring.ct")]}
      action={<button type="button" className="enter"><Icon name="check" />{t("ring.accept")}</button>}
    />
  );
}

function Buttons(): ReactElement {
  const { t } = useText();
  const [presence, setPresence] = useState<Presence>("here");
  return (
    <Card title={t("gallery.buttons")}>
      <div className="stack">
        <div className="row">
          <Button kind="primary">{t("opinion.check")}</Button>
          <Button>{t("act.retry")}</Button>
          <Button kind="quiet">{t("act.back")}</Button>
          <Button kind="danger">{t("case.act.cancel")}</Button>
          <Button busy>{t("opinion.sign")}</Button>
          <Button whyNot={t("gallery.whynot")}>{t("opinion.sign")}</Button>
        </div>
        <div className="row">
          <Tag state="brand">{t("case.state.accepted")}</Tag>
          <Tag state="ok">{t("case.state.signed")}</Tag>
          <Tag state="suggest">{t("suggest.word")}</Tag>
          <Tag state="high">{t("case.urgent")}</Tag>
          <Tag state="medium">{t("case.state.more-needed")}</Tag>
          <Tag state="low">{t("case.state.queued")}</Tag>
          <Tag state="tech">{t("alarm.tech")}</Tag>
          <Tag state="stale">{t("alarm.stale")}</Tag>
        </div>
        <PresenceSwitch value={presence} onChange={setPresence} />
      </div>
    </Card>
  );
}

function Forms(): ReactElement {
  const { t } = useText();
  return (
    <Card title={t("gallery.forms")}>
      <div className="stack">
        <Field label={t("request.question")} error={t("request.question.missing")}>
          <Input placeholder={t("request.question.example")} />
        </Field>
        <IdentityCheck
          action={t("opinion.sign")} error={new Problem({ status: 422, code: "opinion.not_this_patient" })} still
          onConfirm={nothing} onCancel={nothing}
        />
      </div>
    </Card>
  );
}

function Numbers(): ReactElement {
  const { t } = useText();
  return (
    <div className="grid-3">
      <Card title={t("desk.today")} aside={t("desk.count", { count: 4 })}>
        <DayStrip
          label={t("desk.strip", { count: 4 })} from={8} to={18} now={9.7}
          blocks={[
            { id: "a", from: 8.5, to: 9.2, state: "done" },
            { id: "b", from: 10, to: 10.7, state: "next" },
            { id: "c", from: 11, to: 11.5, state: "later" },
            { id: "d", from: 14, to: 14.8, state: "later" },
          ]}
        />
      </Card>
      <Card title={t("gallery.numbers")}>
        <div className="row wide">
          <Stat value="158/96" unit="mmHg" name={t("gallery.bp")} state="medium" />
          <Stat value={104} unit={t("gallery.permin")} name={t("gallery.hr")} />
          <Stat value={null} unit="%" name={t("gallery.spo2")} />
        </div>
        <Sparkline label={t("gallery.spo2")} values={[97, 96, 96, 95, null, 94, 92, 89]} band={[92, 98]} channel="var(--ch-spo2)" />
      </Card>
      <Card title={t("gallery.receipts")}>
        <Receipts steps={{ delivered: 0.4, seen: 6 }} next={t("gallery.receipts.next")} />
      </Card>
    </div>
  );
}
