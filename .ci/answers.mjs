// What the server answers, judged by validators that are not ours: problem documents (RFC 9457), GeoJSON (RFC 7946),
// the shape of a search answer, and the agreement of its formats.
import Ajv from "ajv";
import addFormats from "ajv-formats";
import geojson from "geojson-validation";

const base = process.argv[2];
const ajv = addFormats(new Ajv({ allErrors: true, strict: false }));
const faults = [];
const check = (ok, what) => ok || faults.push(what);

const problem = ajv.compile({
  type: "object",
  required: ["type", "title", "status", "detail", "errors", "request_id"],
  properties: {
    type: { type: "string", format: "uri-reference" },
    title: { type: "string", minLength: 1 },
    status: { type: "integer", minimum: 400, maximum: 599 },
    detail: { type: "string", minLength: 1 },
    request_id: { type: "string", minLength: 1 },
    errors: {
      type: "array",
      items: {
        type: "object",
        required: ["field", "code", "message"],
        properties: { field: { type: "string" }, code: { type: "string" }, message: { type: "string", minLength: 1 } },
      },
    },
  },
});

const answer = ajv.compile({
  type: "object",
  required: ["total", "took_us", "position", "interpreted", "results", "next_cursor"],
  properties: {
    total: { type: "object", required: ["value", "relation"], properties: { relation: { enum: ["eq", "gte"] } } },
    results: {
      type: "array",
      items: {
        type: "object",
        required: ["id", "locator", "name", "kind", "specialties", "network_status", "location"],
        properties: {
          id: { type: "string", format: "uuid" },
          locator: { type: "string", pattern: "^PRV-\\d{4}-\\d{6,}$" },
          npi: { type: ["string", "null"], pattern: "^[12]\\d{9}$" },
          network_status: { enum: ["PENDING", "ACTIVE", "INACTIVE"] },
        },
      },
    },
  },
});

async function get(path, accept = "application/json") {
  const response = await fetch(base + path, { headers: { accept } });
  return { status: response.status, type: response.headers.get("content-type") ?? "", text: await response.text() };
}

// Bad input, each a 400 problem that names the parameter.
const bad = {
  "npi=1234567890": "npi",
  "near=91,0": "near",
  "near=77030&radius=0": "radius",
  "near=77030&radius=1e9": "radius",
  "no_such_parameter=1": "no_such_parameter",
  "limit=0": "limit",
  "network_status=BUSY": "network_status",
  "language=klingonese": "language",
  "cursor=nonsense": "cursor",
};
for (const [query, field] of Object.entries(bad)) {
  const { status, type, text } = await get(`/providers/search?${query}`);
  check(status === 400, `${query}: ${status} instead of 400`);
  check(type.startsWith("application/problem+json"), `${query}: is ${type}`);
  const said = JSON.parse(text);
  check(problem(said), `${query}: ${ajv.errorsText(problem.errors)}`);
  check(said.status === status, `${query}: says ${said.status}, is ${status}`);
  check(said.errors?.some((e) => e.field === field), `${query}: does not name ${field}: ${text}`);
}
const missing = await get("/providers/PRV-1999-000001");
check(missing.status === 404 && problem(JSON.parse(missing.text)), "an unknown locator is no 404 problem");

// Searches, in every format.
for (const query of ["q=", "q=spanish+speaking+cardiologist", "near=Houston,+TX&limit=100", "state=TX&sort=name"]) {
  const plain = await get(`/providers/search?${query}`);
  check(plain.status === 200, `${query}: ${plain.status} ${plain.text}`);
  const said = JSON.parse(plain.text);
  check(answer(said), `${query}: ${ajv.errorsText(answer.errors)}`);

  const map = await get(`/providers/search?${query}&format=geojson`);
  const collection = JSON.parse(map.text);
  check(map.type.startsWith("application/geo+json"), `${query}: GeoJSON is ${map.type}`);
  const wrong = geojson.isFeatureCollection(collection, true);
  check(!wrong.length, `${query}: GeoJSON: ${wrong}`);
  check(collection.features?.length === said.results?.length, `${query}: JSON and GeoJSON differ in number`);

  const lines = await get(`/providers/search?${query}&format=ndjson`);
  const rows = lines.text.split("\n").filter(Boolean).map((line) => JSON.parse(line));
  check(rows.length === said.total?.value, `${query}: ${rows.length} lines of ${said.total?.value}`);
}

for (const path of ["/healthz", "/readyz", "/metrics", "/specialties", "/languages", "/networks"]) {
  const { status } = await get(path);
  check(status === 200, `${path}: ${status}`);
}

if (faults.length) {
  console.error(faults.join("\n"));
  process.exit(1);
}
console.log("answers: all valid");
