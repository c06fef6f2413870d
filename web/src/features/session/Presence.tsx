/** Whether one can be called, in the header of whoever can be: it holds on every device until it is said again. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { ReactElement } from "react";
import { ME, type Me } from "../../lib/me";
import { PresenceSwitch, type Presence as Said } from "../../ui/switches";
import { Trouble } from "../../ui/views";
import { sayPresence } from "./api";

export function Presence({ me }: { me: Me }): ReactElement {
  const client = useQueryClient();
  const say = useMutation({
    mutationFn: (state: Said) => sayPresence(state),
    // What is shown is what the server knows: an expert who only thinks that they are here is not called
    onSettled: () => client.invalidateQueries({ queryKey: ME }),
  });
  return (
    <>
      <PresenceSwitch value={say.isPending ? say.variables : me.presence} onChange={(state) => say.mutate(state)} />
      <Trouble error={say.error} />
    </>
  );
}
