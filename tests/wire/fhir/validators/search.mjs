// Which resources another implementation finds by each query: `node search.mjs DEFINITIONS RESOURCES QUERIES` prints
// one line a query, the list of `Type/id`, or a string when it does not know how to ask.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const core = require("@medplum/core");

const [definitions, resources, queries] = process.argv.slice(2);
const lines = (file) => readFileSync(file, "utf8").split("\n").filter(Boolean);
for (const name of ["profiles-types.json", "profiles-resources.json"]) {
  core.indexStructureDefinitionBundle(JSON.parse(readFileSync(`${definitions}/${name}`, "utf8")));
}
core.indexSearchParameterBundle(JSON.parse(readFileSync(`${definitions}/search-parameters.json`, "utf8")));

const all = lines(resources).map((line) => JSON.parse(line));
for (const query of lines(queries)) {
  try {
    const asked = core.parseSearchRequest(query);
    const found = all.filter((one) => core.matchesSearchRequest(one, asked));
    console.log(JSON.stringify(found.map((one) => `${one.resourceType}/${one.id}`)));
  } catch (error) {
    console.log(JSON.stringify(String(error.message ?? error)));
  }
}
