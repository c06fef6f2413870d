/** Whether a printed opinion is one of ours, byte for byte: a file is dropped, or chosen. For everybody, without logging in. */
import { useMutation } from "@tanstack/react-query";
import { useId, useState, type ReactElement } from "react";
import { api, type Schemas } from "../../lib/api";
import { moment } from "../../lib/format";
import { useText } from "../../lib/i18n";
import { useTitle } from "../../lib/title";
import { Card } from "../../ui/Card";
import { Icon } from "../../ui/Icon";
import { Shape } from "../../ui/Shape";
import { Loading, Trouble } from "../../ui/views";
import "./check.css";

type Checked = Schemas["Checked"];

export function CheckPage(): ReactElement {
  const { t } = useText();
  useTitle(t("check.title"));
  const input = useId();
  const [over, setOver] = useState(false);
  const check = useMutation({ mutationFn: (file: File) => api.file("/api/check", file) });
  const take = (files: FileList | null): void => {
    const file = files?.[0];
    if (file) check.mutate(file);
  };
  return (
    <main className="alone">
      <h1 className="sr">{t("check.title")}</h1>
      <Card title={t("check.title")}>
        <div className="stack">
          <p>{t("check.what")}</p>
          <label
            htmlFor={input} className={over ? "drop over" : "drop"}
            onDragOver={(event) => {
              event.preventDefault();
              setOver(true);
            }}
            onDragLeave={() => setOver(false)}
            onDrop={(event) => {
              event.preventDefault();
              setOver(false);
              take(event.dataTransfer.files);
            }}
          >
            <Icon name="file" size={30} />
            <b>{t("check.drop")}</b>
            <span className="meta">{t("check.stays")}</span>
            <input id={input} className="sr" type="file" accept="application/pdf" onChange={(event) => take(event.target.files)} />
          </label>
          {check.isPending && <Loading what={t("check.loading")} lines={2} />}
          {check.data && <Told told={check.data} />}
          <Trouble error={check.error} />
        </div>
      </Card>
    </main>
  );
}

function Told({ told }: { told: Checked }): ReactElement {
  const { t, lang } = useText();
  if (!told.valid || !told.signed_at) {
    return (
      <div className="where high" role="alert">
        <Shape state="high" size={30} />
        <div className="grow"><h2>{t("check.invalid")}</h2><p>{t("check.invalid.why")}</p></div>
      </div>
    );
  }
  const standing = told.standing ?? "newest";
  return (
    <div className={standing === "newest" ? "where ok" : "where"} role="status">
      <Shape state={standing === "newest" ? "ok" : "medium"} size={30} />
      <div className="grow">
        <h2>{t(`check.standing.${standing}`)}</h2>
        <p className="num">
          {t("check.signed", { who: told.signed_by ?? "", when: moment(new Date(told.signed_at), new Date(), lang), version: told.version ?? 1 })}
        </p>
        <p className="num meta">{told.code}</p>
      </div>
    </div>
  );
}
