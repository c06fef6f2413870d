/** What an act wants beside itself, asked for in place: words, another department, another expert, how it was. */
import { Input, Select } from "antd";
import { useState, type ReactElement, type ReactNode } from "react";
import type { Schemas } from "../../lib/api";
import { UNDONE, useCause } from "../../lib/causes";
import { useText } from "../../lib/i18n";
import { UploadList } from "../../parts/uploads/UploadList";
import { Field } from "../../ui/Field";
import { ReasonForm } from "../../ui/ReasonForm";
import { SendRow } from "../../ui/SendRow";
import { Trouble } from "../../ui/views";
import { useDepartments, useExperts } from "./api";
import { WANTS, type Case, type OfferedAct } from "./model";

type Given = Schemas["Act"];

interface Props {
  one: Case;
  act: OfferedAct;
  busy: boolean;
  onSend(given: Given): void;
  onCancel(): void;
}

export function ActForm(props: Props): ReactElement {
  const { t } = useText();
  const { act, busy, onSend, onCancel } = props;
  if (act === "hand-over") return <HandOver {...props} />;
  if (act === "invite") return <Invite {...props} />;
  if (act === "rate") return <Rate {...props} />;
  if (act === "supply") return <Supply {...props} />;
  if (act === "did-not-take-place") return <Undone {...props} />;
  const wanted = WANTS[act] ?? "reason";
  return (
    <ReasonForm
      label={t(`case.want.${wanted}`)} act={t(`case.act.${act}`)} busy={busy} onCancel={onCancel}
      onSend={(text) => onSend({ [wanted]: text })}
    />
  );
}

interface FormProps extends Pick<Props, "act" | "busy" | "onCancel"> {
  /** What is sent; null while something is missing. */
  given: Given | null;
  children: ReactNode;
  onTry(): void;
  onSend(given: Given): void;
}

function Form({ act, busy, given, children, onTry, onSend, onCancel }: FormProps): ReactElement {
  const { t } = useText();
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        onTry();
        if (given && !busy) onSend(given);
      }}
    >
      {children}
      <SendRow act={t(`case.act.${act}`)} busy={busy} onCancel={onCancel} />
    </form>
  );
}

/** Why it did not take place: one of a list, so that it can be counted, or in one's own words. */
function Undone(form: Props): ReactElement {
  const { t } = useText();
  const cause = useCause();
  const [chosen, setChosen] = useState<string>();
  const [words, setWords] = useState("");
  const [tried, setTried] = useState(false);
  const reason = chosen === "other" ? words.trim() : chosen;
  const missing = tried && !reason ? t("cause.missing") : undefined;
  return (
    <Form {...form} given={reason ? { reason } : null} onTry={() => setTried(true)}>
      <Field label={t("case.want.reason")} error={chosen === "other" ? undefined : missing}>
        <Select
          value={chosen} placeholder={t("cause.choose")} onChange={setChosen}
          options={[...UNDONE.map((one) => ({ value: one as string, label: cause(one) })), { value: "other", label: t("cause.other") }]}
        />
      </Field>
      {chosen === "other" && (
        <Field label={t("cause.words")} error={missing}>
          <Input.TextArea value={words} maxLength={2000} onChange={(event) => setWords(event.target.value)} />
        </Field>
      )}
    </Form>
  );
}

function HandOver({ one, ...form }: Props): ReactElement {
  const { t } = useText();
  const departments = useDepartments();
  const [department, setDepartment] = useState<string>();
  const [reason, setReason] = useState("");
  const [tried, setTried] = useState(false);
  const options = (departments.data ?? [])
    .filter(({ id }) => id !== one.department.id)
    .map(({ id, name, institution }) => ({ value: id, label: `${institution.name} ${name}` }));
  return (
    <Form {...form} given={department ? { department, reason: reason.trim() } : null} onTry={() => setTried(true)}>
      <Field label={t("case.want.department")} error={tried && !department ? t("case.want.department.missing") : undefined}>
        <Select
          autoFocus showSearch={{ optionFilterProp: "label" }} value={department} onChange={setDepartment} options={options}
          loading={departments.isPending} aria-label={t("case.want.department")}
        />
      </Field>
      <Field label={t("case.want.reason.optional")}>
        <Input.TextArea autoSize={{ minRows: 2 }} maxLength={500} value={reason} onChange={(event) => setReason(event.target.value)} />
      </Field>
      <Trouble error={departments.error} />
    </Form>
  );
}

function Invite({ one, ...form }: Props): ReactElement {
  const { t } = useText();
  const experts = useExperts();
  const [person, setPerson] = useState<string>();
  const [tried, setTried] = useState(false);
  const inside = new Set([one.expert?.id, ...one.invited.map(({ id }) => id)]);
  const options = (experts.data ?? [])
    .filter(({ id }) => !inside.has(id))
    .map(({ id, name, departments }) => ({ value: id, label: `${departments.map((each) => each.name).join(" ")} ${name}` }));
  return (
    <Form {...form} given={person ? { person } : null} onTry={() => setTried(true)}>
      <Field label={t("case.want.person")} error={tried && !person ? t("case.want.person.missing") : undefined}>
        <Select
          autoFocus showSearch={{ optionFilterProp: "label" }} value={person} onChange={setPerson} options={options}
          loading={experts.isPending} aria-label={t("case.want.person")}
        />
      </Field>
      <p className="meta">{t("case.want.person.then")}</p>
      <Trouble error={experts.error} />
    </Form>
  );
}

/** What the expert asked for: said, and brought. */
function Supply({ one, ...form }: Props): ReactElement {
  const { t } = useText();
  const [text, setText] = useState("");
  const [documents, setDocuments] = useState<string[]>([]);
  const [tried, setTried] = useState(false);
  return (
    <Form {...form} given={text.trim() ? { text: text.trim(), documents } : null} onTry={() => setTried(true)}>
      <Field label={t("case.want.text")} error={tried && !text.trim() ? t("reason.missing") : undefined}>
        <Input.TextArea autoFocus autoSize={{ minRows: 2 }} maxLength={2000} value={text} onChange={(event) => setText(event.target.value)} />
      </Field>
      <UploadList
        patient={one.patient.id} label={t("uploads.add")} onKept={(id) => setDocuments((now) => [...now, id])}
        onDrop={(id) => setDocuments((now) => now.filter((each) => each !== id))}
      />
    </Form>
  );
}

const SCORES = [5, 4, 3, 2, 1] as const;

function Rate(form: Props): ReactElement {
  const { t } = useText();
  const [score, setScore] = useState(0);
  const [words, setWords] = useState("");
  const [tried, setTried] = useState(false);
  return (
    <Form {...form} given={score ? { score, words: words.trim() } : null} onTry={() => setTried(true)}>
      <fieldset className={tried && !score ? "chips bad" : "chips"}>
        <legend>{t("case.want.score")}</legend>
        {SCORES.map((each) => (
          <label key={each} className={each === score ? "chip on" : "chip"}>
            <input type="radio" className="sr" name="score" checked={each === score} onChange={() => setScore(each)} />
            {t(`case.score.${each}`)}
          </label>
        ))}
      </fieldset>
      <Field label={t("case.want.words")}>
        <Input.TextArea autoSize={{ minRows: 2 }} maxLength={2000} value={words} onChange={(event) => setWords(event.target.value)} />
      </Field>
    </Form>
  );
}
