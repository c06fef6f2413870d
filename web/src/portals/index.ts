import type { Me, Role } from "../lib/me";
import { clinician } from "./clinician";
import { dispatcher } from "./dispatcher";
import { expert } from "./expert";
import { interpreter } from "./interpreter";
import { manager } from "./manager";
import { officer } from "./officer";
import { patient } from "./patient";
import { plain } from "./plain";
import { quality } from "./quality";
import type { MakePortal, Portal } from "./portal";

const OF_ROLE: Record<Role, MakePortal> = {
  expert,
  clinician,
  officer,
  nurse: plain,
  patient,
  carer: plain,
  interpreter,
  manager,
  dispatcher,
  quality,
};

export function portalOf(me: Me): Portal {
  return OF_ROLE[me.role](me);
}
