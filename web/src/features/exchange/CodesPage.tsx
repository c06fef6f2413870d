/** The tables of codes: a house's own rows over those of the dialect, made, changed and taken away line by line. */
import { Input, Select } from "antd";
import { useDeferredValue, useState, type ReactElement } from "react";
import { Link, useSearchParams } from "react-router";
import type { Schemas } from "../../lib/api";
import { isText, useText, type T } from "../../lib/i18n";
import { useTitle } from "../../lib/title";
import { Button } from "../../ui/Button";
import { Card } from "../../ui/Card";
import { Field } from "../../ui/Field";
import { Icon } from "../../ui/Icon";
import { Tag } from "../../ui/Tag";
import { Empty, Loading, ProblemView, Trouble } from "../../ui/views";
import { useCodes, useDialects, useDropCode, useHouses, usePeers, usePutCode } from "./api";
import "./exchange.css";

type Row = Schemas["Row"];
const SHOWN = 200;

const tableName = (t: T, name: string): string => {
  const key = `exchange.table.${name}`;
  return isText(key) ? t(key) : name;
};

export function CodesPage(): ReactElement {
  const { t } = useText();
  useTitle(t("exchange.codes"));
  const [query] = useSearchParams();
  const houses = useHouses();
  const peers = usePeers();
  const dialects = useDialects();
  const mine = new Set(peers.data?.items.map(({ institution }) => institution));
  const [house, setHouse] = useState(query.get("institution") ?? "");
  const [name, setName] = useState("department");
  const [dialect, setDialect] = useState(query.get("dialect") ?? "default");
  const options = (houses.data ?? []).filter(({ id }) => mine.has(id)).map(({ id, name: label }) => ({ value: id, label }));
  const chosen = house || options[0]?.value || "";
  return (
    <>
      <div className="pagehead">
        <Link to="/interfaces" className="btn quiet icon" aria-label={t("act.back")}><Icon name="left" size={26} /></Link>
        <h1>{t("exchange.codes")}</h1>
      </div>
      <Card>
        <div className="halves">
          <Field label={t("exchange.codes.house")}><Select value={chosen} onChange={setHouse} options={options} /></Field>
          <Field label={t("exchange.codes.table")}>
            <Select
              value={name} onChange={setName}
              options={(dialects.data?.tables ?? [name]).map((value) => ({ value, label: tableName(t, value) }))}
            />
          </Field>
          <Field label={t("exchange.codes.dialect")}>
            <Select value={dialect} onChange={setDialect} options={(dialects.data?.items ?? [dialect]).map((value) => ({ value, label: value }))} />
          </Field>
        </div>
      </Card>
      <Rows key={`${chosen} ${name}`} house={chosen} name={name} dialect={dialect} waiting={peers.isPending || houses.isPending} />
    </>
  );
}

function Rows({ house, name, dialect, waiting }: { house: string; name: string; dialect: string; waiting: boolean }): ReactElement {
  const { t } = useText();
  const codes = useCodes(house, name, dialect);
  const [editing, setEditing] = useState<Row | null>();
  const [search, setSearch] = useState("");
  const wanted = useDeferredValue(search.trim().toLowerCase());
  if (waiting || (house && codes.isPending)) return <Card><Loading what={t("exchange.codes.loading")} /></Card>;
  if (!house) return <Card><Empty title={t("exchange.codes.nohouse")} /></Card>;
  if (!codes.data) return <Card><ProblemView title={t("exchange.codes.failed")} error={codes.error} onRetry={() => void codes.refetch()} /></Card>;
  const found = codes.data.filter((row) => [row.code, row.target, row.display].some((text) => text.toLowerCase().includes(wanted)));
  return (
    <div className="cols case">
      <Card title={tableName(t, name)} aside={t("exchange.count", { count: codes.data.length })} flush>
        <div className="search">
          <Field label={t("exchange.codes.search")}>
            <Input type="search" allowClear value={search} onChange={(event) => setSearch(event.target.value)} />
          </Field>
        </div>
        {found.length === 0 ? (
          <Empty title={t("exchange.codes.none")} />
        ) : (
          <ul className="rows">
            {found.slice(0, SHOWN).map((row) => <CodeRow key={`${row.sender} ${row.code}`} house={house} row={row} onEdit={() => setEditing(row)} />)}
          </ul>
        )}
        {found.length > SHOWN && <p className="lead meta">{t("exchange.codes.shown", { count: SHOWN, of: found.length })}</p>}
      </Card>
      <Card title={t(editing ? "exchange.codes.change" : "exchange.codes.add")}>
        <RowForm key={editing ? `${editing.sender} ${editing.code}` : "new"} house={house} name={name} row={editing ?? null} onEnd={() => setEditing(null)} />
      </Card>
    </div>
  );
}

function CodeRow({ house, row, onEdit }: { house: string; row: Row; onEdit: () => void }): ReactElement {
  const { t } = useText();
  const drop = useDropCode();
  return (
    <li>
      <div className="what">
        <h3 className="num">{row.code} {row.target && <span className="beside">{`→ ${row.target}`}</span>}</h3>
        <p className="meta num">{[row.display, row.system, row.sender].filter(Boolean).join(" · ")}</p>
        <Trouble error={drop.error} />
      </div>
      {row.own && <Tag state="brand">{t("exchange.codes.own")}</Tag>}
      <Button kind="quiet" icon="pen" aria-label={t("exchange.codes.edit", { code: row.code })} onClick={onEdit} />
      {row.own && (
        <Button
          kind="quiet" icon="close" aria-label={t("exchange.codes.drop", { code: row.code })} {...(drop.isPending ? { busy: true } : {})}
          onClick={() => drop.mutate({ institution: house, name: row.name, code: row.code, sender: row.sender })}
        />
      )}
    </li>
  );
}

const PARTS = ["code", "target", "display", "system"] as const;

function RowForm({ house, name, row, onEnd }: { house: string; name: string; row: Row | null; onEnd: () => void }): ReactElement {
  const { t } = useText();
  const [told, setTold] = useState({ code: row?.code ?? "", target: row?.target ?? "", display: row?.display ?? "", system: row?.system ?? "" });
  const [tried, setTried] = useState(false);
  const put = usePutCode();
  const lacks = { code: !told.code.trim(), target: !told.target.trim() && name !== "issuer", display: false, system: false };
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        setTried(true);
        if (lacks.code || lacks.target || put.isPending) return;
        put.mutate({ institution: house, name, sender: row?.own ? row.sender : "", ...told }, {
          onSuccess: () => {
            setTold({ code: "", target: "", display: "", system: "" });
            setTried(false);
            onEnd();
          },
        });
      }}
    >
      {PARTS.map((part) => (
        <Field key={part} label={t(`exchange.codes.${part}`)} error={tried && lacks[part] ? t("exchange.codes.missing") : undefined}>
          <Input value={told[part]} onChange={(event) => setTold((before) => ({ ...before, [part]: event.target.value }))} />
        </Field>
      ))}
      <p className="meta">{t("exchange.codes.then")}</p>
      <div className="row">
        <Button kind="primary" type="submit" {...(put.isPending ? { busy: true } : {})}>{t("exchange.save")}</Button>
        {row && <Button kind="quiet" onClick={onEnd}>{t("act.cancel")}</Button>}
      </div>
      <Trouble error={put.error} />
    </form>
  );
}
