/** Takes a picture of every page in both languages, both themes and three sizes, and asks axe about each.
 *
 * node dev/shots.mjs [name ...]: with names, only those pages; WHOLE=1: down to their end. Wants `npm run dev:mock` to be running. */
import { mkdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

const BASE = process.env.BASE ?? "http://127.0.0.1:5173";
const OUT = new URL("./pictures/", import.meta.url).pathname;
const SIZES = { wide: [1440, 900], middle: [1024, 768], small: [390, 844] };
const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

const logIn = async (page) => {
  await page.locator("input[autocomplete=username]").fill("expert");
  await page.locator("input[type=password]").fill("password1234");
  await page.locator("button[type=submit]").click();
  await page.locator("input[autocomplete=one-time-code]").waitFor();
};
const wrong = async (page) => {
  await page.locator("input[autocomplete=username]").fill("expert");
  await page.locator("input[type=password]").fill("slow");
  await page.locator("button[type=submit]").click();
  await page.locator(".trouble").waitFor();
};
const answered = async (page) => {
  await wrong(page);
  await page.locator("details summary").click();
  await page.locator("input[autocomplete=one-time-code]").fill("123456");
  await page.locator(".taken").waitFor();
};
const enrol = async (page) => {
  await page.locator("input[autocomplete=username]").fill("new");
  await page.locator("input[type=password]").fill("password1234");
  await page.locator("button[type=submit]").click();
  await page.getByText(/跳过|skip/).click();
  await page.locator(".secret").waitFor();
};
const sign = async (page) => {
  await page.locator("textarea").nth(0).fill("双侧基底节区对称，未见出血灶。");
  await page.locator("textarea").nth(1).fill("未见急性出血。");
  await page.locator(".btn.primary.lg").click();
  await page.locator(".identity input").nth(0).fill("周德福");
  await page.locator(".identity input").nth(1).fill("19551102");
  await page.locator(".identity button[type=submit]").click();
  await page.locator(".dock").waitFor();
};
const gaps = async (page) => {
  await page.locator(".choice.now").click();
  await page.locator(".gap").waitFor();
};
const signs = async (page) => {
  await page.getByText(/^(亲属|next of kin)$/).click();
  await page.getByText(/^(已签字|signed)$/).click();
  const pad = page.locator(".signature-pad .signature");
  await pad.scrollIntoViewIfNeeded();
  const box = await pad.boundingBox();
  await page.mouse.move(box.x + 30, box.y + 40);
  await page.mouse.down();
  for (let step = 0; step < 20; step++) await page.mouse.move(box.x + 30 + step * 8, box.y + 40 + 20 * Math.sin(step));
  await page.mouse.up();
};

const edit = async (page) => {
  await page.getByRole("button", { name: /^(修改|Change)$/ }).click();
};
const mend = async (page) => {
  await page.getByRole("button", { name: /^(改正|Correct it)$/ }).click();
  await page.locator(".message-text").waitFor();
};
const consents = async (page) => {
  await page.locator(".sight .btn").click();
  await page.locator(".shown-text summary").first().click();
  await page.locator(".shown-text p").first().waitFor();
};

const claim = async (page) => {
  await page.locator(".candidate .btn").first().click();
  await page.locator(".btn.primary").waitFor();
};
const another = async (page) => {
  await page.getByRole("button", { name: /另一位|another/ }).click();
  await page.locator(".picker").waitFor();
};

const pass = async (page) => {
  await page.locator(".ring .hand button").click();
  await page.locator("textarea").first().waitFor();
};

const call = async (page) => {
  await page.locator(".dispatch [aria-expanded]").first().click();
  await page.locator(".callables li").first().waitFor();
};

const PAGES = [
  ["login", "/login", ""],
  ["login-slow", "/login", "", wrong],
  ["login-answered", "/login", "", answered],
  ["login-factor", "/login", "", logIn],
  ["login-enrol", "/login", "", enrol],
  ["gallery", "/gallery", ""],
  ["desk", "/desk", "expert"],
  ["desk-fault", "/desk", "expert", null, "fault=1"],
  ["case", "/cases/c2", "expert"],
  ["case-sign", "/cases/c2", "expert", sign],
  ["case-refused", "/cases/none", "expert"],
  ["case-live", "/cases/c7", "expert"],
  ["case-live-asker", "/cases/c7", "clinician"],
  ["case-unanswered", "/cases/c8", "clinician"],
  ["desk-pass", "/desk", "expert", pass],
  ["rings", "/rings", "dispatcher", call],
  ["rings-quiet", "/rings", "dispatcher", null, "broken=quiet"],
  ["rings-fault", "/rings", "dispatcher", null, "fault=1"],
  ["rings-alarm", "/rings", "dispatcher", null, "broken=loud"],
  ["account", "/account", "nurse"],
  ["officer", "/administration", "officer"],
  ["interfaces", "/interfaces", "officer"],
  ["interfaces-fault", "/interfaces", "officer", null, "fault=1"],
  ["interface", "/interfaces/peers/his3", "officer"],
  ["interface-edit", "/interfaces/peers/his3", "officer", edit],
  ["exchange-queue", "/interfaces/queue", "officer"],
  ["message-waits", "/interfaces/messages/m4", "officer"],
  ["message-mend", "/interfaces/messages/m3", "officer", mend],
  ["message-taken", "/interfaces/messages/m1", "officer"],
  ["message-none", "/interfaces/messages/none", "officer"],
  ["codes", "/interfaces/codes", "officer"],
  ["apart", "/apart", "clinician"],
  ["apart-fault", "/apart", "clinician", null, "fault=1"],
  ["apart-sex", "/apart/a1", "clinician"],
  ["apart-confirm", "/apart/a1", "clinician", claim],
  ["apart-other", "/apart/a2", "clinician"],
  ["apart-uid", "/apart/a3", "clinician"],
  ["apart-nobody", "/apart/a4", "clinician", another],
  ["apart-none", "/apart/none", "clinician"],
  ["patients", "/patients", "clinician"],
  ["patient", "/patients/p1", "clinician"],
  ["patient-empty", "/patients/p3", "clinician"],
  ["patient-broken", "/patients/p1", "clinician", null, "broken=results"],
  ["patient-expert", "/patients/p1", "expert", consents],
  ["patient-own", "/file", "patient"],
  ["patient-results", "/patients/p1/results", "expert"],
  ["patient-documents", "/patients/p1/documents", "clinician"],
  ["patient-lookers", "/file/lookers", "patient"],
  ["study", `/patients/p1/studies/1.2.826.0.1.3680043.10.1`, "clinician"],
  ["request", "/patients/p1/request", "clinician"],
  ["request-gaps", "/patients/p1/request", "clinician", gaps],
  ["request-signs", "/patients/p1/request", "clinician", signs],
  ["cases", "/cases", "clinician"],
  ["case-ringing", "/cases/c1", "clinician"],
  ["case-signed", "/cases/c5", "clinician"],
];

async function look(browser, [name, path, role, act, extra], lang, theme, size) {
  const [width, height] = SIZES[size];
  const context = await browser.newContext({ viewport: { width, height }, timezoneId: "Asia/Shanghai", reducedMotion: "reduce" });
  const jar = [role && `mock=${role}`, extra].filter(Boolean).map((pair) => pair.split("="));
  await context.addCookies(jar.map(([key, value]) => ({ name: key, value, url: BASE })));
  await context.addInitScript(([l, t]) => {
    localStorage.setItem("yuanzhen.lang", l);
    localStorage.setItem("yuanzhen.theme", t);
    localStorage.setItem("yuanzhen.in", "1");
  }, [lang, theme]);
  const page = await context.newPage();
  const errors = [];
  page.on("pageerror", (error) => errors.push(error.message));
  page.on("console", (message) => message.type() === "error" && !/status of (4|5)\d\d/.test(message.text()) && errors.push(message.text()));
  await page.goto(BASE + path, { waitUntil: "networkidle" });
  if (act) await act(page);
  // The gallery shows a view that loads for ever
  if (name !== "gallery") await page.waitForFunction(() => !document.querySelector("[aria-busy=true].view, .coming"), null, { timeout: 8000 });
  await page.waitForTimeout(200);
  if (process.env.WHOLE) await page.setViewportSize({ width, height: await page.evaluate(() => document.documentElement.scrollHeight) });
  const file = `${OUT}${name}-${lang}-${theme}-${size}.png`;
  await page.screenshot({ path: file });
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
  await context.close();
  for (const { id, help, nodes } of violations) {
    errors.push(`axe ${id}: ${help} at ${nodes.slice(0, 3).map(({ target, failureSummary }) => `${target} [${(failureSummary ?? "").split("\n")[1]?.trim() ?? ""}]`).join(" | ")}`);
  }
  if (wide > 0) errors.push(`${wide} px wider than the window`);
  for (const error of errors) console.log(`${name} ${lang} ${theme} ${size}: ${error}`);
  return errors.length;
}

await mkdir(OUT, { recursive: true });
const only = process.argv.slice(2);
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] });
const looks = [["zh", "light", "wide"], ["en", "dark", "wide"], ["zh", "dark", "middle"], ["en", "light", "middle"], ["zh", "light", "small"], ["en", "dark", "small"]];
let faults = 0;
for (const page of PAGES.filter(([name]) => only.length === 0 || only.includes(name))) {
  for (const [lang, theme, size] of looks) faults += await look(browser, page, lang, theme, size);
}
await browser.close();
console.log(`${faults} findings`);
process.exitCode = faults ? 1 : 0;
