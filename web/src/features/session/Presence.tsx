import { useState, type ReactElement } from "react";
import type { Me, Presence as Value } from "../../lib/me";
import { PresenceSwitch } from "../../ui/switches";
import { Trouble } from "../../ui/views";
import { usePresence } from "./api";

/** Whether one may be called. Until the server has said yes, the switch stands where it stood. */
export function Presence({ me }: { me: Me }): ReactElement {
  const change = usePresence();
  const [asked, setAsked] = useState<Value>();
  return (
    <div>
      <PresenceSwitch
        value={change.isPending ? asked : me.presence}
        onChange={(value) => {
          setAsked(value);
          change.mutate(value);
        }}
      />
      <Trouble error={change.error} />
    </div>
  );
}
