/** Files to bring: chosen or photographed, each with how far it is, what is wrong with it, and a way to try again. */
import { useId, type ReactElement } from "react";
import { problemText, useText, type T } from "../../lib/i18n";
import { Button } from "../../ui/Button";
import { Icon } from "../../ui/Icon";
import { Shape } from "../../ui/Shape";
import { limitOf, mayRetry, sizeOf, type Item } from "./model";
import { useUploads } from "./useUploads";
import "./uploads.css";

const TAKEN = "image/*,video/*,application/pdf";

interface Props {
  patient: string;
  label: string;
  /** Tells that a file has become this document of the patient's. */
  onKept(id: string): void;
  /** It is not to go along after all; in the record it stays. */
  onDrop(id: string): void;
}

export function UploadList({ patient, label, onKept, onDrop }: Props): ReactElement {
  const { t } = useText();
  const uploads = useUploads(patient, onKept);
  const hint = useId();
  return (
    <div className="uploads">
      <div className="row">
        <label className="btn pick">
          <Icon name="plus" />
          {label}
          <input
            type="file" className="sr" multiple accept={TAKEN} aria-describedby={hint}
            onChange={({ target }) => {
              uploads.add(target.files ?? []);
              target.value = ""; // the same file may be chosen again
            }}
          />
        </label>
        <span id={hint} className="meta">
          {t("uploads.kinds")}{uploads.most !== undefined && ` · ${t("uploads.most", { most: sizeOf(uploads.most) })}`}
        </span>
      </div>
      {uploads.items.length > 0 && (
        <ul>
          {uploads.items.map((one) => (
            <Row
              key={one.key} one={one} onRetry={() => uploads.retry(one.key)}
              onDrop={() => {
                uploads.drop(one.key);
                if (one.id) onDrop(one.id);
              }}
            />
          ))}
        </ul>
      )}
    </div>
  );
}

function why(t: T, one: Item): string {
  const most = limitOf(one);
  return most === undefined ? problemText(t, one.error) : t("uploads.too-large", { size: sizeOf(one.bytes), most: sizeOf(most) });
}

function Row({ one, onRetry, onDrop }: { one: Item; onRetry(): void; onDrop(): void }): ReactElement {
  const { t } = useText();
  const percent = Math.round(one.share * 100);
  return (
    <li className={one.state}>
      {one.state === "kept" ? <Shape state="ok" size={22} /> : one.state === "failed" ? <Shape state="medium" size={22} /> : <Icon name="file" />}
      <div className="grow">
        <b>{one.name}</b> <span className="meta num">{sizeOf(one.bytes)}</span>
        {one.state === "sending" && (
          <div className="bar" role="progressbar" aria-label={one.name} aria-valuenow={percent} aria-valuemin={0} aria-valuemax={100}>
            <i style={{ width: `${percent}%` }} />
          </div>
        )}
        {one.state === "failed" && <p role="alert">{why(t, one)}</p>}
      </div>
      <span className="meta num" role="status">{one.state === "sending" ? t("uploads.percent", { percent }) : one.state === "failed" ? "" : t(`uploads.${one.state}`)}</span>
      {mayRetry(one) && <Button icon="retry" onClick={onRetry}>{t("act.retry")}</Button>}
      <Button kind="quiet" icon="close" aria-label={t("uploads.drop", { name: one.name })} onClick={onDrop} />
    </li>
  );
}
