package org.wardbridge.peers;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.context.support.IValidationSupport;
import ca.uhn.fhir.jpa.api.config.JpaStorageSettings;
import ca.uhn.fhir.jpa.api.dao.IFhirSystemDao;
import ca.uhn.fhir.jpa.provider.JpaCapabilityStatementProvider;
import ca.uhn.fhir.jpa.provider.JpaConformanceProviderDstu2;
import ca.uhn.fhir.jpa.provider.JpaSystemProvider;
import ca.uhn.fhir.jpa.provider.dstu3.JpaConformanceProviderDstu3;
import ca.uhn.fhir.jpa.search.DatabaseBackedPagingProvider;
import ca.uhn.fhir.model.dstu2.composite.MetaDt;
import ca.uhn.fhir.model.dstu2.resource.Bundle;
import ca.uhn.fhir.parser.LenientErrorHandler;
import ca.uhn.fhir.rest.api.EncodingEnum;
import ca.uhn.fhir.rest.server.RestfulServer;
import ca.uhn.fhir.rest.server.provider.ResourceProviderFactory;
import ca.uhn.fhir.rest.server.util.ISearchParamRegistry;
import org.hl7.fhir.dstu3.model.Meta;
import org.springframework.context.ApplicationContext;

/** One FHIR base: HAPI's REST server over the beans of one version and one database. */
final class Endpoint extends RestfulServer {
	private static final long serialVersionUID = 1L;

	private final transient ApplicationContext beans;
	private final Release release;

	Endpoint(Release release, ApplicationContext beans) {
		super(beans.getBean(FhirContext.class));
		this.release = release;
		this.beans = beans;
	}

	@Override
	protected void initialize() {
		// A real server holds dates that are none, and gives them out again; so must this one.
		getFhirContext().setParserErrorHandler(new LenientErrorHandler(false).disableAllErrors());
		setDefaultResponseEncoding(EncodingEnum.JSON);
		registerProviders(
				beans.getBean("myResourceProviders" + release.beans, ResourceProviderFactory.class)
						.createProviders());
		registerProvider(beans.getBean(JpaSystemProvider.class));
		setPagingProvider(beans.getBean(DatabaseBackedPagingProvider.class));
		setServerConformanceProvider(statement());
	}

	@SuppressWarnings("unchecked")
	private Object statement() {
		IFhirSystemDao<?, ?> system = beans.getBean(IFhirSystemDao.class);
		JpaStorageSettings settings = beans.getBean(JpaStorageSettings.class);
		ISearchParamRegistry parameters = beans.getBean(ISearchParamRegistry.class);
		return switch (release) {
			case DSTU2 -> new JpaConformanceProviderDstu2(this, (IFhirSystemDao<Bundle, MetaDt>) system, settings);
			case STU3 -> new JpaConformanceProviderDstu3(
					this,
					(IFhirSystemDao<org.hl7.fhir.dstu3.model.Bundle, Meta>) system,
					settings,
					parameters);
			case R4 -> new JpaCapabilityStatementProvider(
					this, system, settings, parameters, beans.getBean(IValidationSupport.class));
		};
	}
}
