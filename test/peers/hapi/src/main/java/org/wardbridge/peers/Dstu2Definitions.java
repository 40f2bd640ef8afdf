package org.wardbridge.peers;

import ca.uhn.fhir.context.support.IValidationSupport;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.hl7.fhir.common.hapi.validation.validator.HapiToHl7OrgDstu2ValidatingSupportWrapper;
import org.hl7.fhir.instance.model.api.IBaseResource;

/**
 * DSTU2's definitions in the model that the validator wants, each translated once. HAPI alone translates a definition
 * whenever the validator looks at it, which takes ten times as long.
 */
final class Dstu2Definitions extends HapiToHl7OrgDstu2ValidatingSupportWrapper {
	private final Map<String, Optional<IBaseResource>> translated = new ConcurrentHashMap<>();

	Dstu2Definitions(IValidationSupport definitions) {
		super(definitions);
	}

	private IBaseResource once(String kind, String uri, Supplier<IBaseResource> translate) {
		String key = kind + " " + uri;
		Optional<IBaseResource> had = translated.get(key);
		if (had == null) { // translating may ask for more, so that this is no computeIfAbsent
			had = Optional.ofNullable(translate.get());
			translated.put(key, had);
		}
		return had.orElse(null);
	}

	@Override
	@SuppressWarnings("unchecked")
	public <T extends IBaseResource> T fetchResource(Class<T> type, String uri) {
		return (T) once(type == null ? "" : type.getName(), uri, () -> super.fetchResource(type, uri));
	}

	@Override
	public IBaseResource fetchStructureDefinition(String uri) {
		return once("definition", uri, () -> super.fetchStructureDefinition(uri));
	}

	@Override
	public IBaseResource fetchCodeSystem(String uri) {
		return once("codes", uri, () -> super.fetchCodeSystem(uri));
	}

	@Override
	public IBaseResource fetchValueSet(String uri) {
		return once("values", uri, () -> super.fetchValueSet(uri));
	}
}
