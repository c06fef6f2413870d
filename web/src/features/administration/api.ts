import { useQuery, type UseQueryResult } from "@tanstack/react-query";
import { api, type Schemas } from "../../lib/api";

export function useUsers(): UseQueryResult<Schemas["Listed"][]> {
  return useQuery({
    queryKey: ["administration", "users"],
    queryFn: async ({ signal }) => (await api.get("/api/users", { signal })).items,
  });
}
