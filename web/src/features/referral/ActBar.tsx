/** What the caller may do with a referral now, as the server says; an act that wants more asks for it in place. */
import { Input } from "antd";
import { useState, type ReactElement, type ReactNode } from "react";
import { Link } from "react-router";
import { useText } from "../../lib/i18n";
import { UploadList } from "../../parts/uploads/UploadList";
import { Button } from "../../ui/Button";
import { Field } from "../../ui/Field";
import { ReasonForm } from "../../ui/ReasonForm";
import { SendRow } from "../../ui/SendRow";
import { Trouble } from "../../ui/views";
import { useAct } from "./api";
import { FORWARD, offered, WANTS, type Act, type Given, type Referral } from "./model";
import { ReceiverFields } from "./ReceiverFields";

/** What can be booked for a referral, an expert's hour and a scanner's: its slots are chosen. */
export type Hours = (one: Referral, value: string[], onChange: (slots: string[]) => void) => ReactNode;

interface Props {
  one: Referral;
  hours: Hours;
}

export function ActBar({ one, hours }: Props): ReactElement {
  const { t } = useText();
  const act = useAct(one.id);
  const [open, setOpen] = useState<Act>();
  const acts = offered(one.acts);
  const first = FORWARD.find((each) => acts.includes(each));
  const chosen = open && acts.includes(open) ? open : undefined;
  return (
    <div className="stack">
      {chosen ? (
        <Form key={chosen} one={one} hours={hours} act={chosen} busy={act.isPending} onSend={(given) => act.mutate({ act: chosen, given }, { onSuccess: () => setOpen(undefined) })} onCancel={() => setOpen(undefined)} />
      ) : (
        <div className="row">
          {one.state === "draft" && <Link className="btn" to={`/patients/${one.patient.id}/refer?draft=${one.id}`}>{t("referral.edit")}</Link>}
          {acts.map((each) => (
            <Button
              key={each} kind={each === first ? "primary" : "plain"} onClick={() => (WANTS[each] === null ? act.mutate({ act: each }) : setOpen(each))}
              {...(act.isPending && act.variables.act === each ? { busy: true } : {})}
            >
              {t(`referral.act.${each}`)}
            </Button>
          ))}
        </div>
      )}
      <Trouble error={act.error} />
    </div>
  );
}

interface FormProps extends Props {
  act: Act;
  busy: boolean;
  onSend(given: Given): void;
  onCancel(): void;
}

function Form(props: FormProps): ReactElement {
  const { t } = useText();
  const { act, busy, onSend, onCancel } = props;
  const wanted = WANTS[act];
  if (wanted === "outcome" || wanted === "text") return <Told {...props} wanted={wanted} />;
  if (wanted === "slots") return <Book {...props} />;
  if (wanted === "receiver") return <Redirect {...props} />;
  const field = wanted === "what" ? "what" : "reason";
  return (
    <ReasonForm
      label={t(`referral.want.${field}`)} act={t(`referral.act.${act}`)} busy={busy} onCancel={onCancel}
      onSend={(text) => onSend({ [field]: text })}
    />
  );
}

/** Words, and what is brought with them; of an outcome also what is to be gone on with. */
function Told({ one, act, wanted, busy, onSend, onCancel }: FormProps & { wanted: "outcome" | "text" }): ReactElement {
  const { t } = useText();
  const [text, setText] = useState("");
  const [plan, setPlan] = useState("");
  const [documents, setDocuments] = useState<string[]>([]);
  const [tried, setTried] = useState(false);
  const ends = wanted === "outcome";
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        setTried(true);
        if (text.trim() && !busy) onSend({ [wanted]: text.trim(), documents, ...(ends ? { plan: plan.trim() } : {}) });
      }}
    >
      <Field label={t(`referral.want.${wanted}`)} error={tried && !text.trim() ? t("reason.missing") : undefined}>
        <Input.TextArea autoFocus autoSize={{ minRows: 3 }} maxLength={4000} value={text} onChange={(event) => setText(event.target.value)} />
      </Field>
      {ends && (
        <Field label={t("referral.want.plan")}>
          <Input.TextArea autoSize={{ minRows: 2 }} maxLength={4000} value={plan} onChange={(event) => setPlan(event.target.value)} />
        </Field>
      )}
      {!one.patient.masked && (
        <UploadList
          patient={one.patient.id} label={t("uploads.add")} onKept={(id) => setDocuments((now) => [...now, `DocumentReference/${id}`])}
          onDrop={(id) => setDocuments((now) => now.filter((each) => each !== `DocumentReference/${id}`))}
        />
      )}
      <SendRow act={t(`referral.act.${act}`)} busy={busy} onCancel={onCancel} />
    </form>
  );
}

function Book({ one, hours, act, busy, onSend, onCancel }: FormProps): ReactElement {
  const { t } = useText();
  const [slots, setSlots] = useState<string[]>([]);
  return (
    <div className="stack">
      {hours(one, slots, setSlots)}
      <div className="row">
        <Button kind="primary" whyNot={slots.length > 0 ? undefined : t("request.hours.choose")} {...(busy ? { busy } : {})} onClick={() => onSend({ slots })}>
          {t(`referral.act.${act}`)}
        </Button>
        <Button kind="quiet" onClick={onCancel}>{t("act.back")}</Button>
      </div>
    </div>
  );
}

function Redirect({ one, act, busy, onSend, onCancel }: FormProps): ReactElement {
  const { t } = useText();
  const [to, setTo] = useState({ institution: "", department: "" });
  const [tried, setTried] = useState(false);
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        setTried(true);
        if (to.institution && !busy) onSend(to);
      }}
    >
      <ReceiverFields own={one.house.id} value={to} onChange={setTo} missing={tried && !to.institution} />
      <SendRow act={t(`referral.act.${act}`)} busy={busy} onCancel={onCancel} />
    </form>
  );
}
