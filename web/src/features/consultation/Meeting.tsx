/** What of a case stands in its live room: whose it is, what was asked and said, its images and its opinion. */
import { useRef, type ReactElement, type ReactNode } from "react";
import { useText } from "../../lib/i18n";
import { Button } from "../../ui/Button";
import { Card } from "../../ui/Card";
import { useCase } from "./api";
import { carry, slice } from "./boards/carried";
import { BroughtCard } from "./BroughtCard";
import { Question } from "./CaseFacts";
import { CaseHead } from "./CaseHead";
import { Chat } from "./chat/Chat";
import { Unseen } from "./chat/Unseen";
import { Follow, useFollow } from "./Follow";
import { UNDER_WAY, type Case } from "./model";
import { OpinionPart } from "./OpinionPart";
import { Pictures } from "./Pictures";
import "./consultation.css";

export function MeetingHead({ id }: { id: string }): ReactElement {
  const { t } = useText();
  useFollow(`consultation/${id}`);
  const { data } = useCase(id);
  return data ? <CaseHead one={data} back={`/cases/${id}`} /> : <h1 className="sr">{t("room.title")}</h1>;
}

/** Something of the case, as soon as it is there. */
export function OfCase({ id, children }: { id: string; children(one: Case): ReactNode }): ReactNode {
  const { data } = useCase(id);
  return data && children(data);
}

/** What was asked, and what came with it. */
export function MeetingCase({ one }: { one: Case }): ReactElement {
  const { t } = useText();
  return (
    <>
      <Card title={t("case.question")}><Question one={one} /></Card>
      <BroughtCard one={one} />
    </>
  );
}

/** What both sides write, for them. */
export function MeetingChat({ one }: { one: Case }): ReactElement | null {
  return one.patient.masked ? null : <Chat one={one} />;
}

/** How many of them its reader has not seen. */
export function MeetingUnseen({ one }: { one: Case }): ReactElement | null {
  return one.patient.masked ? null : <Unseen id={one.id} />;
}

/** `onDraw`: to the whiteboard, on which the slice lies that stood here. */
export function MeetingPictures({ one, onDraw }: { one: Case; onDraw(): void }): ReactElement {
  const { t } = useText();
  const viewer = useRef<HTMLDivElement>(null);
  const draw = (): void => {
    const still = viewer.current && slice(viewer.current);
    if (!still) return;
    carry(one.id, still);
    onDraw();
  };
  return (
    <div ref={viewer}>
      <Pictures one={one} settling={false}>
        {UNDER_WAY.includes(one.state) && <Button kind="quiet" icon="pen" onClick={draw}>{t("board.draw_on")}</Button>}
      </Pictures>
    </div>
  );
}

/** The draft, for who writes it; what was signed, for both sides. */
export function MeetingOpinion({ one }: { one: Case }): ReactElement {
  const { t } = useText();
  const writing = one.acts.includes("write");
  return (
    <Card title={t("opinion.title")}>
      {writing && <Follow channel={`reading/${one.id}`} />}
      <OpinionPart one={one} writing={writing} />
    </Card>
  );
}
