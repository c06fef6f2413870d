import { useEffect } from "react";
import { useText } from "./i18n";

/** The name of the page in the browser's tab. Never a patient's. */
export function useTitle(page: string): void {
  const { t } = useText();
  useEffect(() => {
    document.title = `${page} · ${t("product.name")}`;
  }, [page, t]);
}
