/** One emergency that rings for this person: who, what, how long yet; take it at once. */
import type { ReactElement } from "react";
import { useNavigate } from "react-router";
import { useText } from "../../lib/i18n";
import { useNow } from "../../lib/now";
import { Icon } from "../../ui/Icon";
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
  const { patient, ring } = one;
  const sex = patient.sex === "male" || patient.sex === "female" ? t(`sex.${patient.sex}`) : "";
  const leftS = ring ? ringLeftS(ring, now) : 0;
  const asker = [nameOf(one.asker.institution), one.asker.name].filter(Boolean).join(" ");
  const accept = (): void => {
    if (act.isPending) return;
    // The ring ends on every page at once, this banner with it: what follows may not hang on its being there.
    void act.mutateAsync({ act: "accept" }).then(() => navigate(`/cases/${one.id}`), () => undefined);
  };
  return (
    <>
      <RingBanner
        leftS={unsure ? null : leftS} wholeS={PROMISE_S}
        title={[patient.name, sex, age(patient.birth_date)].filter(Boolean).join("　")}
        lines={[one.question, [nameOf(one.asker.institution), t("ring.waits", { name: one.asker.name })].filter(Boolean).join(" · ")]}
        action={
          <button type="button" className="enter" onClick={accept} aria-busy={act.isPending || undefined}>
            <Icon name="check" />
            {t("ring.accept")}
          </button>
        }
        next={!unsure && leftS <= 0 && t("ring.over.expert", { asker })}
      />
      <Trouble error={act.error} />
    </>
  );
}
