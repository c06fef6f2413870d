/** The held images, one after another; beside them the one of the same UID that is served. */
import { useDeferredValue, useState, type ReactElement } from "react";
import { useText } from "../../lib/i18n";

export function Pictures({ id, count, served }: { id: string; count: number; served: string }): ReactElement {
  const { t } = useText();
  const [index, setIndex] = useState(1);
  const shown = useDeferredValue(index);
  const title = t("apart.picture.index", { index: shown, count });
  return (
    <div className="stack">
      <div className={served ? "two-up" : "one-up"}>
        <Picture key={shown} src={`/api/apart/${id}/pictures/${shown}`} alt={`${t("apart.picture.waiting")} ${title}`} caption={t("apart.picture.waiting")} />
        {served && <Picture src={`${served}/rendered`} alt={t("apart.picture.served")} caption={t("apart.picture.served")} />}
      </div>
      {count > 1 && (
        <label className="leaf">
          <span className="meta num">{title}</span>
          <input
            type="range" min={1} max={count} value={index} aria-label={t("apart.picture.scrub")}
            onChange={(event) => setIndex(Number(event.target.value))}
          />
        </label>
      )}
    </div>
  );
}

function Picture({ src, alt, caption }: { src: string; alt: string; caption: string }): ReactElement {
  const { t } = useText();
  const [failed, setFailed] = useState(false);
  return (
    <figure>
      {failed ? <p className="undrawn" role="alert">{t("apart.picture.failed")}</p> : <img src={src} alt={alt} onError={() => setFailed(true)} />}
      <figcaption className="meta">{caption}</figcaption>
    </figure>
  );
}
