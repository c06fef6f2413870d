/** The opinion: findings, conclusion, advice; saved while it is written, signed after an identity check. */
import { Input } from "antd";
import { useState, type ReactElement } from "react";
import { useText } from "../../lib/i18n";
import { useNow } from "../../lib/now";
import { Button } from "../../ui/Button";
import { Field } from "../../ui/Field";
import { IdentityCheck, type Identity } from "../../ui/IdentityCheck";
import { Trouble, useSpan } from "../../ui/views";
import { useSign } from "./api";
import type { Case, Opinion } from "./model";
import { useDraft } from "./useDraft";

const PARTS = ["findings", "conclusion", "advice"] as const;

interface Props {
  one: Case;
  start: Opinion;
  /** The check before the signature is begun, or given up. */
  onSigning(begun: boolean): void;
}

export function OpinionEditor({ one, start, onSigning }: Props): ReactElement {
  const { t } = useText();
  const draft = useDraft(one.id, start);
  const sign = useSign(one.id);
  const [signing, setSigning] = useState(false);
  const check = (begun: boolean): void => {
    setSigning(begun);
    onSigning(begun);
  };
  const [tried, setTried] = useState(false);
  const [flushing, setFlushing] = useState(false);
  const whole = draft.opinion.findings.trim() !== "" && draft.opinion.conclusion.trim() !== "";
  const confirm = async (identity: Identity): Promise<void> => {
    setFlushing(true);
    try {
      await draft.flush();
      sign.mutate(identity);
    } catch {
      // Shown by the draft itself: nothing is signed that the server does not have
    } finally {
      setFlushing(false);
    }
  };
  return (
    <div className="stack">
      {PARTS.map((part) => (
        <Field
          key={part} label={t(`opinion.${part}`)}
          error={tried && part !== "advice" && !draft.opinion[part].trim() ? t(`opinion.${part}.missing`) : undefined}
        >
          <Input.TextArea
            autoSize={{ minRows: part === "findings" ? 3 : 2, maxRows: 10 }} value={draft.opinion[part]} readOnly={signing}
            onChange={(event) => draft.set({ [part]: event.target.value })}
          />
        </Field>
      ))}
      <SavedAt savedAt={draft.savedAt} dirty={draft.dirty} failed={Boolean(draft.error)} />
      <Trouble error={draft.error} />
      {signing ? (
        <IdentityCheck
          withoutBirthDate={!one.patient.birth_date} action={t("opinion.sign")} busy={flushing || sign.isPending}
          error={sign.error} onConfirm={(identity) => void confirm(identity)} onCancel={() => check(false)}
        />
      ) : (
        <Button
          kind="primary" large icon="pen"
          onClick={() => {
            setTried(true);
            if (whole) check(true);
          }}
        >
          {t("opinion.check")}
        </Button>
      )}
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
