// An open store of the demo, whose records a test changes as a hospital does.
export function openStore(base, version) {
  const link = `${base}/stores/demo-${version}/fhir`;
  const ask = async (method, path, body) => {
    const answer = await fetch(`${link}/${path}`, {
      method,
      headers: { Accept: "application/fhir+json", "Content-Type": "application/fhir+json" },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text.slice(0, 300)}`);
    return JSON.parse(text);
  };
  return {
    link,
    read: (path) => ask("GET", path),
    put: (resource) => ask("PUT", `${resource.resourceType}/${resource.id}`, resource),
    // change reads a resource, lets a function change it, and writes it.
    async change(path, by) {
      const resource = await ask("GET", path);
      by(resource);
      return ask("PUT", path, resource);
    },
  };
}

// someone gives a Patient another name, birth date and record number.
export function someone(patient, { family, given, born, mrn }) {
  patient.name = [{ use: "official", family, given: [given] }];
  patient.birthDate = born;
  if (mrn) numberOf(patient).value = mrn;
}

// numberOf is the identifier that is a Patient's record number.
export function numberOf(patient) {
  const found = patient.identifier.find((i) => i.type?.coding?.some((c) => c.code === "MR"));
  if (found === undefined) throw new Error(`${patient.id} has no record number`);
  return found;
}
