import type { ReactElement, ReactNode } from "react";
import { useText } from "../lib/i18n";
import { Shape } from "./Shape";

interface Props {
  finding: string;
  /** Model, version, its figures in this hospital, slices. */
  evidence: string;
  children?: ReactNode;
  onAccept(): void;
  onChange(): void;
  onReject(): void;
}

/** What a model proposes: violet, dashed, the word; the three answers are equally easy. */
export function Suggestion({ finding, evidence, children, onAccept, onChange, onReject }: Props): ReactElement {
  const { t } = useText();
  return (
    <section className="suggestion">
      <div className="kick">
        <Shape state="suggest" />
        {t("suggest.open")}
      </div>
      <h3>{finding}</h3>
      {children}
      <p className="num">{evidence}</p>
      <div className="thirds">
        <button type="button" className="btn" onClick={onAccept}>{t("suggest.accept")}</button>
        <button type="button" className="btn" onClick={onChange}>{t("suggest.change")}</button>
        <button type="button" className="btn" onClick={onReject}>{t("suggest.reject")}</button>
      </div>
    </section>
  );
}
