// What two validators that nobody here wrote say of each resource of a file, one JSON resource a line:
// `node judge.mjs DEFINITIONS RESOURCES` prints one line each, {"medplum": null or its reason, "fhir": likewise}.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const { indexStructureDefinitionBundle, validateResource } = require("@medplum/core");
const { Fhir } = require("fhir");

const [definitions, resources] = process.argv.slice(2);
for (const name of ["profiles-types.json", "profiles-resources.json"]) {
  indexStructureDefinitionBundle(JSON.parse(readFileSync(`${definitions}/${name}`, "utf8")));
}
const fhir = new Fhir();

const first = (act) => {
  try {
    return act() ?? null;
  } catch (error) {
    return String(error.message ?? error).slice(0, 200);
  }
};

const byMedplum = (resource) => {
  const issue = validateResource(resource).find(({ severity }) => severity === "error" || severity === "fatal");
  return issue && `${issue.expression}: ${issue.details?.text}`;
};

const byFhir = (resource) => {
  const message = fhir.validate(resource, {}).messages.find(({ severity }) => severity === "error");
  return message && `${message.location}: ${message.message}`;
};

for (const line of readFileSync(resources, "utf8").split("\n")) {
  if (line) {
    const read = () => JSON.parse(line);
    console.log(JSON.stringify({ medplum: first(() => byMedplum(read())), fhir: first(() => byFhir(read())) }));
  }
}
