/** What a clinician makes of held images: says whose they are and confirms it, or discards them with a reason. */
import { useState, type ReactElement } from "react";
import { Link } from "react-router";
import { useText } from "../../lib/i18n";
import { Button } from "../../ui/Button";
import { ReasonForm } from "../../ui/ReasonForm";
import { Shape } from "../../ui/Shape";
import { Trouble } from "../../ui/views";
import { Who } from "../../ui/Who";
import { useDiscard, useRelease } from "./api";
import { candidates, contradictions, type Candidate, type Whole } from "./model";

/** Draws the search for a patient: it is another feature's, joined by the portal. */
export type Pick = (onChoose: (patient: Candidate) => void) => ReactElement;

export function Settle({ id, one, pick }: { id: string; one: Whole; pick: Pick }): ReactElement {
  const { t } = useText();
  const [mode, setMode] = useState<"another" | "discard">();
  const [chosen, choose] = useState<Candidate>();
  const release = useRelease(id);
  const discard = useDiscard(id);
  const settled = release.data ?? discard.data;
  if (settled) {
    return (
      <div className="stack" role="status">
        <p className="row"><Shape state="ok" />{t(release.data ? "apart.released" : "apart.discarded", { count: settled.images })}</p>
        <div className="row">
          {release.data && chosen && <Link className="btn primary" to={`/patients/${chosen.id}`}>{t("apart.released.open")}</Link>}
          <Link className="btn" to="/apart">{t("act.back")}</Link>
        </div>
      </div>
    );
  }
  if (chosen) {
    return (
      <div className="stack">
        <Confirm one={one} chosen={chosen} busy={release.isPending} onYes={() => release.mutate(chosen.id)} onNo={() => choose(undefined)} />
        <Trouble error={release.error} />
      </div>
    );
  }
  if (mode === "discard") {
    return (
      <div className="stack">
        <p>{t("apart.discard.means")}</p>
        <ReasonForm
          label={t("apart.discard.why")} act={t("apart.discard")} busy={discard.isPending}
          onCancel={() => setMode(undefined)} onSend={(reason) => discard.mutate(reason)}
        />
        <Trouble error={discard.error} />
      </div>
    );
  }
  const whyNot = one.served ? t("apart.served.no") : undefined;
  return (
    <div className="stack">
      {whyNot ? <p>{whyNot}</p> : <p><b>{t("apart.whose")}</b></p>}
      {!whyNot && candidates(one).map((candidate) => (
        <div key={candidate.id} className="candidate">
          <Who person={candidate} />
          <Button onClick={() => choose(candidate)}>{t("apart.choose", { name: candidate.name })}</Button>
        </div>
      ))}
      {!whyNot && mode === "another" && pick(choose)}
      <div className="row">
        {!whyNot && mode !== "another" && <Button icon="search" onClick={() => setMode("another")}>{t("apart.another")}</Button>}
        <Button kind="quiet" onClick={() => setMode("discard")}>{t("apart.discard")}</Button>
      </div>
    </div>
  );
}

interface ConfirmProps {
  one: Whole;
  chosen: Candidate;
  busy: boolean;
  onYes(): void;
  onNo(): void;
}

/** The last look before images join a record: in what they differ from whom they are given to. */
function Confirm({ one, chosen, busy, onYes, onNo }: ConfirmProps): ReactElement {
  const { t } = useText();
  const fields = contradictions(one.line.claimed, chosen);
  const list = fields.map((field) => t(`apart.field.${field}`)).join(t("list.comma"));
  return (
    <>
      <h3>{t("apart.confirm", { name: chosen.name })}</h3>
      <Who person={chosen} />
      <div className={fields.length ? "trouble" : "row"}>
        <Shape state={fields.length ? "medium" : "ok"} />
        <span>{fields.length ? t("apart.confirm.differs", { list }) : t("apart.confirm.same")}</span>
      </div>
      <div className="row">
        <Button kind="primary" onClick={onYes} {...(busy ? { busy: true } : {})}>{t("apart.release")}</Button>
        <Button kind="quiet" onClick={onNo}>{t("act.cancel")}</Button>
      </div>
    </>
  );
}
