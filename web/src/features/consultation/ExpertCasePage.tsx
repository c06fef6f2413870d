/** The expert's case: whose it is, the picture first, the question and the opinion beside it. */
import { useState, type ReactElement, type ReactNode } from "react";
import { useParams } from "react-router";
import { useText } from "../../lib/i18n";
import { isRefused } from "../../lib/problem";
import { useTitle } from "../../lib/title";
import { Card } from "../../ui/Card";
import { Stale } from "../../ui/views";
import { ActBar } from "./ActBar";
import { useCase } from "./api";
import { Chat } from "./chat/Chat";
import { Archived, HowItWent } from "./CaseAfter";
import { BroughtCard } from "./BroughtCard";
import { CaseHead, CaseMissing } from "./CaseHead";
import { ConsentLine, Question } from "./CaseFacts";
import { Follow, useFollow } from "./Follow";
import { hasHours, type Case } from "./model";
import { OpinionPart } from "./OpinionPart";
import { Pictures } from "./Pictures";
import { Timeline } from "./Timeline";
import { useOldS } from "../../lib/polled";
import "./consultation.css";

/** `booking`: a live case's hour, drawn by whoever knows the calendar. */
export function ExpertCasePage({ booking }: { booking?: (one: Case) => ReactNode }): ReactElement {
  const { id = "" } = useParams();
  const { t } = useText();
  useTitle(t("case.title"));
  useFollow(`consultation/${id}`);
  const query = useCase(id);
  const oldS = useOldS(query.dataUpdatedAt);
  if (!query.data || isRefused(query.error)) return <CaseMissing query={query} />;
  return <Loaded one={query.data} oldS={oldS} hour={hasHours(query.data) && booking?.(query.data)} />;
}

function Loaded({ one, oldS, hour }: { one: Case; oldS: number | null; hour: ReactNode }): ReactElement {
  const { t } = useText();
  const writing = one.acts.includes("write");
  const [signing, setSigning] = useState(false);
  return (
    <>
      {writing && <Follow channel={`reading/${one.id}`} />}
      <CaseHead one={one} back="/desk" />
      {oldS !== null && <Stale ageS={oldS} note={t("case.stale")} />}
      <ConsentLine consent={one.consent} state={one.state} opens={!one.patient.masked} />
      <div className="cols reading">
        <div className="in-pictures"><Pictures one={one} settling={signing} /></div>
        <div className="in-side stack">
          {hour}
          <Card title={t("case.question")}>
            <Question one={one} />
            <ActBar one={one} quiet={writing} />
          </Card>
          {one.mode === "live" && !one.patient.masked && <Chat one={one} callBack />}
          <BroughtCard one={one} />
        </div>
        <div className="in-opinion"><Card title={t("opinion.title")}><OpinionPart one={one} writing={writing} onSigning={setSigning} /></Card></div>
        <div className="in-story stack">
          <Card title={t("case.timeline")}><Timeline entries={one.timeline} /></Card>
          <HowItWent one={one} />
          <Archived one={one} />
        </div>
      </div>
    </>
  );
}
