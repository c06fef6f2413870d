/** Invented people, cases and pictures, in the shapes in which the server answers. */
import type { Schemas } from "../src/lib/api.ts";

const now = Date.now();
const ago = (minutes: number): string => new Date(now - minutes * 60_000).toISOString();
export const STUDY = "1.2.826.0.1.3680043.10.1";
export const SERIES = "1.2.826.0.1.3680043.10.1.2";
export const SLICES = 108;

const NEURO = { id: "d1", name: "神经内科" };
const CITY = { id: "i1", name: "市第一人民医院" };
const LIUSHU = { id: "i3", name: "柳树镇卫生院" };
const CHEN = { id: "expert", name: "陈予安" };
const XU = { id: "clinician", name: "许静", institution: LIUSHU };

export const institutions: Schemas["House"][] = [
  { ...CITY, level: "city", parent: null, duty_phone: "" },
  { id: "i2", name: "青河县人民医院", level: "county", parent: "i1", duty_phone: "" },
  { ...LIUSHU, level: "township", parent: "i2", duty_phone: "" },
];
export const departments: Schemas["DepartmentLine"][] = [
  { ...NEURO, institution: CITY },
  { id: "d2", name: "神经外科", institution: CITY },
  { id: "d3", name: "放射科", institution: CITY },
  { id: "d4", name: "急诊科", institution: CITY },
];
export const users: Schemas["Listed"][] = [
  { id: "u1", name: "chenyuan", display: "陈予安", role: "expert", institution: "i1", disabled: false },
  { id: "u2", name: "xujing", display: "许静", role: "clinician", institution: "i3", disabled: false },
  { id: "u3", name: "gaoyang", display: "高扬", role: "dispatcher", institution: "i1", disabled: true },
];

export function me(role: string): Schemas["Me"] | null {
  const known: Record<string, Pick<Schemas["Me"], "role" | "name" | "institution" | "departments">> = {
    expert: { role: "expert", name: CHEN.name, institution: CITY.id, departments: [NEURO.id] },
    clinician: { role: "clinician", name: XU.name, institution: LIUSHU.id, departments: [] },
    officer: { role: "officer", name: "周正", institution: CITY.id, departments: [] },
    patient: { role: "patient", name: "刘淑英", institution: LIUSHU.id, departments: [] },
    dispatcher: { role: "dispatcher", name: "高扬", institution: CITY.id, departments: [] },
    nurse: { role: "nurse", name: "赵敏", institution: CITY.id, departments: [] },
  };
  const houses = Object.fromEntries([...institutions, ...departments].map(({ id, name }) => [id, name]));
  return known[role] ? { id: role === "patient" ? "p1" : role, ...known[role], houses, csrf: "t", presence: "here" } : null;
}

export const patients = [
  ["p1", "刘淑英", "female", "1962-03-17", "610100196203170426"],
  ["p2", "周德福", "male", "1955-11-02", "610100195511020178"],
  ["p3", "孙小宝", "male", "2025-12-30", "610100202512300017"],
].map(([id, text, gender, birthDate, value]) => ({
  resourceType: "Patient", id, name: [{ text }], gender, birthDate, identifier: [{ system: "urn:yuanzhen:number:NNCHN", value }],
  telecom: [{ system: "phone", value: "138****2207" }], address: [{ text: "柳树镇" }],
}));

export const bundle = (resources: unknown[]): unknown => ({
  resourceType: "Bundle", type: "searchset", entry: resources.map((resource) => ({ resource })),
});

export const imaging = [{
  resourceType: "ImagingStudy", id: "s1", identifier: [{ system: "urn:dicom:uid", value: `urn:oid:${STUDY}` }],
  description: "头颅 CT 平扫", started: "2026-03-18", numberOfInstances: SLICES, modality: [{ code: "CT" }],
}];
export const consentText: Schemas["ConsentText"] = {
  version: "2026-01",
  text: {
    zh: "# 远程会诊知情同意书\n\n为了请上级医院的专家会诊，需要把您的病历资料给参加本次会诊的专家看。\n\n- 只有参加本次会诊的专家能看，会诊结束后即不能再看。\n- 标为敏感的内容不在其内，除非您另外同意。\n- 谁在什么时候看过您的病历，都有记录，您可以查。\n- 您可以随时撤回同意。\n",
    en: "# Consent to a consultation at a distance\n\nFor this consultation the invited expert may see your record and images while it lasts, but not the sensitive parts. You may withdraw at any time; your treatment goes on.",
  },
};

type Case = Schemas["CaseView"];
const LIU: Case["patient"] = { id: "p1", name: "刘淑英", sex: "female", birth_date: "1962-03-17", number: "6101**********0426", number_kind: "card", masked: false };
const masked = (patient: Case["patient"], name: string): Case["patient"] => ({ ...patient, name, birth_date: patient.birth_date.slice(0, 4), masked: true });
const ZHOU: Case["patient"] = { id: "p2", name: "周德福", sex: "male", birth_date: "1955-11-02", number: "6101**********0178", number_kind: "card", masked: false };

function made(id: string, part: Partial<Case>): Case {
  return {
    id, state: "accepted", mode: "written", urgency: "scheduled", question: "", patient: LIU, department: NEURO, asker: XU,
    expert: null, ring: null, starts: null, created: ago(40), changed: ago(10), acts: [], unseen: 0, call_back: "", report: "",
    invited: [], slot: "", claim_ends: null, figures: { answer_s: null, opinion_s: null, failed_calls: 0, passes: 0, interruptions: 0 }, archive: [], recorded: false,
    consent: { version: "2026-01", given_by: "patient", how: "signed", reason: "" },
    timeline: [{ at: ago(40), what: "asked", who: XU, reason: "", about: null, documents: [] }],
    documents: [
      { id: "u1", title: "心电图 09:12.jpg", type: "image/jpeg", bytes: 180_000 }, { id: "u2", title: "步态.mp4", type: "video/mp4", bytes: 31_000_000 },
      { id: "u3", title: "外院出院小结.pdf", type: "application/pdf", bytes: 420_000 },
    ],
    studies: [{ id: STUDY, title: "头颅 CT 平扫", modality: "CT", instances: SLICES, last: ago(35), arriving: false }],
    ...part,
  };
}

const ring = (since: number, part: Partial<Schemas["RingView"]> = {}): Schemas["RingView"] => ({
  id: "r", state: "ringing", since: ago(since), circle: 1, next_at: ago(since - 1), alarm_at: ago(since - 2.5), alarmed: null, number: "", taken_by: null,
  taken: null, called: [{ person: CHEN, circle: 1, since: ago(since) }], failed: [], answered_by: null, answered: null, there_s: null, goal_s: 180, ...part,
});

export const messages: Schemas["Message"][] = [
  { id: "1", at: ago(6), who: { id: XU.id, name: XU.name }, text: "患者已建立静脉通路，血压 168/96。", key: "" },
  { id: "2", at: ago(5), who: CHEN, text: "发病到现在多久？有没有抗凝药？", key: "" },
];

export const cases: Case[] = [
  made("c1", {
    state: "ringing", mode: "live", urgency: "emergency", created: ago(0.75), ring: ring(0.75), patient: masked(LIU, "刘*英"),
    question: "右侧肢体无力、言语不清 50 分钟，NIHSS 14 分，是否溶栓？", acts: ["accept"],
  }),
  made("c2", {
    question: "头晕、步态不稳两周，头颅 CT 请阅片，是否需要进一步 MR？", patient: ZHOU, expert: CHEN,
    acts: ["release", "write", "sign", "did-not-take-place"],
    timeline: [{ at: ago(40), what: "asked", who: XU, reason: "", about: null, documents: [] }, { at: ago(12), what: "claim", who: CHEN, reason: "", about: null, documents: [] }],
  }),
  made("c3", { state: "queued", question: "反复头痛三个月，近期加重。", patient: masked(ZHOU, "孙*"), acts: ["claim"], created: ago(1090) }),
  made("c4", { state: "queued", question: "短暂性脑缺血发作，ABCD2 评分 5 分，用药请指导。", patient: masked(LIU, "罗*芬"), acts: ["claim"], created: ago(200) }),
  made("c7", {
    mode: "live", urgency: "emergency", question: "胸痛 30 分钟，心电图 V1-V4 ST 段抬高，是否溶栓？", expert: CHEN, created: ago(7), call_back: "0912-771 2043",
    acts: ["release", "write", "sign", "did-not-take-place"], ring: ring(7, { state: "answered", called: [], next_at: null, answered_by: CHEN, answered: ago(6.3), there_s: 42 }),
    timeline: [
      { at: ago(7), what: "asked", who: XU, reason: "", about: null, documents: [] },
      { at: ago(7), what: "ring-called", who: CHEN, reason: "", about: null, documents: [] },
      { at: ago(6.3), what: "accept", who: CHEN, reason: "", about: null, documents: [] },
    ],
  }),
  made("c8", {
    state: "ringing", mode: "live", urgency: "emergency", created: ago(4), question: "孕 34 周，抽搐 2 次，血压 180/110 mmHg，如何处理？", acts: ["cancel"],
    ring: ring(4, {
      circle: 2, next_at: null, alarmed: ago(1.5), number: "029-8651 2000", taken_by: { id: "dispatcher", name: "高扬" }, taken: ago(1),
      called: [{ person: { id: "l", name: "林海峰" }, circle: 2, since: ago(3) }],
      failed: [
        { person: CHEN, circle: 1, since: ago(4), until: ago(3.4), why: "declined", reason: "在手术台上" },
        { person: { id: "li", name: "李敏" }, circle: 1, since: ago(4), until: ago(3), why: "not-answered", reason: "" },
      ],
    }),
  }),
  made("c5", {
    state: "signed", question: "左侧面瘫两天，是周围性还是中枢性？", expert: CHEN, acts: ["close"], created: ago(95),
    timeline: [
      { at: ago(95), what: "asked", who: XU, reason: "", about: null, documents: [] },
      { at: ago(80), what: "claim", who: CHEN, reason: "", about: null, documents: [] },
      { at: ago(20), what: "sign", who: CHEN, reason: "", about: null, documents: [] },
    ],
  }),
];

const call = (id: string, name: string, circle: number, since: number): Schemas["Called"] => ({ person: { id, name }, circle, since: ago(since) });
const failure = (name: string, circle: number, since: number, until: number, why: Schemas["Failed"]["why"], reason = ""): Schemas["Failed"] =>
  ({ person: { id: name, name }, circle, since: ago(since), until: ago(until), why, reason });
const line = (id: string, since: number, part: Partial<Schemas["DispatchLine"]>): Schemas["DispatchLine"] => ({
  id, state: "ringing", since: ago(since), circle: 1, next_at: null, alarm_at: ago(since - 2.5), alarmed: null, number: "", taken_by: null, taken: null,
  called: [], failed: [], answered_by: null, answered: null, there_s: null, goal_s: 180, question: "", urgency: "emergency",
  place: LIUSHU, department: NEURO, ...part,
});

/** What rings; in the second list one of them shouts. */
export const rings: Schemas["DispatchLine"][] = [
  line("r1", 2.9, {
    alarmed: ago(0.4), circle: 2, taken_by: { id: "dispatcher", name: "高扬" }, taken: ago(0.2), number: "029-1200",
    question: "右侧肢体无力、言语不清 50 分钟，NIHSS 14 分，是否溶栓？", called: [call("linhai", "林海峰", 2, 1.9)],
    failed: [failure("陈予安", 1, 2.9, 2.3, "declined", "在手术台上，半小时内下不来"), failure("李敏", 1, 2.9, 1.9, "not-answered"), failure("周航", 2, 1.9, 1.9, "away")],
  }),
  line("r2", 0.5, { question: "外伤后意识不清 20 分钟，是否手术？", next_at: ago(-0.5), department: { id: "d2", name: "神经外科" }, called: [call("wu", "吴永军", 1, 0.5), call("zhao", "赵岩", 1, 0.5)] }),
];
export const loud: Schemas["DispatchLine"][] = [line("r3", 2.6, { alarmed: ago(0.1), question: "孕 34 周，抽搐 2 次，血压 180/110 mmHg，如何处理？" }), ...rings];
export const callables: Schemas["Callable"][] = [
  { person: { id: "linhai", name: "林海峰" }, standing: "present", ringing: true },
  { person: { id: "li", name: "李敏" }, standing: "present", ringing: false },
  { person: { id: "chen", name: "陈予安" }, standing: "busy", ringing: false },
  { person: { id: "zhou", name: "周航" }, standing: "away", ringing: false },
];

export const signed: Schemas["Opinions"] = {
  draft: null, next: null, waiting: null, critical: null, acts: [],
  items: [
    {
      version: 1, kind: "first", status: "final", addendum: "", reason: "", cosigned: [], approved_by: null, approved_at: null, opened: [],
      signature: "valid", signed_by: CHEN, signed_at: ago(20), findings: "额纹消失，闭目不全，余脑神经无异常；头颅 CT 未见出血。",
      conclusion: "周围性面瘫可能大。", advice: "泼尼松口服一周后减量；眼部保护；一周后神经内科复诊。",
    },
  ],
};
export const draft: Schemas["Opinions"] = {
  items: [], next: null, waiting: null, critical: null, acts: [],
  draft: { findings: "双侧基底节区对称，未见出血灶。", conclusion: "", advice: "", writer: CHEN, version: 1, changed: ago(2) },
};

const value = (vr: string, one: unknown): unknown => ({ vr, Value: [one] });
export const series = [{
  "0020000E": value("UI", SERIES), "00200011": value("IS", 2), "0008103E": value("LO", "平扫 1.5 mm"),
  "00080060": value("CS", "CT"), "00201209": value("IS", SLICES),
}];
const several = (vr: string, ...all: unknown[]): unknown => ({ vr, Value: all });
/** What WADO-RS tells of each object, as far as it is looked at. */
export const instances = Array.from({ length: SLICES }, (_, index) => ({
  "00080016": value("UI", "1.2.840.10008.5.1.4.1.1.2"), "00080018": value("UI", `${SERIES}.${SLICES - index}`), "00080060": value("CS", "CT"),
  "00080023": value("DA", "20260318"), "00080033": value("TM", "091200"), "00180050": value("DS", 1.5), "00200013": value("IS", SLICES - index),
  "00200032": several("DS", -122.5, -122.5, 1.5 * (SLICES - index)), "00200037": several("DS", 1, 0, 0, 0, 1, 0), "00200052": value("UI", `${SERIES}.0`),
  "00280002": value("US", 1), "00280004": value("CS", "MONOCHROME2"), "00280010": value("US", 256), "00280011": value("US", 256),
  "00280030": several("DS", 0.957, 0.957), "00280100": value("US", 16), "00280101": value("US", 16), "00280102": value("US", 15),
  "00280103": value("US", 1), "00281050": value("DS", 40), "00281051": value("DS", 80), "00281052": value("DS", 0), "00281053": value("DS", 1),
}));

const choice = (id: string, zh: string, en: string, department: string, on_duty: number): Schemas["Choice"] => ({
  id, name: { zh, en }, question: { zh: `${zh}。发病 ＿＿ 分钟，是否溶栓或取栓？`, en: `${en}. Onset ＿＿ minutes ago. Thrombolysis or thrombectomy?` }, department, on_duty,
});
export const prepared: Schemas["Prepared"] = {
  saved: null, complaint: "stroke", call_back: "13900000000",
  complaints: [choice("stroke", "肢体无力、言语不清", "Weakness, slurred speech", NEURO.id, 3), choice("chest-pain", "胸痛", "Chest pain", "", 0), choice("fever", "发热", "Fever", "", 0)],
};
