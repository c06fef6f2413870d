/** An invented patient's file, in the shapes in which the server answers. */
import type { Schemas } from "../src/lib/api.ts";
import { STUDY } from "./answers.ts";

const now = Date.now();
const DAY = 86_400_000;
const ago = (days: number): string => new Date(now - days * DAY).toISOString();
const day = (days: number): string => ago(days).slice(0, 10);
const COUNTY: Schemas["Source"] = { kind: "system", name: "青河县人民医院", at: ago(0.05) };
const TOWN: Schemas["Source"] = { kind: "system", name: "柳树镇卫生院", at: ago(0.1) };

interface Made {
  name: string;
  unit?: string;
  low?: number | null;
  high?: number | null;
  numbers?: number[];
  part?: Partial<Schemas["Result"]>;
}

function result({ name, unit = "", low = null, high = null, numbers = [], part = {} }: Made, index: number): Schemas["Result"] {
  const points = numbers.map((number, at) => ({ at: ago(((numbers.length - 1 - at) * 700) / Math.max(1, numbers.length - 1) + 0.2), number, text: String(number) }));
  const range = low !== null && high !== null ? `${low}-${high}` : high !== null ? `≤ ${high}` : low !== null ? `≥ ${low}` : "";
  return {
    id: `o${index}`, code: `c${index}`, name, status: "final", at: ago(0.2), text: points.at(-1)?.text ?? "", unit, number: points.at(-1)?.number ?? null,
    absent: "", flag: "N", range, note: "", source: index % 2 ? TOWN : COUNTY, count: Math.max(1, points.length),
    curves: points.length ? [{ unit, low, high, points }] : [], worded: [], ...part,
  };
}

const made: Made[] = [
  { name: "维生素 B12", unit: "pg/mL", low: 180, high: 914, numbers: [412, 330, 280, 210, 142], part: { flag: "LL" } },
  { name: "同型半胱氨酸", unit: "µmol/L", high: 15, numbers: [11, 12.5, 14, 18, 22.4], part: { flag: "H" } },
  { name: "平均红细胞体积", unit: "fL", low: 82, high: 100, numbers: [94, 96, 99, 103], part: { flag: "H", status: "amended" } },
  { name: "糖化血红蛋白（离子交换高效液相色谱法）", unit: "%", low: 4, high: 7, numbers: [7.9, 7.6, 7.4, 7.2], part: { flag: "H" } },
  { name: "乙型肝炎病毒表面抗原", part: { text: "阳性", flag: "A", status: "preliminary" } },
  { name: "肌钙蛋白 I", unit: "ng/mL", high: 0.04, part: { text: "<0.01", number: 0.01, range: "< 0.04", count: 3 } },
  { name: "抗核抗体滴度", part: { text: "1:100", range: "< 1:100", flag: "", count: 2, worded: [{ at: day(0), text: "1:100" }, { at: day(300), text: "1:320" }] } },
  { name: "空腹血糖", unit: "mmol/L", low: 3.9, high: 6.1, numbers: [5.4, 5.8, 5.2, 5.6], part: {} },
  { name: "尿培养", part: { text: "", absent: "标本污染", flag: "", at: day(40) } },
];
export const results: Schemas["Result"][] = made.map(result);
const glucose = results[7];
if (glucose) glucose.curves.push({ unit: "mg/dL", low: 70, high: 110, points: [{ at: day(400), number: 99, text: "99" }, { at: day(330), number: 104, text: "104" }] });

const event = (lane: Schemas["Event"]["lane"], days: number, title: string, part: Partial<Schemas["Event"]> = {}): Schemas["Event"] => ({
  type: "Encounter", id: `${lane}${days}`, lane, title, where: "", status: "finished", start: day(days), end: "", source: days % 2 ? TOWN : COUNTY, ...part,
});
const events = [
  event("exam", 0, "头颅 CT 平扫"), event("outpatient", 1, "头晕、步态不稳"), event("remote", 60, "书面：调降压药"), event("exam", 61, "颈椎 MR"),
  event("outpatient", 130, "高血压复诊"), event("outpatient", 240, "糖尿病复诊"), event("inpatient", 500, "短暂性脑缺血发作", { end: day(492) }), event("exam", 498, "颈动脉超声"),
  event("outpatient", 700, "体检"), event("outpatient", 860, "高血压复诊"), event("outpatient", 1400, "初诊"),
];

const paper = (id: string, title: string, part: Partial<Schemas["Document"]>): Schemas["Document"] => ({
  type: "DocumentReference", id, title, status: "current", at: day(1), study: "", images: null, conclusion: "", attachments: [], source: COUNTY, ...part,
});
const pdf = { number: 0, type: "application/pdf", title: "出院小结", bytes: 20_000, here: true };
const documents: Schemas["Documents"] = {
  images: ["头颅 CT 平扫", "颈椎 MR"].map((title, index) => paper(`s${index}`, title, { type: "ImagingStudy", study: STUDY, images: 108, at: day(index * 60) })),
  arriving: [{ id: STUDY, title: "胸部 CT", modality: "CT", instances: 67, last: ago(0), arriving: true }],
  documents: [paper("d1", "出院小结", { attachments: [pdf], at: day(492) }), paper("r1", "血常规", { type: "DiagnosticReport", status: "final", conclusion: "大细胞性贫血倾向，建议查叶酸、维生素 B12。" })],
  studies: 2, total: 2, last: ago(0.05),
};

const medicines: Schemas["Medicines"] = {
  last: ago(0.1),
  items: [["二甲双胍", "0.5 g 每日 3 次"], ["氨氯地平", "5 mg 每日 1 次"], ["阿司匹林肠溶片", "100 mg 每日 1 次"], ["阿托伐他汀钙", "20 mg 每晚"]].map(([name = "", dosage = ""], index) => ({
    id: `m${index}`, type: "MedicationRequest", name, dosage, status: index === 3 ? "on-hold" : "active", since: day(300), source: TOWN,
  })),
};
const allergies: Schemas["Allergies"] = {
  last: ago(0.1), items: [{ id: "a1", name: "磺胺", reaction: "皮疹", criticality: "high", verified: "confirmed", since: "2011", none: false, source: TOWN }],
};
const diagnoses: Schemas["Diagnoses"] = {
  last: ago(0.1), items: [["高血压病", "2015"], ["2 型糖尿病", "2017-05"]].map(([name = "", since = ""], index) => ({ id: `c${index}`, name, verified: index ? "provisional" : "confirmed", since, source: TOWN })),
};
const looked = (hours: number, name: string, house: string, part: Partial<Schemas["Looked"]> = {}): Schemas["Looked"] => ({
  at: ago(hours / 24), who: "person", name, role: "expert", houses: [house], purpose: "treatment", times: 3, self: false, ...part,
});
const lookers = [looked(0.1, "陈予安", "神经内科", { self: true }), looked(1, "许静", "柳树镇卫生院", { role: "clinician" }), looked(30, "", "", { who: "machine" }), looked(50, "", "青河县人民医院", { role: "nurse" })];

function sight(role: string): Schemas["Sight"] {
  const kind = role === "expert" ? "consultation" : role === "patient" ? "self" : "house";
  return {
    reasons: [{ kind, since: kind === "consultation" ? ago(0.02) : null, until: null, sensitive: false, consultation: kind === "consultation" ? "c2" : "", house: kind === "house" ? "柳树镇卫生院" : "" }],
    consents: [{ id: "c2", status: "active", at: ago(0.03), to: "神经内科", said: "patient, signed", version: "2026-01" }, { id: "c9", status: "inactive", at: ago(60), to: "神经外科", said: "next-of-kin, spoken", version: "2026-01" }],
    held: kind === "self" ? [] : [{ type: "Encounter", count: 1 }, { type: "Observation", count: 2 }],
    labels: kind === "self" ? [] : [{ type: "Encounter", id: "e9", code: "R", at: ago(3), name: "许静", why: "患者要求", mine: kind === "house" }],
    looked: lookers,
  };
}

const EMPTY: Record<string, unknown> = {
  timeline: { items: [], total: 0, last: null }, results: { items: [], total: 0, unusual: 0, last: null, since: ago(731), next: null },
  documents: { images: [], documents: [], arriving: [], studies: 0, total: 0, last: null }, medicines: { items: [], last: null }, allergies: { items: [], last: null }, diagnoses: { items: [], last: null },
  sight: { reasons: [{ kind: "house", since: null, until: null, sensitive: false, consultation: "", house: "柳树镇卫生院" }], consents: [], held: [], labels: [], looked: [] }, lookers: { items: [], next: null },
};

/** One list of a patient's file; p3 has none of anything. */
export function file(part: string, patient: string, role: string, query: URLSearchParams): unknown {
  if (patient === "p3") return EMPTY[part];
  const count = Number(query.get("count") ?? 20);
  const after = results.findIndex(({ code }) => code === query.get("after")) + 1;
  const shown = results.slice(after, after + count);
  const all: Record<string, unknown> = {
    timeline: { items: events, total: events.length, last: ago(0.05) },
    results: { items: shown, total: results.length, unusual: 5, last: ago(0.05), since: ago(731), next: after + count < results.length ? shown.at(-1)?.code : null },
    documents, medicines, allergies, diagnoses, sight: sight(role), lookers: { items: lookers, next: null },
  };
  return all[part];
}
