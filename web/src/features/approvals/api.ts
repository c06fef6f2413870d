/** What waits for a second person. Each reading is a line in the patient's trail. */
import { useMutation, useQuery, useQueryClient, type UseMutationResult, type UseQueryResult } from "@tanstack/react-query";
import { api, type Schemas } from "../../lib/api";

export type Approval = Schemas["ApprovalView"];

const APPROVALS = ["approvals"] as const;

export function useApprovals(): UseQueryResult<Approval[]> {
  return useQuery({
    queryKey: APPROVALS,
    queryFn: async ({ signal }) => (await api.get("/api/approvals", { signal })).items,
  });
}

export interface Word {
  id: string;
  act: Approval["acts"][number];
  reason: string;
}

/** A second person's word; whatever came of it, the list is asked for anew. */
export function useWord(): UseMutationResult<Approval, Error, Word> {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ id, act, reason }: Word) =>
      act === "approve"
        ? api.post("/api/approvals/{approval}/approve", { path: { approval: id } })
        : api.post("/api/approvals/{approval}/reject", { path: { approval: id }, body: { reason } }),
    onSettled: () => client.invalidateQueries({ queryKey: APPROVALS }),
  });
}
