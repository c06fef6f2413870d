/** What may be done with a signed opinion: add alone; correct or withdraw, which waits for a second person; sign as well. */
import { Input } from "antd";
import { useState, type ReactElement } from "react";
import { useText } from "../../lib/i18n";
import { Button } from "../../ui/Button";
import { Field } from "../../ui/Field";
import { ReasonForm } from "../../ui/ReasonForm";
import { Trouble } from "../../ui/views";
import { useOpinionAct } from "./api";
import type { Opinion, OpinionDo, OpinionVersion } from "./model";

interface Props {
  id: string;
  newest: OpinionVersion;
  acts: OpinionDo[];
  /** One waits already. */
  waits: boolean;
}

const TEXTS = ["findings", "conclusion", "advice"] as const;

export function OpinionActs({ id, newest, acts, waits }: Props): ReactElement | null {
  const { t } = useText();
  const [open, setOpen] = useState<OpinionDo>();
  const act = useOpinionAct(id);
  const close = { onSuccess: () => setOpen(undefined) };
  const offered = acts.filter((one) => !waits || one === "add" || one === "cosign");
  if (offered.length === 0) return null;
  const chosen = open && offered.includes(open) ? open : undefined;
  const common = { busy: act.isPending, onCancel: () => setOpen(undefined) };
  return (
    <div className="stack">
      {!chosen && (
        <div className="row">
          {offered.map((one) => (
            <Button
              key={one}
              {...(act.isPending && act.variables.act === one ? { busy: true } : {})}
              onClick={() => (one === "cosign" ? act.mutate({ act: "cosign", seen: newest.version }) : setOpen(one))}
            >
              {t(`opinion.act.${one}`)}
            </Button>
          ))}
        </div>
      )}
      {chosen === "add" && (
        <ReasonForm {...common} label={t("opinion.add.what")} act={t("opinion.add.sign")} onSend={(text) => act.mutate({ act: "add", text }, close)} />
      )}
      {chosen === "amend" && <Amend {...common} newest={newest} onSend={(texts, reason) => act.mutate({ act: "amend", texts, reason }, close)} />}
      {chosen === "withdraw" && (
        <ReasonForm {...common} label={t("opinion.withdraw.why")} act={t("opinion.withdraw.ask")} onSend={(reason) => act.mutate({ act: "withdraw", reason }, close)} />
      )}
      <Trouble error={act.error} />
    </div>
  );
}

interface AmendProps {
  newest: OpinionVersion;
  busy: boolean;
  onSend(texts: Opinion, reason: string): void;
  onCancel(): void;
}

function Amend({ newest, busy, onSend, onCancel }: AmendProps): ReactElement {
  const { t } = useText();
  const [texts, setTexts] = useState<Opinion>({ findings: newest.findings, conclusion: newest.conclusion, advice: newest.advice });
  return (
    <ReasonForm
      label={t("opinion.amend.why")} act={t("opinion.amend.ask")} busy={busy} onCancel={onCancel}
      onSend={(reason) => onSend(texts, reason)}
    >
      {TEXTS.map((part) => (
        <Field key={part} label={t(`opinion.${part}`)}>
          <Input.TextArea
            autoSize={{ minRows: 2, maxRows: 10 }} value={texts[part]}
            onChange={(event) => setTexts({ ...texts, [part]: event.target.value })}
          />
        </Field>
      ))}
    </ReasonForm>
  );
}
