/** The consent: the text in force, who gives it and how. Who cannot be asked may still be helped in an emergency. */
import { Input } from "antd";
import { useEffect, useState, type ReactElement } from "react";
import type { Schemas } from "../../lib/api";
import { useText } from "../../lib/i18n";
import { Field } from "../../ui/Field";
import { Loading, ProblemView } from "../../ui/views";
import { useConsentText } from "./api";
import type { Consent, Missing, Wish } from "./model";
import { SignaturePad } from "./SignaturePad";

const BY: readonly Consent["given_by"][] = ["patient", "carer", "next-of-kin", "unable"];
const HOW: readonly Consent["how"][] = ["signed", "spoken"];

interface Props {
  wish: Wish;
  gaps: Missing[];
  onChange(part: Partial<Wish>): void;
}

export function ConsentStep({ wish, gaps, onChange }: Props): ReactElement {
  const { t } = useText();
  const query = useConsentText();
  const version = query.data?.version ?? "";
  const known = wish.version === version;
  useEffect(() => {
    if (!known) onChange({ version });
  }, [known, version, onChange]);
  if (query.isPending) return <Loading what={t("consent.loading")} lines={2} />;
  if (!query.data) return <ProblemView title={t("consent.failed")} error={query.error} onRetry={() => void query.refetch()} />;
  return (
    <div className="consent">
      <ConsentWords text={query.data} />
      <Chips name="by" legend={t("consent.by")} values={BY} value={wish.given_by} bad={gaps.includes("consent") && !wish.given_by}
        word={(value) => t(`consent.by.${value}`)} onChange={(given_by) => onChange({ given_by, how: given_by === "unable" ? "spoken" : wish.how })} />
      {wish.given_by === "unable" ? (
        <Field label={t("consent.reason")} error={gaps.includes("reason") ? t("consent.reason.missing") : undefined} hint={t("consent.reviewed")}>
          <Input value={wish.reason} onChange={(event) => onChange({ reason: event.target.value })} />
        </Field>
      ) : (
        <Chips name="how" legend={t("consent.how")} values={HOW} value={wish.how} bad={gaps.includes("consent") && !wish.how}
          word={(value) => t(`consent.how.${value}`)} onChange={(how) => onChange({ how })} />
      )}
      {wish.given_by !== "unable" && <Given wish={wish} gaps={gaps} onChange={onChange} />}
    </div>
  );
}

/** Who gave it for the patient, who heard it, or the name as it is drawn. */
function Given({ wish, gaps, onChange }: Props): ReactElement {
  const { t } = useText();
  const missing = gaps.includes("kin");
  return (
    <>
      {(wish.given_by === "next-of-kin" || wish.given_by === "carer") && (
        <div className="two-fields">
          <Field label={t("consent.name")} error={missing && !wish.name.trim() ? t("consent.name.missing") : undefined}>
            <Input maxLength={100} value={wish.name} onChange={(event) => onChange({ name: event.target.value })} />
          </Field>
          <Field label={t("consent.relation")} error={missing && !wish.relation.trim() ? t("consent.relation.missing") : undefined}>
            <Input maxLength={100} value={wish.relation} onChange={(event) => onChange({ relation: event.target.value })} />
          </Field>
        </div>
      )}
      {wish.how === "spoken" && (
        <Field label={t("consent.heard-by")}>
          <Input maxLength={100} value={wish.heard_by} onChange={(event) => onChange({ heard_by: event.target.value })} />
        </Field>
      )}
      {wish.how === "signed" && <SignaturePad strokes={wish.signature} onChange={(signature) => onChange({ signature })} />}
    </>
  );
}

/** Room enough to show the text beside the choices without pushing them off the screen. */
const ROOMY = "(min-width: 1200px) and (min-height: 860px)";

function ConsentWords({ text }: { text: Schemas["ConsentText"] }): ReactElement {
  const { t, lang } = useText();
  const words = text.text[lang] ?? text.text.zh ?? "";
  const open = useState(() => matchMedia(ROOMY).matches)[0];
  return (
    <details className="consent-text" open={open}>
      <summary>{t("consent.read", { version: text.version })}</summary>
      <div tabIndex={0} role="region" aria-label={t("consent.read", { version: text.version })}>
        {words.split("\n").filter(Boolean).map((line, index) => (
          <p key={index} className={line.startsWith("- ") ? "item" : line.startsWith("# ") ? "title" : ""}>
            {line.replace(/^[-#] /, "")}
          </p>
        ))}
      </div>
    </details>
  );
}

interface ChipsProps<V extends string> {
  name: string;
  legend: string;
  values: readonly V[];
  value: string;
  bad: boolean;
  word(value: V): string;
  onChange(value: V): void;
}

function Chips<V extends string>({ name, legend, values, value, bad, word, onChange }: ChipsProps<V>): ReactElement {
  return (
    <fieldset className={bad ? "chips bad" : "chips"}>
      <legend>{legend}</legend>
      {values.map((each) => (
        <label key={each} className={each === value ? "chip on" : "chip"}>
          <input type="radio" className="sr" name={name} checked={each === value} onChange={() => onChange(each)} />
          {word(each)}
        </label>
      ))}
    </fieldset>
  );
}
