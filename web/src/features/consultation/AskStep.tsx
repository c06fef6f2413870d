/** What is asked: the complaint fills in department and question, which stay the asker's to change. */
import { Input, Select } from "antd";
import type { ReactElement } from "react";
import { useText } from "../../lib/i18n";
import { UploadList } from "../../parts/uploads/UploadList";
import { Field } from "../../ui/Field";
import { Trouble } from "../../ui/views";
import { useDepartments } from "./api";
import type { Missing, Wish } from "./model";
import { filledIn, type Prepared } from "./request";
import type { RequestDraft } from "./useRequestDraft";

interface Props {
  prepared: Prepared;
  wish: Wish;
  gaps: Missing[];
  onChange: RequestDraft["change"];
}

export function AskStep({ prepared, wish, gaps, onChange }: Props): ReactElement {
  const { t, lang } = useText();
  const { complaints } = prepared;
  const chosen = complaints.find(({ id }) => id === wish.complaint);
  return (
    <div className="stack">
      <Field label={t("request.complaint")}>
        <Select
          value={wish.complaint || undefined} placeholder={t("request.complaint.choose")} aria-label={t("request.complaint")}
          options={complaints.map(({ id, name }) => ({ value: id, label: name[lang] ?? id }))}
          onChange={(id: string) => {
            const one = complaints.find((each) => each.id === id);
            if (one) onChange((now) => filledIn(now, one, complaints, lang));
          }}
        />
      </Field>
      <Departments value={wish.department} error={gaps.includes("department")} onChange={(department) => onChange({ department })} />
      {chosen && chosen.department === wish.department && chosen.department !== "" && (
        <p className="meta num">{t(chosen.on_duty > 0 ? "request.on-duty" : "request.nobody", { count: chosen.on_duty })}</p>
      )}
      <Field label={t("request.question")} error={gaps.includes("question") ? t("request.question.missing") : undefined}>
        <Input.TextArea
          rows={4} maxLength={4000} value={wish.question} placeholder={t("request.question.example")}
          onChange={(event) => onChange({ question: event.target.value })}
        />
      </Field>
      <Field label={t("request.call-back")} hint={t("request.call-back.why")}>
        <Input type="tel" autoComplete="tel" maxLength={40} value={wish.call_back} onChange={(event) => onChange({ call_back: event.target.value })} />
      </Field>
      <UploadList
        patient={wish.patient} label={t("uploads.add")}
        onKept={(id) => onChange(({ documents }) => ({ documents: [...documents, id] }))}
        onDrop={(id) => onChange(({ documents }) => ({ documents: documents.filter((each) => each !== id) }))}
      />
      <GoesAlong prepared={prepared} documents={wish.documents} />
    </div>
  );
}

/** What an earlier page has brought for this request. */
function GoesAlong({ prepared, documents }: { prepared: Prepared; documents: string[] }): ReactElement | null {
  const { t } = useText();
  const count = (prepared.saved?.draft.documents ?? []).filter((id) => documents.includes(id)).length;
  return count > 0 ? <p className="meta num">{t("request.brought", { count })}</p> : null;
}

/** More departments than a hand can choose from are searched. */
const CHIPS = 6;

function Departments({ value, error, onChange }: { value: string; error: boolean; onChange(id: string): void }): ReactElement {
  const { t } = useText();
  const departments = useDepartments();
  const items = departments.data ?? [];
  return (
    <fieldset className={error ? "chips bad" : "chips"}>
      <legend>{t("request.department")}</legend>
      {departments.isPending && <p className="meta" role="status">{t("request.department.loading")}</p>}
      <Trouble error={departments.error} />
      {departments.data?.length === 0 && <p className="meta">{t("request.department.none")}</p>}
      {items.length > CHIPS ? (
        <Select
          className="grow" showSearch={{ optionFilterProp: "label" }} value={value || undefined} onChange={onChange}
          aria-label={t("request.department")} options={items.map(({ id, name, institution }) => ({ value: id, label: `${institution.name} ${name}` }))}
        />
      ) : (
        items.map(({ id, name }) => (
          <label key={id} className={id === value ? "chip on" : "chip"}>
            <input type="radio" className="sr" name="department" checked={id === value} onChange={() => onChange(id)} />
            {name}
          </label>
        ))
      )}
    </fieldset>
  );
}
