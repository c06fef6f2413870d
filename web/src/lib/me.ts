/** Who is logged in: asked once, kept by the query client, and the source of the token for unsafe requests. */
import { useQuery, type UseQueryResult } from "@tanstack/react-query";
import { api, type Schemas } from "./api";
import { http } from "./http";
import { read, remembers, write } from "./storage";

export type Named = Schemas["Named"];
export type Role = Schemas["Me"]["role"];

/** As the server says it, each house with its name. */
export type Me = Omit<Schemas["Me"], "institution" | "departments" | "houses"> & { institution: Named; departments: Named[] };

export const ME = ["me"] as const;

export function readMe({ houses, ...said }: Schemas["Me"]): Me {
  const house = (id: string): Named => ({ id, name: houses[id] ?? id });
  return { ...said, institution: house(said.institution), departments: said.departments.map(house) };
}

/** `asks`: false where somebody may be who is not logged in. */
export function useMe(asks = true): UseQueryResult<Me> {
  return useQuery({
    queryKey: ME,
    enabled: asks,
    queryFn: async ({ signal }): Promise<Me> => {
      const said = await api.get("/api/me", { signal });
      http.keepToken(said.csrf);
      write("in", "1");
      return readMe(said);
    },
    staleTime: 60_000,
    retry: false,
  });
}

/** Whether somebody may be logged in here. Where nobody is, asking who would only leave a refusal behind. */
export const mayBeIn = (): boolean => read("in") !== null || !remembers();
