/** For a patient: their consultation, and the one press into its room. Nothing is shown while there is none. */
import type { ReactElement } from "react";
import { Link } from "react-router";
import { moment } from "../../lib/format";
import { useText } from "../../lib/i18n";
import { useNow } from "../../lib/now";
import { Icon } from "../../ui/Icon";
import { Card } from "../../ui/Card";
import { useCase, useCases } from "./api";
import { useFollow } from "./Follow";
import { beginsAt, nameOf, type Line } from "./model";
import { MEETS } from "./RoomLink";

/** In these states people may have met. */
const TALKED: readonly Line["state"][] = ["accepted", "more-needed", "signed", "closed"];

export function OwnConsultations({ room }: { room(id: string): string }): ReactElement | null {
  useFollow("me");
  const mine = (useCases().data ?? []).filter(({ state }) => MEETS.includes(state) && state !== "signed");
  if (mine.length === 0) return null;
  return <>{mine.map((one) => <OwnConsultation key={one.id} one={one} to={room(one.id)} />)}</>;
}

/** What was recorded of them, where anything was; `to`: where it plays. */
export function OwnRecordings({ to }: { to(id: string): string }): ReactElement | null {
  const mine = (useCases().data ?? []).filter(({ mode, state }) => mode !== "written" && TALKED.includes(state));
  return <>{mine.map((one) => <OwnRecording key={one.id} one={one} to={to(one.id)} />)}</>;
}

function OwnRecording({ one, to }: { one: Line; to: string }): ReactElement | null {
  const { t, lang } = useText();
  const { data } = useCase(one.id);
  const begun = data?.timeline.find(({ what }) => what === "recording-begun");
  if (!begun) return null;
  return <Link className="btn" to={to}><Icon name="play" />{t("recordings.title")} <span className="num">{moment(new Date(begun.at), new Date(), lang)}</span></Link>;
}

/** The head of the page on which they play. */
export function OwnRecordingsHead({ back }: { back: string }): ReactElement {
  const { t } = useText();
  return (
    <div className="pagehead">
      <Link to={back} className="btn quiet icon" aria-label={t("act.back")}><Icon name="left" size={26} /></Link>
      <h1>{t("recordings.title")}</h1>
    </div>
  );
}

/** `to`: where its room is. */
function OwnConsultation({ one, to }: { one: Line; to: string }): ReactElement {
  const { t, lang } = useText();
  const now = useNow(1000);
  const who = [one.expert ? nameOf(one.expert) : "", nameOf(one.department)].filter(Boolean).join(" · ");
  if (beginsAt(one, now)) {
    return (
      <Card title={t("own.title")}>
        <p><b>{who}</b></p>
        <p className="num">{t("own.at", { when: one.starts ? moment(new Date(one.starts), new Date(now), lang) : "" })}</p>
        <p className="meta">{t("own.early")}</p>
      </Card>
    );
  }
  return (
    <Link className="choice later" to={to}>
      <Icon name="video" size={52} />
      <span className="grow"><b>{t("own.enter")}</b><span className="num">{who || t("own.title")}</span></span>
      <Icon name="arrow" size={30} />
    </Link>
  );
}
