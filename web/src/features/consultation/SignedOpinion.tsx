/** A signed version of an opinion, with the state of its signatures. A broken one is loud: nobody should act on it. */
import type { ReactElement } from "react";
import { moment } from "../../lib/format";
import { useText } from "../../lib/i18n";
import { Shape } from "../../ui/Shape";
import { Tag } from "../../ui/Tag";
import { nameOf, type OpinionVersion } from "./model";

const PARTS = ["addendum", "conclusion", "advice", "findings"] as const;

export function SignedOpinion({ version }: { version: OpinionVersion }): ReactElement {
  const { t } = useText();
  const broken = version.signature === "broken" || version.cosigned.some(({ signature }) => signature === "broken");
  const withdrawn = version.kind === "withdrawal";
  return (
    <article className="opinion">
      {broken && <Loud title={t("opinion.broken")}>{t("opinion.broken.do")}</Loud>}
      {withdrawn && <Loud title={t("opinion.withdrawn")}>{t("opinion.withdrawn.do")}</Loud>}
      <Signatures version={version} broken={broken} />
      {version.reason && <p><span className="meta">{t("opinion.reason")}</span> {version.reason}</p>}
      <dl className={broken || withdrawn ? "distrusted" : ""}>
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

function Loud({ title, children }: { title: string; children: string }): ReactElement {
  return (
    <div className="broken" role="alert">
      <Shape state="high" size={28} />
      <div><b>{title}</b><p>{children}</p></div>
    </div>
  );
}

/** Who signed it, who signed it as well, who approved it; each with its moment. */
function Signatures({ version, broken }: { version: OpinionVersion; broken: boolean }): ReactElement {
  const { t, lang } = useText();
  const at = (time: string): string => moment(new Date(time), new Date(), lang);
  return (
    <div className="row">
      {!broken && <Tag state="ok">{t("opinion.valid")}</Tag>}
      <span className="meta num">
        {t("opinion.version", { version: version.version })} {t(`opinion.kind.${version.kind}`)}
        {" · "}
        {nameOf(version.signed_by)} {at(version.signed_at)}
      </span>
      {version.cosigned.map(({ who, at: when }) => (
        <span key={who.id} className="meta num">{t("opinion.cosigned", { who: nameOf(who) })} {at(when)}</span>
      ))}
      {version.approved_by && version.approved_at && (
        <span className="meta num">{t("opinion.approved", { who: nameOf(version.approved_by) })} {at(version.approved_at)}</span>
      )}
    </div>
  );
}
