package org.wardbridge.peers;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.context.support.DefaultProfileValidationSupport;
import ca.uhn.fhir.context.support.IValidationSupport;
import ca.uhn.fhir.context.support.IValidationSupport.IssueSeverity;
import ca.uhn.fhir.util.VersionUtil;
import ca.uhn.fhir.validation.FhirValidator;
import ca.uhn.fhir.validation.ResultSeverityEnum;
import ca.uhn.fhir.validation.SingleValidationMessage;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.Map;
import org.hl7.fhir.common.hapi.validation.support.CommonCodeSystemsTerminologyService;
import org.hl7.fhir.common.hapi.validation.support.InMemoryTerminologyServerValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.SnapshotGeneratingValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.UnknownCodeSystemWarningValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.ValidationSupportChain;
import org.hl7.fhir.common.hapi.validation.validator.FhirInstanceValidator;
import org.hl7.fhir.r5.utils.validation.constants.BestPracticeWarningLevel;

/**
 * HAPI's validator over lines of JSON. Each line of the input is {"version": "dstu2"|"stu3"|"r4", "body": text}, and
 * is answered by a line {"errors": [{"path", "text"}]}. Only errors are told, not warnings. The first line of the output
 * is HAPI's version.
 *
 * <p>The definitions are those of each version's own release, from HAPI's jars. Nothing asks the network: codes of systems
 * that are not among the definitions count as unknown, not as wrong.
 */
public final class Judge {
	private static final ObjectMapper JSON = new ObjectMapper();

	private final Map<Release, FhirValidator> validators = new EnumMap<>(Release.class);

	private Judge() {}

	public static void main(String[] args) throws IOException {
		Judge judge = new Judge();
		try (BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
				BufferedWriter out = new BufferedWriter(new OutputStreamWriter(System.out, StandardCharsets.UTF_8))) {
			write(out, VersionUtil.getVersion());
			for (String line = in.readLine(); line != null; line = in.readLine()) {
				write(out, JSON.writeValueAsString(judge.verdict(JSON.readTree(line))));
			}
		}
	}

	private static void write(BufferedWriter out, String line) throws IOException {
		out.write(line);
		out.newLine();
		out.flush();
	}

	private ObjectNode verdict(JsonNode question) {
		FhirValidator v = validators.computeIfAbsent(
				Release.of(question.path("version").asText()), Judge::validator);
		ObjectNode answer = JSON.createObjectNode();
		ArrayNode errors = answer.putArray("errors");
		try {
			for (SingleValidationMessage m :
					v.validateWithResult(question.path("body").asText()).getMessages()) {
				if (m.getSeverity().ordinal() >= ResultSeverityEnum.ERROR.ordinal()) {
					errors.addObject().put("path", m.getLocationString()).put("text", m.getMessage());
				}
			}
		} catch (RuntimeException e) { // a fault of the validator's: it counts as an error, so that it cannot hide one
			errors.addObject().put("path", "").put("text", "the validator failed: " + e);
			e.printStackTrace();
		}
		return answer;
	}

	private static FhirValidator validator(Release release) {
		FhirContext fhir = release.context.get();
		UnknownCodeSystemWarningValidationSupport unknown = new UnknownCodeSystemWarningValidationSupport(fhir);
		unknown.setNonExistentCodeSystemSeverity(IssueSeverity.WARNING);
		IValidationSupport support = new ValidationSupportChain(
				new DefaultProfileValidationSupport(fhir),
				release == Release.DSTU2
						? new Dstu2Codes(fhir)
						: new InMemoryTerminologyServerValidationSupport(fhir),
				new CommonCodeSystemsTerminologyService(fhir),
				new SnapshotGeneratingValidationSupport(fhir),
				unknown);
		FhirInstanceValidator instance =
				new FhirInstanceValidator(release == Release.DSTU2 ? new Dstu2Definitions(support) : support);
		instance.setAnyExtensionsAllowed(true);
		instance.setErrorForUnknownProfiles(false);
		instance.setNoExtensibleWarnings(true);
		instance.setBestPracticeWarningLevel(BestPracticeWarningLevel.Ignore);
		instance.setAssumeValidRestReferences(true);
		return fhir.newValidator().registerValidatorModule(instance);
	}
}
