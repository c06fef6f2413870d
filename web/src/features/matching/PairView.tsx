/** One pair: both beside each other, what agrees and what differs, how likely it is, and what somebody says of it. */
import { Radio } from "antd";
import { useEffect, useState, type ReactElement } from "react";
import { isText, useText } from "../../lib/i18n";
import { Button } from "../../ui/Button";
import { Card } from "../../ui/Card";
import { ReasonForm } from "../../ui/ReasonForm";
import { Tag } from "../../ui/Tag";
import { Trouble } from "../../ui/views";
import { useReveal, useWord } from "./api";
import { KEYS, likely, mark, rows, signed, type Act, type Mark, type Pair, type Row, type Side } from "./model";

const STATES = { agrees: "ok", near: "low", differs: "medium", silent: "stale" } as const satisfies Record<Mark, string>;

interface Props {
  pair: Pair;
  named(house: string): string;
  onMove(by: -1 | 1): void;
  onSettled(): void;
}

export function PairView({ pair, named, onMove, onSettled }: Props): ReactElement {
  const { t } = useText();
  const reveal = useReveal(pair.id);
  const shown = { ...pair, sides: reveal.data ?? pair.sides };
  return (
    <Card
      className="likely-pair" title={t(`match.likely.${likely(pair.bits)}`)}
      aside={pair.bits ? t("match.bits", { bits: pair.bits.toFixed(1) }) : undefined}
    >
      <Table pair={shown} named={named} />
      {pair.problem && <p className="because" role="status">{t("match.problem", { problem: problemWord(t, pair.problem) })}</p>}
      {pair.reason && <p className="meta">{t("match.said", { reason: pair.reason })}</p>}
      <Reveal pair={pair} reveal={reveal} />
      <Words pair={pair} sides={shown.sides} named={named} onMove={onMove} onSettled={onSettled} />
    </Card>
  );
}

type T = ReturnType<typeof useText>["t"];

const problemWord = (t: T, code: string): string => {
  const word = `match.problem.${code}`;
  return isText(word) ? t(word) : code;
};

function Table({ pair, named }: { pair: Pair; named(house: string): string }): ReactElement {
  const { t } = useText();
  return (
    <table className="twins">
      <caption className="hidden">{t("match.table")}</caption>
      <thead>
        <tr>
          <th scope="col"><span className="hidden">{t("match.field")}</span></th>
          {pair.sides.map(({ patient, institution }) => <th key={patient} scope="col">{named(institution)}</th>)}
          <th scope="col"><span className="hidden">{t("match.compared")}</span></th>
        </tr>
      </thead>
      <tbody>{rows(pair).map((row) => <Line key={row.field} row={row} />)}</tbody>
    </table>
  );
}

function Line({ row }: { row: Row }): ReactElement {
  const { t } = useText();
  const marked = mark(row.reason);
  const word = `match.agreement.${row.reason?.agreement ?? "silent"}`;
  const said = (all: string[]): string => (row.field === "sex" ? all.map((one) => sexWord(t, one)) : all).join(t("list.comma")) || "—";
  return (
    <tr className={marked}>
      <th scope="row">{t(`match.field.${row.field}`)}</th>
      <td className="num">{said(row.left)}</td>
      <td className="num">{said(row.right)}</td>
      <td className="verdict">
        <Tag state={STATES[marked]}>{isText(word) ? t(word) : word}</Tag>
        {row.reason && row.reason.weight !== 0 && <span className="num weight">{signed(row.reason.weight)}</span>}
      </td>
    </tr>
  );
}

const sexWord = (t: T, sex: string): string => {
  const word = `sex.${sex}`;
  return isText(word) ? t(word) : sex;
};

function Reveal({ pair, reveal }: { pair: Pair; reveal: ReturnType<typeof useReveal> }): ReactElement {
  const { t } = useText();
  const [asking, setAsking] = useState(false);
  if (reveal.data) return <p className="meta" role="status">{t("match.revealed")}</p>;
  if (!asking) return <div className="row"><Button kind="quiet" icon="lock" onClick={() => setAsking(true)}>{t("match.reveal")}</Button></div>;
  return (
    <>
      <ReasonForm
        key={pair.id} label={t("match.reveal.why")} act={t("match.reveal.act")} busy={reveal.isPending}
        onSend={(reason) => reveal.mutate(reason)} onCancel={() => setAsking(false)}
      />
      <Trouble error={reveal.error} />
    </>
  );
}

interface WordsProps extends Props {
  sides: Side[];
}

function Words({ pair, sides, named, onMove, onSettled }: WordsProps): ReactElement {
  const { t } = useText();
  const word = useWord(pair.id);
  const [asked, setAsked] = useState<"same" | "undo">();
  const [survivor, setSurvivor] = useState("");
  const say = (act: Act, reason: string): void =>
    word.mutate({ act, reason, ...(act === "same" ? { survivor } : {}) }, { onSuccess: ({ problem }) => { if (!problem) onSettled(); } });
  const choose = (act: Act): void => (act === "same" || act === "undo" ? setAsked(act) : say(act, ""));
  useKeys((key) => {
    const act = KEYS[key];
    if (act && pair.acts.includes(act)) choose(act);
    else if (key === "j" || key === "k") onMove(key === "j" ? 1 : -1);
  }, asked === undefined && !word.isPending);
  if (asked) {
    return (
      <div className="judged">
        <ReasonForm
          label={t(`match.why.${asked}`)} act={t(`match.do.${asked === "same" && !pair.same_house ? "link" : asked}`)} busy={word.isPending}
          onSend={(reason) => say(asked, reason)} onCancel={() => setAsked(undefined)}
        >
          {asked === "same" && <Survivor pair={pair} sides={sides} named={named} value={survivor} onChange={setSurvivor} />}
        </ReasonForm>
        <Trouble error={word.error} />
      </div>
    );
  }
  return (
    <div className="judged">
      <div className="row">
        {pair.acts.map((act) => (
          <Button key={act} kind={act === "same" ? "primary" : "plain"} onClick={() => choose(act)} {...(word.isPending ? { busy: true } : {})}>
            {t(`match.act.${act}`)}
            {keyOf(act) && <kbd aria-hidden="true">{keyOf(act)}</kbd>}
          </Button>
        ))}
      </div>
      {pair.acts.length > 1 && <p className="meta keys">{t("match.keys")}</p>}
      <Trouble error={word.error} />
    </div>
  );
}

const keyOf = (act: Act): string | undefined => Object.keys(KEYS).find((key) => KEYS[key] === act);

interface SurvivorProps {
  pair: Pair;
  sides: Side[];
  named(house: string): string;
  value: string;
  onChange(patient: string): void;
}

/** Within a house one record goes on; across houses both do. */
function Survivor({ pair, sides, named, value, onChange }: SurvivorProps): ReactElement {
  const { t } = useText();
  if (!pair.same_house) return <p className="meta">{t("match.links", { houses: sides.map(({ institution }) => named(institution)).join(t("list.comma")) })}</p>;
  return (
    <fieldset className="survivor">
      <legend>{t("match.survivor")}</legend>
      <Radio.Group value={value} onChange={(event) => onChange(String(event.target.value))}>
        <Radio value="">{t("match.survivor.older")}</Radio>
        {sides.map(({ patient, name, numbers }, at) => (
          <Radio key={patient} value={patient}>{[t(at ? "match.side.right" : "match.side.left"), name, numbers[0]].filter(Boolean).join(" ")}</Radio>
        ))}
      </Radio.Group>
    </fieldset>
  );
}

/** Keys of the page, while nobody types into a field. */
function useKeys(heard: (key: string) => void, on: boolean): void {
  useEffect(() => {
    if (!on) return undefined;
    const listen = (event: KeyboardEvent): void => {
      const at = event.target instanceof HTMLElement ? event.target : null;
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || at?.closest("input, textarea, select, [role=dialog]")) return;
      heard(event.key);
    };
    window.addEventListener("keydown", listen);
    return () => window.removeEventListener("keydown", listen);
  });
}
