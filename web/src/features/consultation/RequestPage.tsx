/** Asking for a consultation, on one screen in three steps: whom, what, how urgent. One tap sends it. */
import { Input, Select } from "antd";
import { useState, type ReactElement, type ReactNode } from "react";
import { useNavigate } from "react-router";
import { useText } from "../../lib/i18n";
import { newKey } from "../../lib/ids";
import { useTitle } from "../../lib/title";
import { Button } from "../../ui/Button";
import { Card } from "../../ui/Card";
import { Choice } from "../../ui/Choice";
import { Field } from "../../ui/Field";
import { Trouble } from "../../ui/views";
import { useDepartments, useRequest } from "./api";
import { ConsentStep } from "./ConsentStep";
import { missing, requestBody, type Kind, type Missing, type Wish } from "./model";
import "./consultation.css";

interface Props {
  patient: string;
  /** Whom and what is there already: drawn by whoever knows patients. */
  who: ReactNode;
  /** The hours of a department that can be booked: drawn by whoever knows the calendar. */
  hours(department: string, value: string, onChange: (slot: string) => void): ReactNode;
}

export function RequestPage({ patient, who, hours }: Props): ReactElement {
  const { t } = useText();
  useTitle(t("request.title"));
  const navigate = useNavigate();
  const send = useRequest();
  const [key, setKey] = useState(newKey);
  const [gaps, setGaps] = useState<Missing[]>([]);
  const [kind, setKind] = useState<Kind>();
  const [wish, setWish] = useState<Wish>({
    patient, department: "", question: "", version: "", given_by: "", how: "", reason: "", slot: "",
  });
  const change = (part: Partial<Wish>): void => {
    setWish((now) => ({ ...now, ...part }));
    setGaps([]);
    // What is asked is another request now: it may not be taken for the one before
    setKey(newKey());
  };
  const choose = (chosen: Kind): void => {
    const open = missing(wish, chosen);
    const body = requestBody(wish, chosen);
    setGaps(open);
    setKind(chosen);
    if (open.length > 0 || !body || send.isPending) return;
    send.mutate({ body, key }, { onSuccess: ({ id }) => void navigate(`/cases/${id}`) });
  };
  const [atHour, setAtHour] = useState(false);
  const busy = (each: Kind): { busy?: true } => (send.isPending && kind === each ? { busy: true } : {});
  return (
    <div className="request">
      <h1 className="sr">{t("request.title")}</h1>
      <div className="card who-step">{who}</div>
      <div className="card ask-step">
        <div className="step"><i aria-hidden="true">2</i><h2>{t("request.ask")}</h2></div>
        <div className="stack">
          <Departments value={wish.department} error={gaps.includes("department")} onChange={(department) => change({ department, slot: "" })} />
          <Field label={t("request.question")} error={gaps.includes("question") ? t("request.question.missing") : undefined}>
            <Input.TextArea
              rows={4} value={wish.question} placeholder={t("request.question.example")}
              onChange={(event) => change({ question: event.target.value })}
            />
          </Field>
        </div>
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
    </div>
  );
}

/** More departments than a hand can choose from are searched. */
const CHIPS = 6;

function Departments({ value, error, onChange }: { value: string; error: boolean; onChange(id: string): void }): ReactElement {
  const { t } = useText();
  const departments = useDepartments();
  const items = departments.data ?? [];
  return (
    <fieldset className={error ? "chips bad" : "chips"}>
      <legend>{t("request.department")}</legend>
      {departments.isPending && <p className="meta" role="status">{t("request.department.loading")}</p>}
      <Trouble error={departments.error} />
      {departments.data?.length === 0 && <p className="meta">{t("request.department.none")}</p>}
      {items.length > CHIPS ? (
        <Select
          className="grow" showSearch={{ optionFilterProp: "label" }} value={value || undefined} onChange={onChange}
          aria-label={t("request.department")} options={items.map(({ id, name, institution }) => ({ value: id, label: `${institution.name} ${name}` }))}
        />
      ) : (
        items.map(({ id, name }) => (
          <label key={id} className={id === value ? "chip on" : "chip"}>
            <input type="radio" className="sr" name="department" checked={id === value} onChange={() => onChange(id)} />
            {name}
          </label>
        ))
      )}
    </fieldset>
  );
}
