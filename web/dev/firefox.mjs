/** Firefox at one page, headless, for the tests (tests/make/firefox.py): each line of JSON that comes in is one thing to do,
 * `[verb, given]`, and is answered by a line: `{"said": ...}` or `{"failed": ...}`. Its camera and microphone are of its own making.
 *
 * node dev/firefox.mjs PATH-OF-FIREFOX */
import { createInterface } from "node:readline";
import { launch } from "puppeteer-core";

const browser = await launch({
  browser: "firefox",
  executablePath: process.argv[2],
  acceptInsecureCerts: true,
  defaultViewport: { width: 1440, height: 900 },
  extraPrefsFirefox: {
    "intl.accept_languages": "zh-CN",
    "media.navigator.permission.disabled": true,
    "media.navigator.streams.fake": true,
    "media.peerconnection.ice.loopback": true, // the media server may have no other address
  },
});
const page = await browser.newPage();
const faults = [];
page.on("pageerror", (error) => faults.push(error.message));

const DOES = {
  keep: (cookies) => browser.setCookie(...cookies),
  go: async (url) => void (await page.goto(url)),
  evaluate: (script) => page.evaluate(script),
  press: (name) => page.locator(`::-p-aria([name="${name}"][role="button"])`).click(),
  picture: async (path) => void (await page.screenshot({ path })),
  faults: async () => faults,
};

try {
  for await (const line of createInterface({ input: process.stdin })) {
    const [verb, given] = JSON.parse(line);
    const answer = await DOES[verb](given).then((said) => ({ said }), (error) => ({ failed: String(error) }));
    console.log(JSON.stringify(answer));
  }
} finally {
  await browser.close();
}
