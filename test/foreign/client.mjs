// Runs fhir-kit-client with tokens from oauth4webapi through the demo: what an
// integrator would write, and nothing of ours underneath.
import { readFileSync } from 'node:fs';
import { Client } from 'fhir-kit-client';
import * as oauth from 'oauth4webapi';

const demo = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const keyFile = process.argv[3]; // private JWK and client_id, when a key client was registered
const insecure = { [oauth.allowInsecureRequests]: true };
let failures = 0;

function check(ok, what, detail = '') {
  console.log(`  ${ok ? 'ok  ' : 'FAIL'} ${what}${detail === '' ? '' : `: ${detail}`}`);
  if (!ok) failures += 1;
}

async function attempt(what, run) {
  try {
    await run();
  } catch (err) {
    check(false, what, `${err.message} ${JSON.stringify(err.response?.data ?? err.cause ?? '')}`.slice(0, 400));
  }
}

async function server(issuer) {
  const response = await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...insecure });
  return oauth.processDiscoveryResponse(issuer, response);
}

async function token(as, clientID, auth, scope) {
  const client = { client_id: clientID };
  const response = await oauth.clientCredentialsGrantRequest(as, client, auth, { scope }, insecure);
  return (await oauth.processClientCredentialsResponse(as, client, response)).access_token;
}

async function authorize(face, as, tenant) {
  let access = '';
  for (const [name, auth] of [
    ['client_secret_post', oauth.ClientSecretPost(demo.client_secret)],
    ['client_secret_basic', oauth.ClientSecretBasic(demo.client_secret)],
  ]) {
    await attempt(name, async () => {
      access = await token(as, demo.client_id, auth, tenant);
      check(access.split('.').length === 3, name, 'a JWT');
    });
  }
  if (keyFile) {
    await attempt('private_key_jwt', async () => {
      const { client_id: id, jwk } = JSON.parse(readFileSync(keyFile, 'utf8'));
      const key = await crypto.subtle.importKey('jwk', jwk, { name: 'ECDSA', namedCurve: 'P-384' }, false, ['sign']);
      const auth = oauth.PrivateKeyJwt(
        { key, kid: jwk.kid },
        { [oauth.modifyAssertion]: (_, payload) => { payload.aud = as.token_endpoint; } },
      );
      check((await token(as, id, auth, tenant)).split('.').length === 3, 'private_key_jwt', 'a JWT');
    });
  }
  await attempt('a wrong secret', async () => {
    let refused = '';
    try {
      await token(as, demo.client_id, oauth.ClientSecretBasic('wrong'), tenant);
    } catch (err) {
      refused = err.error ?? err.cause?.[0]?.parameters?.error ?? err.code;
    }
    check(refused !== '', 'a wrong secret is refused', refused);
  });
  return access;
}

async function records(face, base, access) {
  const client = new Client({ baseUrl: base, customHeaders: { Authorization: `Bearer ${access}` } });
  const order = face === 'dstu2' ? 'MedicationOrder' : 'MedicationRequest';
  await attempt('capability statement', async () => {
    const statement = await client.capabilityStatement();
    check(statement.fhirVersion !== undefined, 'capability statement', `${statement.resourceType} ${statement.fhirVersion}`);
  });
  await attempt('smart metadata', async () => {
    const uris = await client.smartAuthMetadata();
    check(uris.tokenUrl?.href === demo.token_url, 'token endpoint from the statement', uris.tokenUrl?.href);
  });
  let id = '';
  await attempt('search', async () => {
    const first = await client.search({ resourceType: 'Patient', searchParams: { _count: 5, gender: 'female' } });
    id = first.entry[0].resource.id;
    check(first.type === 'searchset' && first.entry.length === 5, 'search', `${first.entry.length} of ${first.total}`);
    const second = await client.nextPage({ bundle: first });
    const ids = new Set([...first.entry, ...second.entry].map((e) => e.resource.id));
    check(ids.size === first.entry.length + second.entry.length, 'next page', `${second.entry.length} more, none twice`);
  });
  await attempt('search by POST', async () => {
    const found = await client.search({ resourceType: 'Patient', searchParams: { _id: id }, options: { postSearch: true } });
    check(found.total === 1 && found.entry[0].resource.id === id, 'search by POST', `total ${found.total}`);
  });
  await attempt('read', async () => {
    const patient = await client.read({ resourceType: 'Patient', id });
    check(patient.id === id && patient.name?.length > 0, 'read', `Patient/${id}`);
  });
  await attempt('vitals', async () => {
    const vitals = await client.search({ resourceType: 'Observation', searchParams: { patient: id, category: 'vital-signs', '_sort:desc': 'date' } });
    const times = (vitals.entry ?? []).map((e) => Date.parse(e.resource.effectiveDateTime ?? e.resource.effectivePeriod?.start));
    check(times.every((t, i) => i === 0 || t <= times[i - 1]), 'vitals, newest first', `${times.length} of ${vitals.total}`);
  });
  await attempt('batch', async () => {
    const urls = [`Patient/${id}`, `Condition?patient=${id}&_count=10`, `Encounter?patient=${id}&_sort:desc=date&_count=1`,
      `AllergyIntolerance?patient=${id}`, `${order}?patient=${id}&_count=10`, `Coverage?patient=${id}`, 'Patient/nobody-has-this-id'];
    const body = { resourceType: 'Bundle', type: 'batch', entry: urls.map((url) => ({ request: { method: 'GET', url } })) };
    const answer = await client.batch({ body });
    const statuses = answer.entry.map((e) => e.response.status.slice(0, 3));
    check(answer.type === 'batch-response' && statuses.join() === '200,200,200,200,200,200,404', 'batch', statuses.join(' '));
  });
  await attempt('unknown id', async () => {
    let status = 0;
    try {
      await client.read({ resourceType: 'Patient', id: 'nobody-has-this-id' });
    } catch (err) {
      status = err.response?.status;
    }
    check(status === 404, 'an unknown id', status);
  });
}

for (const [face, base] of Object.entries(demo.endpoints)) {
  console.log(`fhir-kit-client and oauth4webapi on ${face}`);
  await attempt(face, async () => {
    // The issuer is where the token endpoint lives; its metadata names it.
    const as = await server(new URL(new URL(demo.token_url).origin));
    check(as.token_endpoint === demo.token_url, 'discovery', as.token_endpoint);
    const access = await authorize(face, as, demo.tenants[face]);
    await records(face, base, access);
  });
}
console.log(failures === 0 ? 'all well' : `${failures} failures`);
process.exit(failures === 0 ? 0 : 1);
