/** Opening a record in need: a whole number, the whole name, why; what follows from it is said before. */
import { Input } from "antd";
import { useState, type ReactElement } from "react";
import { Link } from "react-router";
import { moment } from "../../lib/format";
import { useText } from "../../lib/i18n";
import { useTitle } from "../../lib/title";
import { Button } from "../../ui/Button";
import { Card } from "../../ui/Card";
import { Field } from "../../ui/Field";
import { Icon } from "../../ui/Icon";
import { Trouble } from "../../ui/views";
import { useBreak, useEndGlass, useGlasses, type Glass } from "./api";

const EMPTY = { number: "", name: "", reason: "" };
const FIELDS = ["number", "name", "reason"] as const;

export function GlassPage(): ReactElement {
  const { t, lang } = useText();
  useTitle(t("nav.glass"));
  const [said, setSaid] = useState(EMPTY);
  const [tried, setTried] = useState(false);
  const glass = useBreak();
  const glasses = useGlasses();
  const ended = glasses.data?.items.some((one) => one.id === glass.data?.review && one.ended_at);
  const whole = FIELDS.every((field) => said[field].trim() !== "");
  return (
    <>
      <div className="pagehead"><h1>{t("nav.glass")}</h1></div>
      <Card title={t("glass.title")}>
        {glass.data && !ended ? (
          <div className="stack" role="status">
            <p>{t("glass.open", { when: glass.data.until ? moment(new Date(glass.data.until), new Date(), lang) : "" })}</p>
            <Link className="btn primary" to={`/patients/${glass.data.patient}`}><Icon name="file" />{t("glass.file")}</Link>
          </div>
        ) : (
          <form
            className="stack"
            onSubmit={(event) => {
              event.preventDefault();
              setTried(true);
              if (whole && !glass.isPending) glass.mutate(said);
            }}
          >
            <p className="noted-line"><Icon name="shield" /><span>{t("glass.what", { hours: glasses.data?.hours ?? "" })}</span></p>
            {FIELDS.map((field) => (
              <Field key={field} label={t(`glass.${field}`)} error={tried && !said[field].trim() ? t("glass.missing") : undefined}>
                {field === "reason" ? (
                  <Input.TextArea autoSize={{ minRows: 2 }} maxLength={2000} value={said.reason} onChange={(event) => setSaid({ ...said, reason: event.target.value })} />
                ) : (
                  <Input size="large" autoComplete="off" value={said[field]} onChange={(event) => setSaid({ ...said, [field]: event.target.value })} />
                )}
              </Field>
            ))}
            <Trouble error={glass.error} />
            <Button kind="danger" type="submit" icon="lock" {...(glass.isPending ? { busy: true } : {})}>{t("glass.break")}</Button>
          </form>
        )}
      </Card>
      <Opened glasses={glasses.data?.items ?? []} />
    </>
  );
}

/** What one has open now, until when; whoever needs it no longer closes it. */
function Opened({ glasses }: { glasses: readonly Glass[] }): ReactElement | null {
  const { t, lang } = useText();
  const end = useEndGlass();
  const open = glasses.filter((one) => !one.ended_at && one.until && new Date(one.until) > new Date());
  if (open.length === 0) return null;
  return (
    <Card title={t("glass.opened")} flush>
      <ul className="rows">
        {open.map((one) => (
          <li key={one.id}>
            <div className="what">
              <b>{one.reason}</b>
              <span className="meta num">{t("glass.open", { when: moment(new Date(one.until ?? ""), new Date(), lang) })}</span>
            </div>
            <Link className="btn" to={`/patients/${one.patient}`}><Icon name="file" />{t("glass.file")}</Link>
            <Button kind="quiet" icon="lock" onClick={() => end.mutate(one.id)} {...(end.isPending ? { busy: true } : {})}>{t("glass.end")}</Button>
          </li>
        ))}
      </ul>
      <Trouble error={end.error} />
    </Card>
  );
}
