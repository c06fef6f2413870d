import { DocumentsPage } from "../features/patients/file/Documents";
import { LookersPage } from "../features/patients/file/Lookers";
import { ResultsPage } from "../features/patients/file/ResultsPage";
import { StudyPage } from "../features/patients/StudyPage";
import type { PageEntry } from "./portal";

/** What a patient's file leads to, wherever it stands; `mine`: the reader's own. */
export function filePages(base: string, mine?: string): PageEntry[] {
  const own = mine === undefined ? {} : { mine };
  return [
    { path: `${base}/studies/:study`, page: <StudyPage {...own} /> },
    { path: `${base}/results`, page: <ResultsPage {...own} /> },
    { path: `${base}/documents`, page: <DocumentsPage {...own} /> },
    { path: `${base}/lookers`, page: <LookersPage {...own} /> },
  ];
}
