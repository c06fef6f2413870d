import type { ReactElement } from "react";
import { Link } from "react-router";
import { moment } from "../../lib/format";
import { useText } from "../../lib/i18n";
import { Icon } from "../../ui/Icon";
import { Tag } from "../../ui/Tag";
import { useAge } from "../../ui/Who";
import { CaseTag, ModeWord } from "./CaseTag";
import { nameOf, type Line } from "./model";

/** One case in a list: whom it is about, what is asked, from where and since when. */
export function CaseRow({ one }: { one: Line }): ReactElement {
  const { t, lang } = useText();
  const age = useAge();
  const { patient } = one;
  const sex = patient.sex === "male" || patient.sex === "female" ? t(`sex.${patient.sex}`) : "";
  return (
    <li>
      <Link className="rowlink" to={`/cases/${one.id}`}>
        <div className="what">
          <h3>
            {patient.name} <span className="num beside">{[sex, age(patient.birth_date)].filter(Boolean).join(" ")}</span>
          </h3>
          <p className="asked">{one.question}</p>
          <p className="meta num">
            {[nameOf(one.asker.institution), moment(new Date(one.created), new Date(), lang)].filter(Boolean).join(" · ")}
          </p>
          <div className="row tags">
            <CaseTag one={one} />
            {one.unseen > 0 && <Tag state="brand">{t("chat.unseen", { count: one.unseen })}</Tag>}
            {one.urgency === "emergency" ? <Tag state="high">{t("case.urgent")}</Tag> : <Tag><ModeWord one={one} /></Tag>}
          </div>
        </div>
        <Icon name="right" />
      </Link>
    </li>
  );
}
