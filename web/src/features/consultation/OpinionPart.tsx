/** A case's opinion as an expert has it: being written, or signed. */
import type { ReactElement } from "react";
import { useText } from "../../lib/i18n";
import { useMe } from "../../lib/me";
import { Empty, Loading, ProblemView } from "../../ui/views";
import { useOpinions } from "./api";
import { EMPTY, type Base } from "./draft";
import type { Case, Opinion } from "./model";
import { OpinionEditor } from "./OpinionEditor";
import { SignedOpinions } from "./SignedOpinions";

/** What is sent back is what was written, without what the server says about it. */
const written = (draft: (Opinion & { version: number }) | null): Base =>
  draft
    ? { opinion: { findings: draft.findings, conclusion: draft.conclusion, advice: draft.advice }, version: draft.version }
    : { opinion: EMPTY, version: 0 };

interface Props {
  one: Case;
  writing: boolean;
  /** Pictures beside it are to stand still while one signs. */
  onSigning?(begun: boolean): void;
}

export function OpinionPart({ one, writing, onSigning }: Props): ReactElement {
  const { t } = useText();
  const opinions = useOpinions(one.id);
  const me = useMe();
  if (opinions.isPending) return <Loading what={t("opinion.loading")} />;
  if (!opinions.data) {
    return <ProblemView title={t("opinion.failed")} error={opinions.error} onRetry={() => void opinions.refetch()} />;
  }
  const { items: signed, draft } = opinions.data;
  if (writing && signed.length === 0) {
    return (
      <OpinionEditor
        key={one.id} one={one} remote={written(draft)} writer={me.data?.id ?? ""} by={draft && draft.writer.id !== me.data?.id ? draft.writer.name : undefined}
        {...(onSigning ? { onSigning } : {})}
      />
    );
  }
  if (signed.length === 0) return <Empty icon="pen" title={t("opinion.notyet")}>{t("opinion.notyet.expert")}</Empty>;
  return <SignedOpinions one={one} opinions={opinions.data} />;
}
