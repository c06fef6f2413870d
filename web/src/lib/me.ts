/** Who is logged in: asked once, kept by the query client, and the source of the token for unsafe requests. */
import { useQuery, type UseQueryResult } from "@tanstack/react-query";
import { http } from "./http";

export type Role =
  | "expert" | "clinician" | "nurse" | "patient" | "carer" | "interpreter"
  | "manager" | "dispatcher" | "quality" | "officer";

export type Presence = "here" | "booked-only" | "away";

export interface Named {
  id: string;
  name: string;
}

export interface Me {
  id: string;
  name: string;
  role: Role;
  institution: Named;
  departments: Named[];
  /** Missing where nobody can be called yet. */
  presence?: Presence;
  csrf: string;
}

export const ME = ["me"] as const;

/** What /api/me says: houses by their ids alone. */
interface Said extends Omit<Me, "institution" | "departments"> {
  institution: string;
  departments: string[];
}

/** The names of houses; where the directory does not answer, ids stand for them. */
async function names(path: string, signal: AbortSignal): Promise<(id: string) => Named> {
  const found = await http.get<{ items: Named[] }>(path, { signal }).catch(() => ({ items: [] }));
  const known = new Map(found.items.map(({ id, name }) => [id, name]));
  return (id) => ({ id, name: known.get(id) ?? id });
}

export function useMe(): UseQueryResult<Me> {
  return useQuery({
    queryKey: ME,
    queryFn: async ({ signal }): Promise<Me> => {
      const said = await http.get<Said>("/api/me", { signal });
      http.keepToken(said.csrf);
      const [house, department] = await Promise.all([
        names("/api/institutions", signal),
        names("/api/departments", signal),
      ]);
      return { ...said, institution: house(said.institution), departments: said.departments.map(department) };
    },
    staleTime: 60_000,
    retry: false,
  });
}
