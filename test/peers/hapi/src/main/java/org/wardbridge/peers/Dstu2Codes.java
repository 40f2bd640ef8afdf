package org.wardbridge.peers;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.context.support.ConceptValidationOptions;
import ca.uhn.fhir.context.support.ValidationSupportContext;
import org.hl7.fhir.common.hapi.validation.support.InMemoryTerminologyServerValidationSupport;

/**
 * HAPI's terminology in memory, for DSTU2. Asked about a code of a system without a value set, HAPI's own fails with a null
 * pointer in this version; this one lets it pass.
 */
final class Dstu2Codes extends InMemoryTerminologyServerValidationSupport {
	Dstu2Codes(FhirContext fhir) {
		super(fhir);
	}

	@Override
	public CodeValidationResult validateCode(
			ValidationSupportContext context,
			ConceptValidationOptions options,
			String system,
			String code,
			String display,
			String valueSet) {
		if (valueSet == null || valueSet.isBlank()) {
			return new CodeValidationResult().setCode(code).setDisplay(display).setCodeSystemName(system);
		}
		return super.validateCode(context, options, system, code, display, valueSet);
	}
}
