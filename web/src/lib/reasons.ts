/** What the server's codes mean, in the language of the page: why something waits, was refused or set aside. */
import { useQuery } from "@tanstack/react-query";
import { useCallback } from "react";
import { api } from "./api";
import { useText } from "./i18n";

/** The code itself while nobody knows its words. */
export function useReason(): (code: string) => string {
  const { lang } = useText();
  const { data } = useQuery({
    queryKey: ["reasons"],
    queryFn: ({ signal }) => api.get("/api/exchange/reasons", { signal }),
    staleTime: Infinity,
  });
  return useCallback((code: string) => data?.items.find((one) => one.code === code)?.[lang] ?? code, [data, lang]);
}
