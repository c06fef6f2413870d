/** The expert's case: whose it is, the picture first, the question and the opinion beside it. */
import { useMemo, useState, type ReactElement, type ReactNode } from "react";
import { useParams } from "react-router";
import { useText } from "../../lib/i18n";
import { isRefused } from "../../lib/problem";
import { useMe } from "../../lib/me";
import { useTitle } from "../../lib/title";
import { StackViewer } from "../../parts/viewer/StackViewer";
import { Card } from "../../ui/Card";
import { Empty, Loading, ProblemView, Stale } from "../../ui/views";
import { ActBar } from "./ActBar";
import { useCase, useOpinions } from "./api";
import { Chat } from "./Chat";
import { Archived, HowItWent } from "./CaseAfter";
import { BroughtCard } from "./BroughtCard";
import { CaseHead, CaseMissing } from "./CaseHead";
import { ConsentLine, Question } from "./CaseFacts";
import { Follow, useFollow } from "./Follow";
import { EMPTY, type Base } from "./draft";
import { hasHours, UNDER_WAY, type Case, type Opinion } from "./model";
import { OpinionEditor } from "./OpinionEditor";
import { useReading } from "./reading";
import { SignedOpinions } from "./SignedOpinions";
import { Timeline } from "./Timeline";
import { useOldS } from "../../lib/polled";
import "./consultation.css";

/** What is sent back is what was written, without what the server says about it. */
const written = (draft: (Opinion & { version: number }) | null): Base =>
  draft
    ? { opinion: { findings: draft.findings, conclusion: draft.conclusion, advice: draft.advice }, version: draft.version }
    : { opinion: EMPTY, version: 0 };

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

function Pictures({ one, settling }: { one: Case; settling: boolean }): ReactElement {
  const { t } = useText();
  const [chosen, setChosen] = useState(one.studies[0]?.id);
  const study = one.studies.find(({ id }) => id === chosen) ?? one.studies[0];
  if (one.patient.masked) {
    const words = UNDER_WAY.includes(one.state) ? "case.closed.before" : "case.closed.after";
    return <Card title={t("case.studies")}><Empty icon="lock" title={t("case.closed")}>{t(words)}</Empty></Card>;
  }
  if (!study) return <Card title={t("case.studies")}><Empty icon="image" title={t("case.studies.none")} /></Card>;
  return (
    <div className="pictures">
      {one.studies.length > 1 && (
        <div className="row" role="group" aria-label={t("case.studies")}>
          {one.studies.map(({ id, title, instances }) => (
            <button
              key={id} type="button" className={id === study.id ? "btn chosen" : "btn"} aria-pressed={id === study.id}
              onClick={() => setChosen(id)}
            >
              {title || study.modality} {instances !== undefined && <span className="meta num">{instances}</span>}
            </button>
          ))}
        </div>
      )}
      <Marked one={one} study={study} settling={settling} />
    </div>
  );
}

/** The pictures with what the invited experts mark on them; who only looks may measure, and keeps nothing. */
function Marked({ one, study, settling }: { one: Case; study: Case["studies"][number]; settling: boolean }): ReactElement {
  const others = useMemo(
    () => one.studies.filter(({ id }) => id !== study.id).map(({ id, title, modality }) => ({ id, title: title || modality })),
    [one.studies, study.id],
  );
  const shown = {
    study: study.id, title: study.title || study.modality || "", arriving: study.arriving ?? false, objects: study.instances, settling, others,
  };
  return (
    <>
      <Follow channel={`patient/${one.patient.id}`} />
      {one.acts.includes("write") ? <Shared key={study.id} id={one.id} {...shown} /> : <StackViewer key={study.id} {...shown} />}
    </>
  );
}

function Shared({ id, ...shown }: { id: string } & Parameters<typeof StackViewer>[0]): ReactElement {
  return <StackViewer {...shown} kept={useReading(id)} />;
}

interface OpinionProps {
  one: Case;
  writing: boolean;
  onSigning(begun: boolean): void;
}

function OpinionPart({ one, writing, onSigning }: OpinionProps): ReactElement {
  const { t } = useText();
  const opinions = useOpinions(one.id);
  const me = useMe();
  if (opinions.isPending) return <Loading what={t("opinion.loading")} />;
  if (!opinions.data) {
    return <ProblemView title={t("opinion.failed")} error={opinions.error} onRetry={() => void opinions.refetch()} />;
  }
  const { items: signed, draft } = opinions.data;
  if (writing && signed.length === 0) {
    return (
      <OpinionEditor
        key={one.id} one={one} remote={written(draft)} writer={me.data?.id ?? ""} by={draft && draft.writer.id !== me.data?.id ? draft.writer.name : undefined}
        onSigning={onSigning}
      />
    );
  }
  if (signed.length === 0) return <Empty icon="pen" title={t("opinion.notyet")}>{t("opinion.notyet.expert")}</Empty>;
  return <SignedOpinions one={one} opinions={opinions.data} />;
}
