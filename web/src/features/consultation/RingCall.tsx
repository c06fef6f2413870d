/** One emergency that calls this person: who, what, how long yet; take it at once, or pass it on and say why. */
import { useState, type ReactElement } from "react";
import { useNavigate } from "react-router";
import { minutes } from "../../lib/format";
import { useText } from "../../lib/i18n";
import { useNow } from "../../lib/now";
import { untilS } from "../../parts/ring/model";
import { Card } from "../../ui/Card";
import { Icon } from "../../ui/Icon";
import { ReasonForm } from "../../ui/ReasonForm";
import { RingBanner } from "../../ui/RingBanner";
import { Trouble } from "../../ui/views";
import { useAge } from "../../ui/Who";
import { useAct } from "./api";
import { nameOf, PROMISE_S, ringLeftS, type Line } from "./model";

/** `unsure`: nobody answers, so whether it still rings is not known. */
export function RingCall({ one, unsure = false }: { one: Line; unsure?: boolean }): ReactElement {
  const { t } = useText();
  const age = useAge();
  const now = useNow(250);
  const navigate = useNavigate();
  const act = useAct(one.id);
  const [passing, setPassing] = useState(false);
  const { patient, ring } = one;
  const sex = patient.sex === "male" || patient.sex === "female" ? t(`sex.${patient.sex}`) : "";
  const leftS = ring ? ringLeftS(ring, now) : 0;
  const accept = (then: string): void => {
    if (act.isPending) return;
    // The ring ends on every page at once, this banner with it: what follows may not hang on its being there.
    void act.mutateAsync({ act: "accept" }).then(() => navigate(then), () => undefined);
  };
  return (
    <>
      <RingBanner
        leftS={unsure ? null : leftS} wholeS={PROMISE_S}
        title={[patient.name, sex, age(patient.birth_date)].filter(Boolean).join("　")}
        lines={[one.question, [nameOf(one.asker.institution), t("ring.waits", { name: one.asker.name })].filter(Boolean).join(" · ")]}
        action={
          <button type="button" className="enter" onClick={() => accept(`/cases/${one.id}`)} aria-busy={act.isPending || undefined}>
            <Icon name="check" />
            {t("ring.accept")}
          </button>
        }
        next={!unsure && (
          <>
            <span className="num">{afterwards(t, untilS(ring?.next_at ?? null, now), leftS)}</span>
            <button type="button" onClick={() => accept(`/cases/${one.id}/room`)}>{t("ring.accept.room")}</button>
            <button type="button" aria-expanded={passing} onClick={() => setPassing(!passing)}>{t("ring.pass")}</button>
          </>
        )}
      />
      {passing && (
        <Card title={t("ring.pass.title")}>
          <ReasonForm
            label={t("ring.pass.why")} act={t("ring.pass")} busy={act.isPending} onCancel={() => setPassing(false)}
            onSend={(reason) => act.mutate({ act: "decline", given: { reason } })}
          />
        </Card>
      )}
      <Trouble error={act.error} />
    </>
  );
}

/** What follows when this person does not answer. */
function afterwards(t: ReturnType<typeof useText>["t"], nextS: number | null, leftS: number): string {
  if (nextS !== null) return t("ring.next", { time: minutes(nextS) });
  return t(leftS <= 0 ? "ring.over.expert" : "ring.last");
}
