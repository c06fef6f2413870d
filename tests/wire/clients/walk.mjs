// What fhir-kit-client meets at a FHIR door, step by step: `node walk.mjs BASE AUTHORIZATION`, one JSON object printed.
import { randomUUID } from "node:crypto";

import { Client } from "fhir-kit-client";

const [baseUrl, authorization] = process.argv.slice(2);
const client = new Client({ baseUrl, customHeaders: { authorization } });
const status = (answer) => Client.httpFor(answer).response.status;

async function refusal(promise) {
  try {
    await promise;
    return null;
  } catch (error) {
    return { status: error.response.status, outcome: error.response.data };
  }
}

async function pages(first) {
  const found = [];
  for (let bundle = first; bundle; bundle = await client.nextPage({ bundle })) {
    found.push(bundle.entry.map((entry) => entry.resource));
  }
  return found;
}

const resourceType = "Patient";
const value = randomUUID();
const body = { resourceType, identifier: [{ system: "urn:kit", value }], name: [{ text: "刘淑英" }] };
const told = { value };

const metadata = await client.capabilityStatement();
told.metadata = { resourceType: metadata.resourceType, fhirVersion: metadata.fhirVersion };

const ifNoneExist = { headers: { "If-None-Exist": `identifier=urn:kit|${value}` } };
const made = await client.create({ resourceType, body, options: ifNoneExist });
const again = await client.create({ resourceType, body, options: ifNoneExist });
told.create = { made: status(made), again: status(again), same: made.id === again.id };

const id = made.id;
const ifMatch = { headers: { "If-Match": 'W/"1"' } };
const updated = await client.update({ resourceType, id, body: { ...made, gender: "female" }, options: ifMatch });
told.update = updated.meta.versionId;
told.stale = await refusal(client.update({ resourceType, id, body: made, options: ifMatch }));
const jsonPatch = [{ op: "replace", path: "/gender", value: "other" }];
told.patch = (await client.patch({ resourceType, id, jsonPatch })).gender;
told.conditional = status(
  await client.update({ resourceType, searchParams: { identifier: `urn:kit|${value}` }, body: { ...body, active: true } }),
);

told.read = await client.read({ resourceType, id });
told.vread = await client.vread({ resourceType, id, version: "1" });
told.history = (await client.history({ resourceType, id })).entry.map((entry) => entry.resource.meta.versionId);

const fullUrl = `urn:uuid:${randomUUID()}`;
const observation = (reference, number) => ({
  resourceType: "Observation",
  status: "final",
  code: { text: "K" },
  subject: { reference },
  valueQuantity: { value: number },
});
const post = (resource) => ({ resource, request: { method: "POST", url: resource.resourceType } });
const entry = [
  { fullUrl, ...post({ resourceType, name: [{ text: "王" }] }) },
  ...[1, 2, 3, 4, 5].map((number) => post(observation(fullUrl, number))),
];
const done = await client.transaction({ body: { resourceType: "Bundle", type: "transaction", entry } });
told.transaction = done.entry.map((one) => one.response.status);
const subject = done.entry[0].response.location.match(/Patient\/[^/]+/)[0];

const searchParams = { subject, _count: 2, _sort: "value-quantity" };
const found = await client.search({ resourceType: "Observation", searchParams });
told.pages = (await pages(found)).map((page) => page.map((one) => one.valueQuantity.value));
const posted = await client.search({
  resourceType: "Observation",
  searchParams: { subject, _include: "Observation:subject" },
  options: { postSearch: true },
});
told.included = posted.entry.map((one) => one.search.mode);
const compartment = { resourceType, id: subject.split("/")[1] };
told.compartment = (await client.search({ resourceType: "Observation", compartment })).entry.length;
told.resolved = (await client.resolve({ reference: subject })).name[0].text;

const broken = entry.concat([post({ resourceType: "Observation" })]);
told.broken = await refusal(client.transaction({ body: { resourceType: "Bundle", type: "transaction", entry: broken } }));
told.invalid = await refusal(client.create({ resourceType, body: { resourceType, gender: "unheard of" } }));
told.misspelt = await refusal(client.search({ resourceType, searchParams: { identifer: value } }));
const stranger = new Client({ baseUrl });
told.stranger = await refusal(stranger.read({ resourceType, id }));

told.deleted = status(await client.delete({ resourceType, id }));
told.gone = await refusal(client.read({ resourceType, id }));
process.stdout.write(JSON.stringify(told));
