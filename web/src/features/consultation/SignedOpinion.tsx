/** A signed opinion, with the state of its signature. A broken one is loud: nobody should act on it. */
import type { ReactElement } from "react";
import { moment } from "../../lib/format";
import { useText } from "../../lib/i18n";
import { Shape } from "../../ui/Shape";
import { Tag } from "../../ui/Tag";
import { nameOf, type OpinionVersion } from "./model";

const PARTS = ["conclusion", "advice", "findings"] as const;

export function SignedOpinion({ version }: { version: OpinionVersion }): ReactElement {
  const { t, lang } = useText();
  const broken = version.signature === "broken";
  return (
    <article className="opinion">
      {broken ? (
        <div className="broken" role="alert">
          <Shape state="high" size={28} />
          <div>
            <b>{t("opinion.broken")}</b>
            <p>{t("opinion.broken.do")}</p>
          </div>
        </div>
      ) : (
        <div className="row">
          <Tag state="ok">{t("opinion.valid")}</Tag>
          <span className="meta num">
            {nameOf(version.signed_by)} {moment(new Date(version.signed_at), new Date(), lang)}
            {" · "}
            {t("opinion.version", { version: version.version })}
          </span>
        </div>
      )}
      <dl className={broken ? "distrusted" : ""}>
        {PARTS.filter((part) => version[part]).map((part) => (
          <div key={part}>
            <dt>{t(`opinion.${part}`)}</dt>
            <dd className="prose">{version[part]}</dd>
          </div>
        ))}
      </dl>
    </article>
  );
}
