/** The number of an institution that somebody answers, and its changing in place. */
import { useMutation, useQuery, useQueryClient, type UseMutationResult, type UseQueryResult } from "@tanstack/react-query";
import { Input } from "antd";
import { useState, type ReactElement } from "react";
import { api, type Schemas } from "../../lib/api";
import { useText } from "../../lib/i18n";
import { Button } from "../../ui/Button";
import { Card } from "../../ui/Card";
import { Field } from "../../ui/Field";
import { Loading, ProblemView, Trouble } from "../../ui/views";

type House = Schemas["House"];

/** The houses of the region, each with its number. */
export function useHouses(): UseQueryResult<House[]> {
  return useQuery({
    queryKey: ["administration", "institutions"],
    queryFn: async ({ signal }) => (await api.get("/api/institutions", { signal })).items,
  });
}

function useKeep(institution: string): UseMutationResult<unknown, Error, string> {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (number: string) => api.put("/api/institutions/{institution}/duty-phone", { path: { institution }, body: { number } }),
    onSettled: () => client.invalidateQueries({ queryKey: ["administration", "institutions"] }),
  });
}

export function DutyPhone({ house }: { house: House }): ReactElement {
  const { t } = useText();
  const keep = useKeep(house.id);
  const [number, setNumber] = useState<string>();
  if (number === undefined) {
    return (
      <div className="row num">
        <span className="meta">{t("duty.phone")}</span> {house.duty_phone || <span className="meta">{t("duty.phone.none")}</span>}
        <Button kind="quiet" aria-label={t("duty.phone.edit.of", { name: house.name })} onClick={() => setNumber(house.duty_phone)}>{t("duty.phone.edit")}</Button>
      </div>
    );
  }
  const save = (): void => keep.mutate(number.trim(), { onSuccess: () => setNumber(undefined) });
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        if (!keep.isPending) save();
      }}
    >
      <Field label={t("duty.phone")} hint={t("duty.phone.hint")}>
        <Input value={number} inputMode="tel" maxLength={40} autoFocus onChange={(event) => setNumber(event.target.value)} />
      </Field>
      <div className="row">
        <Button kind="primary" type="submit" {...(keep.isPending ? { busy: true } : {})}>{t("duty.phone.save")}</Button>
        <Button kind="quiet" onClick={() => setNumber(undefined)}>{t("act.back")}</Button>
      </div>
      <Trouble error={keep.error} />
    </form>
  );
}

/** Those of one's own house and its branches, as a card. */
export function DutyPhones({ institution }: { institution: string }): ReactElement {
  const { t } = useText();
  const houses = useHouses();
  const mine = houses.data?.filter(({ id, parent, level }) => id === institution || (parent === institution && level === "branch"));
  return (
    <Card title={t("duty.phone")} flush>
      {houses.isPending ? (
        <Loading what={t("admin.loading")} />
      ) : !mine ? (
        <ProblemView title={t("admin.failed")} error={houses.error} onRetry={() => void houses.refetch()} />
      ) : (
        <ul className="rows">{mine.map((house) => <li key={house.id}><div className="what"><h3>{house.name}</h3><DutyPhone house={house} /></div></li>)}</ul>
      )}
    </Card>
  );
}
