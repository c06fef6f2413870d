/** The signed opinion: the newest version first, whether it was read, what may be done with it, and all versions before. */
import type { ReactElement } from "react";
import type { Schemas } from "../../lib/api";
import { moment } from "../../lib/format";
import { useText } from "../../lib/i18n";
import { useMe } from "../../lib/me";
import { Icon } from "../../ui/Icon";
import { Tag } from "../../ui/Tag";
import { CriticalCall } from "./CriticalCall";
import { nameOf, type Case, type OpinionVersion } from "./model";
import { OpinionActs } from "./OpinionActs";
import { SignedOpinion } from "./SignedOpinion";

export function SignedOpinions({ one, opinions }: { one: Case; opinions: Schemas["Opinions"] }): ReactElement | null {
  const { t } = useText();
  const role = useMe().data?.role;
  const [newest, ...before] = [...opinions.items].reverse();
  if (!newest) return null;
  return (
    <div className="stack">
      {opinions.critical && <CriticalCall id={one.id} critical={opinions.critical} mayCall={role === "clinician" || role === "expert"} />}
      {opinions.waiting && <Waits waiting={opinions.waiting} />}
      <SignedOpinion version={newest} />
      <Read version={newest} />
      <div className="row">
        <a className="btn" href={`/api/consultations/${encodeURIComponent(one.id)}/opinion.pdf`} download>
          <Icon name="file" />{t("opinion.pdf")}
        </a>
      </div>
      <OpinionActs id={one.id} newest={newest} acts={opinions.acts} waits={opinions.waiting !== null} />
      {before.length > 0 && (
        <details className="earlier">
          <summary>{t("opinion.earlier", { count: before.length })}</summary>
          <div className="stack">{before.map((version) => <SignedOpinion key={version.version} version={version} />)}</div>
        </details>
      )}
    </div>
  );
}

/** It has arrived until somebody of the asking side has opened it. */
function Read({ version }: { version: OpinionVersion }): ReactElement {
  const { t, lang } = useText();
  if (version.opened.length === 0) return <p className="meta" role="status">{t("opinion.arrived")}</p>;
  return (
    <ul className="meta num">
      {version.opened.map(({ who, part, at }) => (
        <li key={who.id}>
          {t("opinion.opened", { who: part === "patient" ? t("role.patient") : nameOf(who) })} {moment(new Date(at), new Date(), lang)}
        </li>
      ))}
    </ul>
  );
}

function Waits({ waiting }: { waiting: NonNullable<Schemas["Opinions"]["waiting"]> }): ReactElement {
  const { t, lang } = useText();
  return (
    <p className="noted-line" role="status">
      <Icon name="shield" />
      <span>
        <b>{t(waiting.verb === "opinion.withdraw" ? "opinion.waits.withdraw" : "opinion.waits.amend")}</b>{" "}
        {t("opinion.waits.by", { who: nameOf(waiting.asked_by), when: moment(new Date(waiting.asked_at), new Date(), lang) })}
      </span>
      <Tag>{t("approvals.state.waiting")}</Tag>
    </p>
  );
}
