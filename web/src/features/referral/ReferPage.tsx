/** Referring a patient: where to, what for, why, and what of the record goes with it. */
import { Input } from "antd";
import { useState, type ReactElement, type ReactNode } from "react";
import { useNavigate, useSearchParams } from "react-router";
import { useText } from "../../lib/i18n";
import { newKey } from "../../lib/ids";
import type { Me } from "../../lib/me";
import { useTitle } from "../../lib/title";
import { Button } from "../../ui/Button";
import { Card } from "../../ui/Card";
import { Field } from "../../ui/Field";
import { Loading, ProblemView, Trouble } from "../../ui/views";
import { useAttachable, useRefer, useReferral } from "./api";
import { AGREED, bodyOf, EMPTY, KINDS, missing, URGENCIES, wishOf, type Missing, type Wish } from "./model";
import { ReceiverFields } from "./ReceiverFields";
import "./referral.css";

interface Props {
  patient: string;
  me: Me;
  /** Whom: drawn by whoever knows patients. */
  who: ReactNode;
}

/** In its address: `report` goes with it, `source` is out of what it comes, `draft` is written on. */
export function ReferPage({ patient, me, who }: Props): ReactElement {
  const { t } = useText();
  useTitle(t("referral.new"));
  const [query] = useSearchParams();
  const draft = query.get("draft") ?? "";
  const report = query.get("report");
  return (
    <>
      <div className="pagehead"><h1>{t("referral.new")}</h1></div>
      <div className="cols refer">
        <div className="stack"><Card title={t("referral.who")}>{who}</Card></div>
        {draft ? (
          <Drafted id={draft} me={me} />
        ) : (
          <Filling patient={patient} me={me} source={query.get("source") ?? ""} start={{ ...EMPTY, documents: report ? [`DiagnosticReport/${report}`] : [] }} />
        )}
      </div>
    </>
  );
}

function Drafted({ id, me }: { id: string; me: Me }): ReactElement {
  const { t } = useText();
  const query = useReferral(id);
  if (query.isPending) return <Card><Loading what={t("referral.loading")} /></Card>;
  if (!query.data) return <Card><ProblemView title={t("referral.failed")} error={query.error} onRetry={() => void query.refetch()} /></Card>;
  return <Filling patient={query.data.patient.id} me={me} source={query.data.source} start={wishOf(query.data)} draft={id} />;
}

interface FillingProps {
  patient: string;
  me: Me;
  source: string;
  start: Wish;
  draft?: string;
}

function Filling({ patient, me, source, start, draft }: FillingProps): ReactElement {
  const { t } = useText();
  const navigate = useNavigate();
  const refer = useRefer(draft);
  const [wish, setWish] = useState(start);
  const [key] = useState(newKey);
  const [gaps, setGaps] = useState<Missing[]>([]);
  const change = (part: Partial<Wish>): void => {
    setWish((now) => ({ ...now, ...part }));
    setGaps([]);
  };
  const send = (now: boolean): void => {
    setGaps(missing(wish));
    const body = bodyOf(wish, patient, source, now);
    if (body && !refer.isPending) refer.mutate({ body, key }, { onSuccess: ({ id }) => void navigate(`/referrals/${id}`) });
  };
  const error = (gap: Missing, text: string): string | undefined => (gaps.includes(gap) ? text : undefined);
  return (
    <Card title={t("referral.what")}>
      <form className="stack" onSubmit={(event) => { event.preventDefault(); send(true); }}>
        <ReceiverFields own={me.institution.id} value={wish} missing={gaps.includes("institution")} onChange={change} />
        <Chips name="kind" legend={t("referral.kind")} value={wish.kind} values={KINDS} word={(one) => t(`referral.kind.${one}`)} bad={gaps.includes("kind")} onChange={(kind) => change({ kind })} />
        <Chips name="urgency" legend={t("referral.urgency")} value={wish.urgency} values={URGENCIES} word={(one) => t(`referral.urgency.${one}`)} onChange={(urgency) => change({ urgency })} />
        <Field label={t("referral.reason")} error={error("reason", t("reason.missing"))}>
          <Input.TextArea autoSize={{ minRows: 3 }} maxLength={4000} value={wish.reason} onChange={(event) => change({ reason: event.target.value })} />
        </Field>
        <Field label={t("referral.plan")} hint={t("referral.plan.hint")}>
          <Input.TextArea autoSize={{ minRows: 2 }} maxLength={4000} value={wish.plan} onChange={(event) => change({ plan: event.target.value })} />
        </Field>
        <Attach patient={patient} chosen={wish.documents} onChange={(documents) => change({ documents })} />
        <Chips name="agreed" legend={t("referral.agreed")} value={wish.agreed} values={AGREED} word={(one) => t(`referral.agreed.${one}`)} bad={gaps.includes("agreed")} onChange={(agreed) => change({ agreed })} />
        {wish.agreed === "unable" && (
          <Field label={t("referral.why_unable")} hint={t("referral.why_unable.hint")} error={error("why_unable", t("reason.missing"))}>
            <Input value={wish.why_unable} maxLength={500} onChange={(event) => change({ why_unable: event.target.value })} />
          </Field>
        )}
        {gaps.length > 0 && <p role="alert" className="trouble">{t("referral.gaps", { list: gaps.map((gap) => t(`referral.gap.${gap}`)).join(t("list.comma")) })}</p>}
        <Trouble error={refer.error} />
        <div className="row">
          <Button kind="primary" large type="submit" {...(refer.isPending && refer.variables.body.send ? { busy: true } : {})}>{t("referral.act.send")}</Button>
          <Button onClick={() => send(false)} {...(refer.isPending && !refer.variables.body.send ? { busy: true } : {})}>{t("referral.keep")}</Button>
        </div>
      </form>
    </Card>
  );
}

interface ChipsProps<T extends string> {
  name: string;
  legend: string;
  value: T | "";
  values: readonly T[];
  bad?: boolean;
  word(value: T): string;
  onChange(value: T): void;
}

function Chips<T extends string>({ name, legend, value, values, bad, word, onChange }: ChipsProps<T>): ReactElement {
  return (
    <fieldset className={bad ? "chips bad" : "chips"}>
      <legend>{legend}</legend>
      {values.map((one) => (
        <label key={one} className={one === value ? "chip on" : "chip"}>
          <input type="radio" className="sr" name={name} checked={one === value} onChange={() => onChange(one)} />
          {word(one)}
        </label>
      ))}
    </fieldset>
  );
}

/** What of the record goes with it; nothing is copied. */
function Attach({ patient, chosen, onChange }: { patient: string; chosen: string[]; onChange(chosen: string[]): void }): ReactElement {
  const { t } = useText();
  const query = useAttachable(patient);
  if (query.isPending) return <Loading what={t("referral.loading")} lines={2} />;
  if (!query.data) return <ProblemView title={t("referral.documents.failed")} error={query.error} onRetry={() => void query.refetch()} />;
  return (
    <fieldset className="attach">
      <legend>{t("referral.documents")}</legend>
      {query.data.length === 0 && <p className="meta">{t("referral.documents.none")}</p>}
      {query.data.map(({ type, id, title, at }) => {
        const reference = `${type}/${id}`;
        const on = chosen.includes(reference);
        return (
          <label key={reference}>
            <input type="checkbox" checked={on} onChange={() => onChange(on ? chosen.filter((one) => one !== reference) : [...chosen, reference])} />
            <span>{title} <span className="meta num">{at.slice(0, 10)}</span></span>
          </label>
        );
      })}
    </fieldset>
  );
}
