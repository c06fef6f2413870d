/** Waiting for a time that becomes free, or an earlier one: joining the list, and what is offered, with how long. */
import { InputNumber, Select } from "antd";
import { useState, type ReactElement } from "react";
import { moment } from "../../lib/format";
import { useText } from "../../lib/i18n";
import { Button } from "../../ui/Button";
import { Card } from "../../ui/Card";
import { Field } from "../../ui/Field";
import { Trouble } from "../../ui/views";
import { useExperts, useFollow, useLeave, usePass, useWait, useWaiting } from "./api";
import type { Pressing } from "./model";

interface Props {
  source: string;
  /** The department for whose experts it waits. */
  department: string;
  urgency: Pressing;
  /** The hour that it has already, when it waits for an earlier one. */
  before?: string | undefined;
  busy: boolean;
  /** Why what was offered could not be taken. */
  error: Error | null;
  onTake(slot: string): void;
}

export function WaitingCard({ source, department, urgency, before, busy, error, onTake }: Props): ReactElement {
  const { t, lang } = useText();
  useFollow("me");
  const { data: all = [] } = useWaiting();
  const { data: experts = [] } = useExperts(department);
  const [wait, leave, pass] = [useWait(), useLeave(), usePass()];
  const [km, setKm] = useState(0);
  const [target, setTarget] = useState(department);
  const [joining, setJoining] = useState(!before);
  const one = all.find((each) => each.source === source);
  const now = new Date();
  const when = (text: string): string => moment(new Date(text), now, lang);
  return (
    <Card title={t(before ? "waiting.earlier" : "waiting.title")}>
      <div className="stack">
        {!one && !joining ? (
          <div className="row"><p className="meta grow">{t("waiting.earlier.what")}</p><Button onClick={() => setJoining(true)}>{t("waiting.earlier")}</Button></div>
        ) : !one ? (
          <>
            <p className="meta">{t("waiting.what")}</p>
            <Field label={t("waiting.target")}>
              <Select value={target} onChange={setTarget} options={[{ value: department, label: t("waiting.anybody") }, ...experts.map(({ id, name }) => ({ value: id, label: name }))]} />
            </Field>
            <Field label={t("waiting.km")} hint={t("waiting.km.why")}><InputNumber min={0} max={10_000} value={km} onChange={(value) => setKm(value ?? 0)} /></Field>
            <div className="row"><Button {...(wait.isPending ? { busy: true } : {})} onClick={() => wait.mutate({ source, target, urgency, distance_km: km, before: before ?? null })}>{t("waiting.join")}</Button></div>
          </>
        ) : one.offer ? (
          <>
            <p className="num" role="status"><b>{t("waiting.offer", { when: when(one.offer.start), expert: one.offer.expert.name })}</b> {one.until && t("waiting.until", { when: when(one.until) })}</p>
            <div className="row">
              <Button kind="primary" {...(busy ? { busy } : {})} onClick={() => one.offer && onTake(one.offer.id)}>{t("waiting.take")}</Button>
              <Button {...(pass.isPending ? { busy: true } : {})} onClick={() => pass.mutate(one.id)}>{t("waiting.pass")}</Button>
            </div>
          </>
        ) : (
          <>
            <p className="num">{t("waiting.since", { target: one.target.name, when: when(one.since), points: one.points })}</p>
            <div className="row"><Button kind="quiet" {...(leave.isPending ? { busy: true } : {})} onClick={() => leave.mutate(one.id)}>{t("waiting.leave")}</Button></div>
          </>
        )}
        <Trouble error={error ?? wait.error ?? leave.error ?? pass.error} />
      </div>
    </Card>
  );
}
