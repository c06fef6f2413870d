/** The opinion: findings, conclusion, advice; saved while it is written, shared by its experts, signed after a check. */
import { Input } from "antd";
import { useState, type ReactElement } from "react";
import { useText } from "../../lib/i18n";
import { useNow } from "../../lib/now";
import { Button } from "../../ui/Button";
import { Field } from "../../ui/Field";
import { IdentityCheck, type Identity } from "../../ui/IdentityCheck";
import { Trouble, useSpan } from "../../ui/views";
import { Who } from "../../ui/Who";
import { useSign, useTemplates } from "./api";
import { filled, PARTS, type Base, type Choice, type PartOf } from "./draft";
import { personOf, type Case } from "./model";
import { useDraft, type Draft } from "./useDraft";

interface Props {
  one: Case;
  remote: Base;
  /** Who writes here. */
  writer: string;
  /** The one who saved it last, where that is another. */
  by: string | undefined;
  /** The check before the signature is begun, or given up. */
  /** Pictures beside it are to stand still while one signs. */
  onSigning?(begun: boolean): void;
}

export function OpinionEditor({ one, remote, writer, by, onSigning }: Props): ReactElement {
  const { t } = useText();
  const draft = useDraft(one.id, remote, writer);
  const sign = useSign(one.id);
  /** The version that the signer has before them; what another saves afterwards is not signed unseen. */
  const [seen, setSeen] = useState<number>();
  const [tried, setTried] = useState(false);
  const [flushing, setFlushing] = useState(false);
  /** What has to be told by a call at once; '' where nothing is. */
  const [critical, setCritical] = useState("");
  const signing = seen !== undefined;
  const check = (version: number | undefined): void => {
    setSeen(version);
    onSigning?.(version !== undefined);
  };
  const whole = draft.opinion.findings.trim() !== "" && draft.opinion.conclusion.trim() !== "";
  const begin = async (): Promise<void> => {
    setTried(true);
    if (!whole) return;
    setFlushing(true);
    try {
      check(await draft.flush());
    } catch {
      // Shown by the draft itself: nothing is signed that the server does not have
    } finally {
      setFlushing(false);
    }
  };
  return (
    <div className="stack">
      {!signing && <TemplateChoice one={one} draft={draft} />}
      {PARTS.map((part) => (
        <div key={part}>
          <Field
            label={t(`opinion.${part}`)}
            error={tried && part !== "advice" && !draft.opinion[part].trim() ? t(`opinion.${part}.missing`) : undefined}
          >
            <Input.TextArea
              autoSize={{ minRows: part === "findings" ? 3 : 2, maxRows: 10 }} value={draft.opinion[part]} readOnly={signing}
              onChange={(event) => draft.set({ [part]: event.target.value })}
            />
          </Field>
          {draft.clashes[part] !== undefined && <Clash theirs={draft.clashes[part]} part={part} by={by} onSettle={(choice) => draft.settle(part, choice)} />}
        </div>
      ))}
      {one.acts.includes("sign") && (
        <Field label={t("critical.flag")} hint={t("critical.flag.hint")}>
          <Input value={critical} maxLength={500} readOnly={signing} onChange={(event) => setCritical(event.target.value)} />
        </Field>
      )}
      <SavedAt savedAt={draft.savedAt} dirty={draft.dirty} failed={Boolean(draft.error)} />
      {by && <p className="meta" role="status">{t("opinion.saved.by", { name: by })}</p>}
      <Trouble error={draft.error} />
      {signing ? (
        <IdentityCheck
          withoutBirthDate={!one.patient.birth_date} action={t("opinion.sign")} busy={sign.isPending} error={sign.error}
          onConfirm={(patient: Identity) => sign.mutate({ patient, version: seen, critical: critical.trim() })} onCancel={() => check(undefined)}
        />
      ) : (
        one.acts.includes("sign") && (
          <div className="signbar">
            <Who person={personOf(one)} />
            <Button kind="primary" large icon="pen" busy={flushing} onClick={() => void begin()}>{t("opinion.check")}</Button>
          </div>
        )
      )}
    </div>
  );
}

/** Puts a template's words into the fields, as plain text, beneath what is written already. */
function TemplateChoice({ one, draft }: { one: Case; draft: Draft }): ReactElement | null {
  const { t, lang } = useText();
  const templates = useTemplates(one.department.name, one.studies[0]?.modality ?? "");
  if (!templates.data) return null;
  const put = (id: string): void => {
    const chosen = templates.data.find((each) => each.id === id);
    if (!chosen) return;
    const words = { findings: chosen.findings[lang], conclusion: chosen.conclusion[lang], advice: chosen.advice[lang] };
    draft.set(filled(draft.opinion, words));
  };
  return (
    <select className="btn template" aria-label={t("opinion.template")} value="" onChange={(event) => put(event.target.value)}>
      <option value="">{t("opinion.template")}</option>
      {templates.data.map(({ id, title }) => <option key={id} value={id}>{title[lang]}</option>)}
    </select>
  );
}

interface ClashProps {
  theirs: string;
  part: PartOf;
  by: string | undefined;
  onSettle(choice: Choice): void;
}

const CHOICES: Choice[] = ["mine", "theirs", "both"];

/** Another expert wrote in the same part: both texts are there until somebody decides. */
function Clash({ theirs, part, by, onSettle }: ClashProps): ReactElement {
  const { t } = useText();
  return (
    <div className="clash" role="alert">
      <p><b>{t("opinion.clash", { name: by ?? t("opinion.clash.other"), part: t(`opinion.${part}`) })}</b></p>
      <p className="theirs">{theirs || t("opinion.clash.emptied")}</p>
      <div className="row">
        {CHOICES.map((choice) => <Button key={choice} onClick={() => onSettle(choice)}>{t(`opinion.clash.${choice}`)}</Button>)}
      </div>
    </div>
  );
}

function SavedAt({ savedAt, dirty, failed }: { savedAt: number | undefined; dirty: boolean; failed: boolean }): ReactElement {
  const { t } = useText();
  const long = useSpan();
  const now = useNow(1000);
  const words = failed ? "opinion.unsaved" : dirty ? "opinion.saving" : savedAt ? "opinion.saved" : "opinion.draft";
  return (
    <p className="meta num" role="status">
      {t(words, { span: savedAt ? long(Math.max(1, Math.floor((now - savedAt) / 1000))) : "" })}
    </p>
  );
}
