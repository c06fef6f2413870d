/** Asking for a consultation, on one screen in three steps: whom, what, how urgent. One tap sends it. */
import { useState, type ReactElement, type ReactNode } from "react";
import { useNavigate } from "react-router";
import { clock } from "../../lib/format";
import { problemText, useText } from "../../lib/i18n";
import { useMe } from "../../lib/me";
import { useTitle } from "../../lib/title";
import { Button } from "../../ui/Button";
import { Card } from "../../ui/Card";
import { Choice } from "../../ui/Choice";
import { Loading, ProblemView, Trouble } from "../../ui/views";
import { usePrepared, useRequest } from "./api";
import { AskStep } from "./AskStep";
import { ConsentStep } from "./ConsentStep";
import { missing, requestBody, type Kind, type Missing } from "./model";
import { begun, type Filled, type Prepared } from "./request";
import { useRequestDraft, type RequestDraft } from "./useRequestDraft";
import "./consultation.css";

interface Props {
  patient: string;
  /** Whom and what is there already: drawn by whoever knows patients. */
  who: ReactNode;
  /** The hours of a department that can be booked: drawn by whoever knows the calendar. */
  hours(department: string, value: string, onChange: (slot: string) => void): ReactNode;
}

export function RequestPage({ patient, who, hours }: Props): ReactElement {
  const { t, lang } = useText();
  useTitle(t("request.title"));
  const prepared = usePrepared(patient);
  return (
    <div className="request">
      <h1 className="sr">{t("request.title")}</h1>
      <div className="card who-step">{who}</div>
      {prepared.isPending ? (
        <div className="card"><Loading what={t("request.loading")} /></div>
      ) : prepared.data ? (
        <Filling prepared={prepared.data} start={begun(patient, prepared.data, lang)} hours={hours} />
      ) : (
        <div className="card"><ProblemView title={t("request.failed")} error={prepared.error} onRetry={() => void prepared.refetch()} /></div>
      )}
    </div>
  );
}

interface FillingProps extends Pick<Props, "hours"> {
  prepared: Prepared;
  start: Filled;
}

function Filling({ prepared, start, hours }: FillingProps): ReactElement {
  const { t } = useText();
  const navigate = useNavigate();
  const send = useRequest();
  const draft = useRequestDraft(start, useMe().data?.id ?? "");
  const { wish, key } = draft;
  const [gaps, setGaps] = useState<Missing[]>([]);
  const [kind, setKind] = useState<Kind>();
  const change: RequestDraft["change"] = (part) => {
    draft.change(part);
    setGaps([]);
  };
  const choose = (chosen: Kind): void => {
    const open = missing(wish, chosen);
    const body = requestBody(wish, chosen);
    setGaps(open);
    setKind(chosen);
    if (open.length > 0 || !body || send.isPending) return;
    draft.sending();
    send.mutate({ body, key }, {
      onSuccess: ({ id }) => {
        draft.sent(true);
        void navigate(`/cases/${id}`);
      },
      onError: () => draft.sent(false),
    });
  };
  const [atHour, setAtHour] = useState(false);
  const busy = (each: Kind): { busy?: true } => (send.isPending && kind === each ? { busy: true } : {});
  return (
    <>
      <div className="card ask-step">
        <div className="step">
          <i aria-hidden="true">2</i><h2>{t("request.ask")}</h2>
          <Saved draft={draft} />
        </div>
        <AskStep prepared={prepared} wish={wish} gaps={gaps} onChange={change} />
        <ConsentStep wish={wish} gaps={gaps} onChange={change} />
      </div>
      <div className="send-step">
        <div className="step">
          <i aria-hidden="true">3</i>
          <h2>{t("request.urgent")}</h2>
          {gaps.length > 0 && <span className="gap" role="alert">{t("request.gaps", { list: gaps.map((gap) => t(`request.gap.${gap}`)).join(t("list.comma")) })}</span>}
        </div>
        <Trouble error={send.error} />
        <div className="choices">
          <Choice kind="now" title={t("request.emergency")} {...busy("emergency")} onChoose={() => choose("emergency")}>
            {t("request.emergency.then")}
          </Choice>
          <Choice kind="later" icon="calendar" title={t("request.scheduled")} onChoose={() => setAtHour(true)}>
            {t("request.scheduled.then")}
          </Choice>
          <Choice kind="quiet" icon="pen" title={t("request.written")} {...busy("written")} onChoose={() => choose("written")}>
            {t("request.written.then")}
          </Choice>
        </div>
        {atHour && (
          <Card title={t("request.hours")}>
            <div className="stack">
              {hours(wish.department, wish.slot, (slot) => change({ slot }))}
              <div className="row">
                <Button kind="primary" large whyNot={wish.slot ? undefined : t("request.hours.choose")} {...busy("scheduled")} onClick={() => choose("scheduled")}>
                  {t("request.hours.act")}
                </Button>
                <Button kind="quiet" onClick={() => setAtHour(false)}>{t("act.back")}</Button>
              </div>
            </div>
          </Card>
        )}
      </div>
    </>
  );
}

/** Whether what was filled in is on the server yet. */
function Saved({ draft }: { draft: RequestDraft }): ReactElement {
  const { t, lang } = useText();
  if (draft.error) return <span className="saved" role="status">{t("request.unsaved", { why: problemText(t, draft.error) })}</span>;
  return <span className="saved meta num" role="status">{draft.savedAt === undefined ? "" : t("request.saved", { at: clock(new Date(draft.savedAt), lang) })}</span>;
}
