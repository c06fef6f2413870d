import { useQuery, type UseQueryResult } from "@tanstack/react-query";
import { http } from "../../lib/http";
import type { Named, Role } from "../../lib/me";

export interface Institution extends Named {
  level?: string;
  parent?: string | null;
}

export interface User extends Named {
  /** How the person is called; `name` is what they log in with. */
  display?: string;
  role: Role;
  institution?: string;
  disabled?: boolean;
}

function useList<T>(path: string): UseQueryResult<T[]> {
  return useQuery({
    queryKey: ["administration", path],
    queryFn: async ({ signal }) => (await http.get<{ items: T[] }>(path, { signal })).items,
  });
}

export const useInstitutions = (): UseQueryResult<Institution[]> => useList("/api/institutions");
export const useUsers = (): UseQueryResult<User[]> => useList("/api/users");
