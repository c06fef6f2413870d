/** What the images say beside what is known; every difference is marked. */
import type { ReactElement } from "react";
import { isText, useText } from "../../lib/i18n";
import { Shape } from "../../ui/Shape";
import { candidates, differs, FIELDS, type Candidate, type Field, type Whole } from "./model";

export function useWords(): (field: Field, value: string) => string {
  const { t } = useText();
  return (field, value) => {
    const sex = `sex.${value}`;
    return field === "sex" && isText(sex) ? t(sex) : value || "—";
  };
}

export function Compare({ one }: { one: Whole }): ReactElement {
  const { t } = useText();
  const words = useWords();
  const { claimed } = one.line;
  const known = candidates(one);
  const headed = (candidate: Candidate): string => t(candidate.id === one.holder?.id ? "apart.compare.holder" : "apart.compare.numbered");
  return (
    <div className="sidewise" role="group" aria-label={t("apart.compare")} tabIndex={0}>
      <table className="compare">
        <thead>
          <tr>
            <th scope="col">{t("apart.compare.what")}</th>
            <th scope="col">{t("apart.compare.claimed")}</th>
            {known.map((candidate) => <th key={candidate.id} scope="col">{headed(candidate)}</th>)}
          </tr>
        </thead>
        <tbody>
          {FIELDS.map((field) => (
            <tr key={field}>
              <th scope="row">{t(`apart.field.${field}`)}</th>
              <td className="num">{words(field, claimed[field])}</td>
              {known.map((candidate) => {
                const bad = differs(field, claimed, candidate);
                return (
                  <td key={candidate.id} className={bad ? "num bad" : "num"}>
                    {words(field, candidate[field] ?? "")}
                    {bad && <span className="here"><Shape state="medium" size={16} />{t("apart.compare.differs")}</span>}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** The attributes in which the image that waits is other than the one that is served. */
export function Differences({ one }: { one: Whole }): ReactElement {
  const { t } = useText();
  return (
    <>
      <div className="sidewise" role="group" aria-label={t("apart.differences")} tabIndex={0}>
        <table className="compare">
          <thead>
            <tr>
              <th scope="col">{t("apart.compare.what")}</th>
              <th scope="col">{t("apart.picture.waiting")}</th>
              <th scope="col">{t("apart.picture.served")}</th>
            </tr>
          </thead>
          <tbody>
            {one.differs.map(({ tag, keyword, waiting, served }) => (
              <tr key={tag}>
                <th scope="row">{keyword || tag}</th>
                <td className="num">{waiting || "—"}</td>
                <td className="num">{served || "—"}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {one.differences > one.differs.length && (
        <p className="meta">{t("apart.differences.shown", { count: one.differs.length, of: one.differences })}</p>
      )}
    </>
  );
}
