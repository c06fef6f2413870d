/** Invented systems and messages, in every state that the console can show. */
import type { Schemas } from "../src/lib/api.ts";

const now = Date.now();
const ago = (minutes: number): string => new Date(now - minutes * 60_000).toISOString();
type Peer = Schemas["PeerLine"];

const nothing = { waiting: 0, taken: 0, refused: 0, given_up: 0, repeated: 0, last: null };
const still = { waiting: 0, oldest: null, dead: 0, sent: 0, tries: 0, code: "", answer: "" };
const last = (minutes: number, kind = "ADT^A04"): Peer["incoming"]["last"] => ({ id: "m1", kind, state: "taken", received: ago(minutes) });
const door = (door: "hl7" | "dicom", minutes: number | null, address: string, refused?: number): Peer["doors"][number] => ({
  door, address, seen: minutes === null ? null : ago(minutes), refused: refused === undefined ? null : ago(refused),
  code: refused === undefined ? "" : "peer.must_use_tls", refusals: refused === undefined ? 0 : 12,
});

function peer(id: string, name: string, institution: string, part: Partial<Peer> = {}): Peer {
  return {
    id, name, institution, enrolled: true, off: false, plain: false, charset: "", dialect: "default", hl7_facility: "", hl7_to: "",
    sends: [], ae: "", dicom_to: "", doors: [], apart: 0, incoming: { ...nothing }, outgoing: { ...still }, ...part,
  };
}

export const peers: Schemas["Peers"] = {
  items: [
    peer("his3", "柳树镇 HIS", "i3", {
      charset: "GB 18030-2000", dialect: "zh-his", hl7_facility: "LIUSHU", hl7_to: "10.21.3.8:2575", sends: ["ORU", "ADT"],
      doors: [door("hl7", 2, "10.21.3.8")], incoming: { ...nothing, waiting: 2, taken: 318, refused: 4, last: last(2) },
      outgoing: { ...still, waiting: 3, oldest: ago(96), dead: 1, sent: 41, tries: 14, code: "hl7.unreachable" },
    }),
    peer("lis2", "青河县 LIS", "i2", {
      hl7_facility: "QINGHE_LIS", doors: [door("hl7", 190, "10.20.1.15", 11)], incoming: { ...nothing, taken: 1240, last: last(190, "ORU^R01") },
    }),
    peer("his1", "市一院 HIS", "i1", {
      hl7_facility: "CITY1", hl7_to: "10.1.1.4:2575", sends: ["ORU"], doors: [door("hl7", 0.1, "10.1.1.4")],
      incoming: { ...nothing, taken: 20480, last: last(0.1, "ADT^A08") }, outgoing: { ...still, sent: 260 },
    }),
    peer("ct3", "柳树镇 CT", "i3", { ae: "LIUSHU_CT", apart: 109, doors: [door("dicom", 35, "10.21.3.20")] }),
    peer("us2", "青河县 超声", "i2", { ae: "QINGHE_US", doors: [door("dicom", 60 * 51, "10.20.1.40")] }),
    peer("pacs1", "市一院 PACS", "i1", { ae: "CITY_PACS", dicom_to: "10.1.1.9:11112", off: true, doors: [door("dicom", 700, "10.1.1.9")] }),
    peer("ecg3", "柳树镇 心电", "i3", { hl7_facility: "LIUSHU_ECG" }),
  ],
  strangers: [
    { door: "hl7", name: "XIANZHONGYI", address: "10.22.8.3", refused: ago(6), code: "peer.not_enrolled", refusals: 48 },
    { door: "dicom", name: "ANY-SCP", address: "10.21.3.77", refused: ago(700), code: "peer.not_enrolled", refusals: 1 },
  ],
  next: null,
};

const message = (id: string, part: Partial<Schemas["MessageLine"]> = {}): Schemas["MessageLine"] => ({
  id, sender: "his3", institution: "i3", control: `LS2603180${id}`, kind: "ADT^A04", sent: ago(3), received: ago(2), charset: "GB 18030-2000",
  repeated: false, state: "taken", code: "", place: "", became: [{ type: "Patient", id: "0197f2d4-5a1e-7c39-8a01-d2c5b0a1f6e3", version: 2 }],
  patient: "", ended_by: "", reason: "", settled: ago(2), ...part,
});
export const messages = [
  message("m4", { kind: "ORU^R01", state: "waiting", code: "intake.patient_disagrees", place: "PID-5", became: [], received: ago(14) }),
  message("m3", { kind: "ADT^A08", state: "waiting", code: "hl7.date", place: "PID-7", became: [], received: ago(31), repeated: true }),
  message("m2", { kind: "ORM^O01", state: "refused", code: "hl7.missing", place: "ORC-2", became: [], received: ago(58) }),
  message("m1", {
    kind: "ADT^A01",
    became: [{ type: "Patient", id: "0197f2d4-5a1e-7c39-8a01-d2c5b0a1f6e3", version: 2 }, { type: "Encounter", id: "0197f2d4-5a1e-7c39-8a01-d2c5b0a1f6e4", version: 1 }],
  }),
];

const LINES = [
  ["MSH", { 1: "|", 2: "^~\\&", 3: "HIS", 4: "LIUSHU", 5: "YUANZHEN", 6: "CITY", 7: "20260318141102", 9: "ORU^R01", 10: "LS26031800417", 11: "P", 12: "2.4" }],
  ["PID", { 1: "1", 3: "00098812^^^LIUSHU^MR~610100196203170426^^^^NNCHN", 5: "刘淑兰", 7: "19620317", 8: "F", 11: "柳树镇东街 12 号", 13: "138****2207" }],
  ["PV1", { 1: "1", 2: "O", 3: "内科门诊^^", 19: "MZ2603180077" }],
  ["OBR", { 1: "1", 3: "LAB0318-0042", 4: "CBC^血常规^L", 7: "20260318132000", 22: "20260318141000", 25: "F" }],
  ["OBX", { 1: "1", 2: "NM", 3: "WBC^白细胞^L", 5: "9.2", 6: "10*9/L", 7: "3.5-9.5", 11: "F" }],
  ["OBX", { 1: "2", 2: "NM", 3: "HGB^血红蛋白^L", 5: "118", 6: "g/L", 7: "115-150", 11: "F" }],
] as const;
const segments: Schemas["SegmentLine"][] = LINES.map(([name, fields]) => ({
  name, fields: Object.entries(fields).map(([number, text]) => ({ number: Number(number), text: String(text) })),
}));
const text = LINES.map(([name, fields]) => {
  const found: Record<number, string> = { ...fields };
  const numbers = Array.from({ length: Math.max(...Object.keys(found).map(Number)) }, (_, index) => found[index + 1] ?? "");
  return name === "MSH" ? `MSH|${numbers.slice(1).join("|")}` : [name, ...numbers].join("|");
}).join("\r");

export const whole = (id: string): Schemas["MessageWhole"] | undefined => {
  const found = messages.find((one) => one.id === id);
  return found && { message: found, text, segments, mended: "" };
};

export const outgoing: Schemas["OutgoingLine"][] = [
  { id: "o1", peer: "his3", institution: "i3", kind: "ORU", control: "B0A1F6E3D2C58A01", made: ago(96), state: "waiting", tries: 14, code: "hl7.unreachable", answer: "", settled: null },
  { id: "o2", peer: "his3", institution: "i3", kind: "ADT", control: "B0A1F6E3D2C58A02", made: ago(300), state: "dead", tries: 5, code: "hl7.refused", answer: "AE", settled: ago(290) },
  { id: "o3", peer: "his3", institution: "i3", kind: "ORU", control: "B0A1F6E3D2C58A03", made: ago(900), state: "sent", tries: 1, code: "", answer: "AA", settled: ago(900) },
];

export const reasons: Schemas["Reasons"] = {
  items: [
    { code: "dicom.other_patient", zh: "图像不是这次检查的患者", en: "The image is not of the study's patient" },
    { code: "dicom.same_uid_other_content", zh: "同一编号已有不同的影像", en: "There is another object under this UID already" },
    { code: "intake.no_number", zh: "没有写明患者编号", en: "No number says whose it is" },
    { code: "hl7.unreachable", zh: "连不上对方", en: "The peer cannot be reached" },
    { code: "hl7.refused", zh: "对方拒收", en: "The peer refused the message" },
    { code: "hl7.date", zh: "日期写法不对", en: "This is not a date" },
    { code: "hl7.missing", zh: "缺少必需的内容", en: "Something that is needed is missing" },
    { code: "intake.patient_disagrees", zh: "姓名、性别或出生日期与已登记的不符，待人核对", en: "Name, sex or birth date disagree with what is known; a person will look" },
    { code: "peer.must_use_tls", zh: "这个接入方必须使用 TLS", en: "This peer must use TLS" },
    { code: "peer.not_enrolled", zh: "对方没有登记", en: "This peer is not enrolled" },
  ],
  next: null,
};

export const dialects = { items: ["default", "zh-his"], tables: ["class", "code", "department", "flag", "issuer", "unit"], next: null };
export const codes: Schemas["Row"][] = [
  { name: "department", code: "内科门诊", system: "", target: "d1", display: "神经内科", sender: "", own: true },
  { name: "department", code: "nk", system: "", target: "0300", display: "内科", sender: "", own: false },
  { name: "department", code: "wk", system: "", target: "0400", display: "外科", sender: "", own: false },
];

const line = (id: string, part: Partial<Schemas["ApartLine"]> = {}): Schemas["ApartLine"] => ({
  id, reason: "intake.patient_disagrees", place: "PatientSex", study: "1.2.826.0.1.3680043.10.7", images: 108, series: 1, first: ago(22), last: ago(20),
  title: "头颅 CT 平扫", modality: "CT", date: "2026-03-18", accession: "CT2603180031", station: "LIUSHU_CT",
  claimed: { name: "刘淑英", number: "00098812", issuer: "LIUSHU", sex: "male", birth_date: "1962-03-17" }, ...part,
});
const known: Schemas["Known"] = { id: "p1", name: "刘淑英", number: "00098812", number_kind: "record", sex: "female", birth_date: "1962-03-17" };
export const apart: Schemas["ApartWhole"][] = [
  { line: line("a1"), holder: null, numbered: [known], served: "", differs: [], differences: 0 },
  {
    line: line("a2", { reason: "dicom.other_patient", place: "PatientID", images: 1, claimed: { name: "ZHOU^DEFU", number: "00077120", issuer: "", sex: "male", birth_date: "1955-11-02" } }),
    holder: known, numbered: [{ id: "p2", name: "周德福", number: "00077120", number_kind: "record", sex: "male", birth_date: "1955-11-02" }], served: "", differs: [], differences: 0,
  },
  {
    line: line("a3", { reason: "dicom.same_uid_other_content", place: "SOPInstanceUID", images: 1, title: "胸部正位", modality: "DX", claimed: { name: "刘淑英", number: "00098812", issuer: "LIUSHU", sex: "female", birth_date: "1962-03-17" } }),
    holder: known, numbered: [known], served: "/dicom-web/studies/1/series/2/instances/1.50", differences: 61,
    differs: [
      { tag: "00080070", keyword: "Manufacturer", served: "United Imaging", waiting: "United Imaging Healthcare" },
      { tag: "00081010", keyword: "StationName", served: "DX-1", waiting: "DX-2" },
      { tag: "00281050", keyword: "WindowCenter", served: "2048", waiting: "1980" },
    ],
  },
  { line: line("a4", { reason: "intake.no_number", place: "PatientID", images: 4, title: "", modality: "US", accession: "", claimed: { name: "", number: "", issuer: "", sex: "", birth_date: "" } }), holder: null, numbered: [], served: "", differs: [], differences: 0 },
];
