/** What the caller may do with a case now, as the server says; an act that wants words asks for them in place. */
import { useState, type ReactElement } from "react";
import { moment } from "../../lib/format";
import { useText } from "../../lib/i18n";
import { useNow } from "../../lib/now";
import { Button } from "../../ui/Button";
import { Trouble } from "../../ui/views";
import { ActForm } from "./ActForm";
import { useAct } from "./api";
import { beginsAt, FORWARD, offered, WANTS, type Case, type OfferedAct } from "./model";

interface Props {
  one: Case;
  /** The page has another filled button already. */
  quiet?: boolean;
}

export function ActBar({ one, quiet }: Props): ReactElement | null {
  const { t, lang } = useText();
  const now = useNow(15_000);
  const [open, setOpen] = useState<OfferedAct>();
  const act = useAct(one.id);
  const acts = offered(one.acts);
  if (acts.length === 0) return null;
  const first = quiet ? undefined : FORWARD.find((forward) => acts.includes(forward));
  const begin = (chosen: OfferedAct): void => {
    if (WANTS[chosen] === null) act.mutate({ act: chosen });
    else setOpen(chosen);
  };
  const begins = beginsAt(one, now);
  const whyNot = (each: OfferedAct): string | undefined =>
    each === "accept" && begins ? t("booking.opens", { when: moment(begins, new Date(now), lang) }) : undefined;
  const chosen = open && acts.includes(open) ? open : undefined;
  return (
    <div className="stack">
      {chosen ? (
        <ActForm
          key={chosen} one={one} act={chosen} busy={act.isPending} onCancel={() => setOpen(undefined)}
          onSend={(given) => act.mutate({ act: chosen, given }, { onSuccess: () => setOpen(undefined) })}
        />
      ) : (
        <div className="row">
          {acts.map((each) => (
            <Button
              key={each} kind={each === first ? "primary" : "plain"} whyNot={whyNot(each)} onClick={() => begin(each)}
              {...(act.isPending && act.variables.act === each ? { busy: true } : {})}
            >
              {t(`case.act.${each}`)}
            </Button>
          ))}
        </div>
      )}
      <Trouble error={act.error} />
    </div>
  );
}
