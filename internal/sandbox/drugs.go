package sandbox

// A medication is one line of the made-up hospital's formulary. Coded in
// RxNorm where the code is public knowledge, else in the formulary's own
// system. The usual order comes with it.
type medication struct {
	key     string
	sys     system
	code    string
	display string
	form    string
	route   string // key of routes
	amount  string
	unit    string
	ucum    string
	times   int
	period  int
	per     string // h, d, wk
	need    bool
	usual   string // the dosage in words
}

func routes(key string) concept {
	switch key {
	case "po":
		return concept{sysSNOMED, "26643006", "Oral route", "by mouth"}
	case "iv":
		return concept{sysSNOMED, "47625008", "Intravenous route", "IV"}
	case "sc":
		return concept{sysSNOMED, "34206005", "Subcutaneous route", "subcutaneous"}
	case "im":
		return concept{sysSNOMED, "78421000", "Intramuscular route", "IM"}
	case "sl":
		return concept{sysSNOMED, "37839007", "Sublingual route", "under the tongue"}
	case "inh":
		return concept{sysSNOMED, "447694001", "Respiratory tract route", "inhaled"}
	}
	return concept{text: key}
}

func medications() []medication {
	const rx, own = sysRxNorm, sysFormulary
	return []medication{
		{"salbutamol", rx, "745679", "200 ACTUAT Albuterol 0.09 MG/ACTUAT Metered Dose Inhaler", "Inhaler", "inh", "2", "puff", "{puff}", 4, 1, "d", true, "2 puffs up to 4 times a day when short of breath"},
		{"tiotropium", own, "TIOT18", "Tiotropium 18 microgram inhalation powder capsule", "Inhalation capsule", "inh", "1", "capsule", "{capsule}", 1, 1, "d", false, "1 capsule inhaled every morning"},
		{"budesonide-formoterol", rx, "745813", "120 ACTUAT Budesonide 0.08 MG/ACTUAT / formoterol 0.0045 MG/ACTUAT Metered Dose Inhaler [Symbicort 80/4.5]", "Inhaler", "inh", "2", "puff", "{puff}", 2, 1, "d", false, "2 puffs morning and evening, rinse mouth after"},
		{"fluticasone", rx, "895994", "120 ACTUAT Fluticasone propionate 0.044 MG/ACTUAT Metered Dose Inhaler", "Inhaler", "inh", "2", "puff", "{puff}", 2, 1, "d", false, "2 puffs twice daily by spacer"},
		{"prednisone", rx, "312617", "predniSONE 5 MG Oral Tablet", "Tablet", "po", "40", "mg", "mg", 1, 1, "d", false, "40 mg (8 tablets) every morning for 5 days"},
		{"furosemide", rx, "310429", "Furosemide 20 MG Oral Tablet", "Tablet", "po", "40", "mg", "mg", 2, 1, "d", false, "40 mg at 08:00 and 14:00; weigh daily"},
		{"furosemide-iv", rx, "1719286", "10 ML Furosemide 10 MG/ML Injection", "Injection", "iv", "40", "mg", "mg", 2, 1, "d", false, "40 mg slow IV twice daily"},
		{"lisinopril-10", rx, "314076", "Lisinopril 10 MG Oral Tablet", "Tablet", "po", "10", "mg", "mg", 1, 1, "d", false, "10 mg once daily"},
		{"lisinopril-20", rx, "314077", "Lisinopril 20 MG Oral Tablet", "Tablet", "po", "20", "mg", "mg", 1, 1, "d", false, "1 daily"},
		{"carvedilol", rx, "200033", "carvedilol 25 MG Oral Tablet", "Tablet", "po", "25", "mg", "mg", 2, 1, "d", false, "25 mg twice daily with food; hold if pulse below 55"},
		{"metoprolol", rx, "866514", "Metoprolol 50 MG Oral Tablet", "Tablet", "po", "50", "mg", "mg", 2, 1, "d", false, "50 mg twice daily"},
		{"amlodipine", rx, "197361", "Amlodipine 5 MG Oral Tablet", "Tablet", "po", "5", "mg", "mg", 1, 1, "d", false, "5 mg every morning"},
		{"digoxin", rx, "197604", "Digoxin 0.125 MG Oral Tablet", "Tablet", "po", "0.125", "mg", "mg", 1, 1, "d", false, "0.125 mg once daily"},
		{"apixaban", own, "APIX5", "Apixaban 5 mg oral tablet", "Tablet", "po", "5", "mg", "mg", 2, 1, "d", false, "5 mg twice daily"},
		{"warfarin", rx, "855332", "Warfarin Sodium 5 MG Oral Tablet", "Tablet", "po", "5", "mg", "mg", 1, 1, "d", false, "5 mg every evening, dose by INR"},
		{"aspirin", rx, "243670", "Aspirin 81 MG Oral Tablet", "Tablet", "po", "81", "mg", "mg", 1, 1, "d", false, "81 mg once daily"},
		{"clopidogrel", rx, "309362", "Clopidogrel 75 MG Oral Tablet", "Tablet", "po", "75", "mg", "mg", 1, 1, "d", false, "75 mg once daily for 12 months"},
		{"atorvastatin", rx, "259255", "Atorvastatin 80 MG Oral Tablet", "Tablet", "po", "80", "mg", "mg", 1, 1, "d", false, "80 mg at night"},
		{"simvastatin", rx, "198211", "Simvastatin 40 MG Oral Tablet", "Tablet", "po", "40", "mg", "mg", 1, 1, "d", false, "40 mg at night"},
		{"nitroglycerin", rx, "198039", "Nitroglycerin 0.4 MG Sublingual Tablet", "Tablet", "sl", "0.4", "mg", "mg", 1, 5, "min", true, "1 under the tongue for chest pain, repeat after 5 minutes, at most 3"},
		{"metformin", rx, "861007", "Metformin 500 MG Oral Tablet", "Tablet", "po", "500", "mg", "mg", 2, 1, "d", false, "500 mg twice daily with meals"},
		{"glargine", rx, "285018", "Lantus 100 unit/ml injectable solution", "Injection", "sc", "18", "units", "[iU]", 1, 1, "d", false, "18 units under the skin at bedtime"},
		{"insulin", rx, "311036", "Humulin R 100 UNT/ML Injectable Solution", "Injection", "sc", "6", "units", "[iU]", 3, 1, "d", false, "6 units before meals, adjust by sliding scale"},
		{"piptazo", own, "PIPTAZ45", "Piperacillin 4 g / tazobactam 0.5 g powder for infusion", "Infusion", "iv", "4.5", "g", "g", 1, 8, "h", false, "4.5 g IV every 8 hours"},
		{"ceftriaxone", own, "CEFTR1", "Ceftriaxone 1 g powder for injection", "Injection", "iv", "1", "g", "g", 1, 24, "h", false, "1 g IV every 24 hours"},
		{"saline", rx, "313002", "Sodium Chloride 0.9% injectable solution", "Infusion", "iv", "1000", "mL", "mL", 1, 8, "h", false, "1000 mL over 8 hours"},
		{"amoxiclav", rx, "562508", "Amoxicillin 875 MG / Clavulanate 125 MG Oral Tablet", "Tablet", "po", "1", "tablet", "{tablet}", 2, 1, "d", false, "1 tablet every 12 hours for 7 days"},
		{"amoxicillin-susp", rx, "239191", "Amoxicillin 50 MG/ML Oral Suspension", "Suspension", "po", "5", "mL", "mL", 3, 1, "d", false, "5 mL three times a day for 7 days"},
		{"metronidazole", rx, "314106", "Metronidazole 250 MG Oral Tablet", "Tablet", "po", "500", "mg", "mg", 3, 1, "d", false, "500 mg three times a day, no alcohol"},
		{"nitrofurantoin", rx, "311992", "Nitrofurantoin 100 MG Oral Capsule", "Capsule", "po", "100", "mg", "mg", 2, 1, "d", false, "100 mg twice daily for 5 days"},
		{"cephalexin", rx, "309114", "Cephalexin 500 MG Oral Capsule", "Capsule", "po", "500", "mg", "mg", 4, 1, "d", false, "500 mg four times a day for 7 days"},
		{"paracetamol", rx, "313782", "Acetaminophen 325 MG Oral Tablet", "Tablet", "po", "650", "mg", "mg", 1, 6, "h", true, "650 mg every 6 hours when needed for pain, at most 3 g a day"},
		{"paracetamol-susp", own, "PARA120", "Paracetamol 120 mg/5 mL oral suspension", "Suspension", "po", "2.5", "mL", "mL", 1, 6, "h", true, "2.5 mL every 6 hours when needed for fever, at most 4 times a day"},
		{"rehydration", own, "ORS1", "Oral rehydration salts, powder for solution", "Sachet", "po", "1", "sachet", "{sachet}", 4, 1, "d", false, "1 sachet in 200 mL of water, sips after each loose stool"},
		{"oxycodone", own, "OXYC5", "Oxycodone 5 mg oral tablet", "Tablet", "po", "5", "mg", "mg", 1, 6, "h", true, "5 mg every 6 hours when needed for severe pain"},
		{"ibuprofen-susp", rx, "197803", "Ibuprofen 20 MG/ML Oral Suspension", "Suspension", "po", "5", "mL", "mL", 1, 8, "h", true, "5 mL every 8 hours when needed for fever"},
		{"naproxen", rx, "849574", "Naproxen sodium 220 MG Oral Tablet", "Tablet", "po", "220", "mg", "mg", 2, 1, "d", true, "220 mg twice daily with food when needed"},
		{"enoxaparin", own, "ENOX40", "Enoxaparin 40 mg/0.4 mL prefilled syringe", "Syringe", "sc", "40", "mg", "mg", 1, 1, "d", false, "40 mg under the skin once daily"},
		{"levothyroxine", rx, "966222", "Levothyroxine Sodium 0.075 MG Oral Tablet", "Tablet", "po", "75", "ug", "ug", 1, 1, "d", false, "75 micrograms every morning before breakfast"},
		{"sertraline", rx, "312938", "Sertraline 100 MG Oral Tablet", "Tablet", "po", "100", "mg", "mg", 1, 1, "d", false, "100 mg every morning"},
		{"ferrous", rx, "310325", "ferrous sulfate 325 MG Oral Tablet", "Tablet", "po", "325", "mg", "mg", 1, 1, "d", false, "325 mg once daily on an empty stomach"},
		{"pantoprazole", rx, "314200", "pantoprazole 40 MG Enteric Coated Tablet", "Tablet", "po", "40", "mg", "mg", 1, 1, "d", false, "40 mg before breakfast"},
		{"potassium", rx, "312504", "Potassium Chloride 10 MEQ Extended Release Capsule", "Capsule", "po", "2", "capsule", "{capsule}", 1, 1, "d", false, "2 capsules once daily while on furosemide"},
		{"donepezil", own, "DONEP10", "Donepezil 10 mg oral tablet", "Tablet", "po", "10", "mg", "mg", 1, 1, "d", false, "10 mg at bedtime"},
		{"sumatriptan", own, "SUMA50", "Sumatriptan 50 mg oral tablet", "Tablet", "po", "50", "mg", "mg", 1, 1, "d", true, "50 mg at the onset of migraine, may repeat once after 2 hours"},
		{"gabapentin", own, "GABA300", "Gabapentin 300 mg oral capsule", "Capsule", "po", "300", "mg", "mg", 3, 1, "d", false, "300 mg three times a day"},
		{"folic-acid", own, "FOLIC5", "Folic acid 5 mg oral tablet", "Tablet", "po", "5", "mg", "mg", 1, 1, "d", false, "5 mg once daily"},
		{"vitamin-k", own, "PHYTO1", "Phytomenadione 1 mg/0.5 mL injection", "Injection", "im", "1", "mg", "mg", 1, 1, "d", false, "1 mg IM once after birth"},
		{"allopurinol", rx, "197320", "Allopurinol Tablet 300mg", "Tablet", "po", "300", "mg", "mg", 1, 1, "d", false, "300 mg once daily"},
		{"epinephrine", rx, "727316", "0.3 ML EPINEPHrine 0.5 MG/ML Auto-Injector", "Auto-injector", "im", "1", "injection", "{injection}", 1, 1, "d", true, "1 injection into the outer thigh for anaphylaxis, then call for help"},
	}
}
