/** The first login: a second factor is set up, and proved once before it counts. */
import { useMutation, useQuery } from "@tanstack/react-query";
import { QRCode } from "antd";
import { useState, type ReactElement } from "react";
import { useText } from "../../lib/i18n";
import { Button } from "../../ui/Button";
import { Failed, Loading, Trouble } from "../../ui/views";
import { enrolCode, enrolKey, giveCode } from "./api";
import { CodeField } from "./CodeField";
import type { Answer } from "./model";
import { useWait } from "./useWait";
import { Ways, type Way } from "./Ways";

interface Props {
  onAnswer(answer: Answer): void;
  onWay(way: Way): void;
}

export function Enrol({ onAnswer, onWay }: Props): ReactElement {
  const { t } = useText();
  const [way, keep] = useState<Way>("code");
  const setWay = (next: Way): void => {
    keep(next);
    onWay(next);
  };
  return (
    <div className="factor">
      <div className="stack">
        <p>{t("enrol.why")}</p>
        {way === "code" ? <ByCode onAnswer={onAnswer} /> : <ByKey onAnswer={onAnswer} />}
      </div>
      <Ways way={way} setWay={setWay} />
    </div>
  );
}

function ByCode({ onAnswer }: Pick<Props, "onAnswer">): ReactElement {
  const { t } = useText();
  const [code, setCode] = useState("");
  const secret = useQuery({ queryKey: ["enrol"], queryFn: enrolCode, staleTime: Infinity, gcTime: 0, retry: false });
  const prove = useMutation({ mutationFn: giveCode, onSuccess: onAnswer, onError: () => setCode("") });
  const wait = useWait(prove.error);
  if (secret.error) return <Failed title={t("enrol.failed")} error={secret.error} onRetry={() => void secret.refetch()} />;
  if (!secret.data) return <Loading what={t("enrol.loading")} />;
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        if (code.length === 6 && !prove.isPending && wait === 0) prove.mutate(code);
      }}
    >
      <div className="secret">
        {/* Black on white whatever the theme: a camera reads it */}
        <QRCode aria-label={t("enrol.picture")} type="svg" value={secret.data.uri ?? ""} color="#000000" bgColor="#FFFFFF" size={168} bordered={false} />
        <div>
          <p>{t("enrol.scan")}</p>
          <p className="meta">{t("enrol.type")}</p>
          <code className="num">{secret.data.secret?.replaceAll(/(.{4})/g, "$1 ").trim()}</code>
        </div>
      </div>
      <CodeField code={code} setCode={setCode} onWhole={(whole) => wait === 0 && prove.mutate(whole)} />
      <Trouble error={prove.error} />
      <Button
        kind="primary" large type="submit" className="wide" {...(prove.isPending ? { busy: true } : {})}
        whyNot={wait > 0 ? t("login.wait", { seconds: wait }) : undefined}
      >
        {t("factor.confirm")}
      </Button>
    </form>
  );
}

function ByKey({ onAnswer }: Pick<Props, "onAnswer">): ReactElement {
  const { t } = useText();
  const make = useMutation({ mutationFn: enrolKey, onSuccess: () => onAnswer({}) });
  return (
    <div className="stack">
      <p>{t("factor.key.touch")}</p>
      <Trouble error={make.error} />
      <Button kind="primary" large icon="key" className="wide" {...(make.isPending ? { busy: true } : {})} onClick={() => make.mutate()}>
        {t("enrol.key")}
      </Button>
    </div>
  );
}
