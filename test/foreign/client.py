"""Runs fhirpy through the demo: what an integrator would write."""

import json
import sys
import urllib.parse
import urllib.request

from fhirpy import SyncFHIRClient
from fhirpy.base.exceptions import ResourceNotFound

failures = 0


def check(ok, what, detail=""):
    global failures
    print(f"  {'ok  ' if ok else 'FAIL'} {what}{f': {detail}' if detail != '' else ''}")
    if not ok:
        failures += 1


def attempt(what, run):
    try:
        run()
    except Exception as err:  # noqa: BLE001 - every failure is one line of the transcript
        check(False, what, f"{type(err).__name__}: {err}"[:400])


def token(demo, tenant):
    form = {"grant_type": "client_credentials", "client_id": demo["client_id"], "client_secret": demo["client_secret"], "scope": tenant}
    with urllib.request.urlopen(demo["token_url"], urllib.parse.urlencode(form).encode()) as answer:  # noqa: S310
        return json.load(answer)["access_token"]


def face(demo, name, base):
    client = SyncFHIRClient(base, authorization=f"Bearer {token(demo, demo['tenants'][name])}")
    found = {}

    def search():
        page = client.resources("Patient").search(gender="female").limit(3)
        found["one"] = page.fetch()[0]
        everyone = page.fetch_all()
        total = client.resources("Patient").search(gender="female").count()
        check(len({p.id for p in everyone}) == len(everyone) == total, "search, all pages", f"{len(everyone)} of {total}")

    def read():
        patient = client.reference("Patient", found["one"].id).to_resource()
        check(patient.id == found["one"].id, "read", f"Patient/{patient.id}")

    def scoped():
        vitals = client.resources("Observation").search(patient=found["one"].id, category="vital-signs").sort("-date").fetch_all()
        check(all(o.subject.id == found["one"].id for o in vitals), "a patient's vitals", len(vitals))

    def batch():
        order = "MedicationOrder" if name == "dstu2" else "MedicationRequest"
        urls = [f"Patient/{found['one'].id}"] + [f"{t}?patient={found['one'].id}" for t in ("Condition", "Encounter", "AllergyIntolerance", order, "Coverage")]
        body = {"resourceType": "Bundle", "type": "batch", "entry": [{"request": {"method": "GET", "url": u}} for u in urls]}
        answer = client.execute("", "POST", data=body)
        statuses = [e["response"]["status"][:3] for e in answer["entry"]]
        check(statuses == ["200"] * 6, "batch", " ".join(statuses))

    def absent():
        try:
            client.reference("Patient", "nobody-has-this-id").to_resource()
            check(False, "an unknown id", "answered")
        except ResourceNotFound:
            check(True, "an unknown id", "ResourceNotFound")

    for what, run in (("search", search), ("read", read), ("vitals", scoped), ("batch", batch), ("unknown id", absent)):
        attempt(what, run)


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        demo = json.load(file)
    for name, base in demo["endpoints"].items():
        print(f"fhirpy on {name}")
        attempt(name, lambda name=name, base=base: face(demo, name, base))
    print("all well" if failures == 0 else f"{failures} failures")
    sys.exit(failures != 0)


main()
