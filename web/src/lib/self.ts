/** Who one is on this page: whoever is logged in, or a guest, who is not. */
import { createContext, useContext } from "react";
import { useMe } from "./me";

export interface Self {
  id: string;
  name: string;
}

/** A guest's page says who they are; on all others it is whoever is logged in. */
export const GuestSelf = createContext<Self | undefined>(undefined);

export function useSelf(): Self | undefined {
  const guest = useContext(GuestSelf);
  const me = useMe(guest === undefined).data;
  return guest ?? me;
}
