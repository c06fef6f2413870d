/** For a patient: who opened their record in need, from which house and why. Nothing is shown where nobody did. */
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, type ReactElement } from "react";
import { moment } from "../../lib/format";
import { useText } from "../../lib/i18n";
import { useLive } from "../../lib/useLive";
import { Card } from "../../ui/Card";
import { Tag } from "../../ui/Tag";
import { useGlasses } from "./api";

const keep = (state: unknown): unknown => state;

export function GlassNotice(): ReactElement | null {
  const { t, lang } = useText();
  const { seq } = useLive<unknown>("me", keep);
  const client = useQueryClient();
  useEffect(() => {
    if (seq > 0) void client.invalidateQueries({ queryKey: ["glasses"] });
  }, [seq, client]);
  const glasses = useGlasses();
  if (!glasses.data || glasses.data.items.length === 0) return null;
  return (
    <Card title={t("glass.notice")} flush>
      <ul className="rows">
        {glasses.data.items.map((one) => (
          <li key={one.id}>
            <div className="what">
              <b>{[one.by.name, one.institution].filter(Boolean).join(" · ")}</b>
              <p className="prose">{one.reason}</p>
              <span className="meta num">{moment(new Date(one.at), new Date(), lang)}</span>
            </div>
            <Tag {...(one.reviewed ? { state: "ok" as const } : {})}>{t(one.reviewed ? "glass.reviewed" : "glass.unreviewed")}</Tag>
          </li>
        ))}
      </ul>
    </Card>
  );
}
