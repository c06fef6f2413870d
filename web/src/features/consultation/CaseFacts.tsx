import type { ReactElement } from "react";
import { isText, useText, type T } from "../../lib/i18n";
import { Icon } from "../../ui/Icon";
import { LongText } from "../../ui/LongText";
import { Signature } from "./SignaturePad";
import { nameOf, UNDER_WAY, type Case, type Consent } from "./model";

function word(t: T, key: string, otherwise: string): string {
  return isText(key) ? t(key) : otherwise;
}

interface ConsentProps {
  consent: Consent | null | undefined;
  state: Case["state"];
  /** The reader sees the record because of it; to others it is a fact of the case. */
  opens?: boolean;
}

/** The consent: who gave it and how; for an expert, why they may see this. */
export function ConsentLine({ consent, state, opens }: ConsentProps): ReactElement {
  const { t } = useText();
  if (!consent) {
    return (
      <p className="noted-line"><Icon name="shield" />{t("consent.none")}</p>
    );
  }
  if (consent.given_by === "unable") {
    return (
      <p className="noted-line"><Icon name="shield" />{t("consent.unable", { reason: consent.reason ?? "" })}</p>
    );
  }
  const by = word(t, `consent.by.${consent.given_by}`, consent.given_by);
  const how = word(t, `consent.how.${consent.how}`, consent.how);
  const then = t(UNDER_WAY.includes(state) ? "consent.may" : "consent.over");
  return (
    <p className="noted-line signed-line num">
      <Icon name="shield" />
      <span>
        <b>{t(opens ? "consent.why" : "consent.fact")}</b> {t("consent.line", { by: [by, consent.name, consent.relation].filter(Boolean).join(" "), how: [how, consent.heard_by].filter(Boolean).join(" "), version: consent.version, then })}
        {consent.signature && consent.signature.length > 0 && <Signature strokes={consent.signature} label={t("consent.drawn")} />}
      </span>
    </p>
  );
}

/** What is asked, by whom, of whom. */
export function Question({ one }: { one: Case }): ReactElement {
  const { t } = useText();
  return (
    <div className="asked-for">
      <LongText className="question" text={one.question} />
      <p className="meta">
        {t("case.from", {
          asker: [nameOf(one.asker.institution), one.asker.name].filter(Boolean).join(" "),
          to: [one.department.name, nameOf(one.expert)].filter(Boolean).join(" "),
        })}
      </p>
    </div>
  );
}
