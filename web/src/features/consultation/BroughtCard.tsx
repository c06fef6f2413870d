/** The documents that came with the request or were added to it, as far as the reader may see them now. */
import type { ReactElement } from "react";
import { useText } from "../../lib/i18n";
import { Attached, documentAddress } from "../../parts/uploads/Attached";
import { Card } from "../../ui/Card";
import type { Case } from "./model";

export function BroughtCard({ one }: { one: Case }): ReactElement | null {
  const { t } = useText();
  if (one.documents.length === 0) return null;
  return (
    <Card title={t("case.brought")}>
      <div className="brought">
        {one.documents.map(({ id, title, type, bytes }) => (
          <Attached key={id} address={documentAddress(one.patient.id, "DocumentReference", id, 0)} title={title} type={type} bytes={bytes} />
        ))}
      </div>
    </Card>
  );
}
