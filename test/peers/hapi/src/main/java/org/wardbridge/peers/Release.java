package org.wardbridge.peers;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.jpa.config.JpaDstu2Config;
import ca.uhn.fhir.jpa.config.dstu3.JpaDstu3Config;
import ca.uhn.fhir.jpa.config.r4.JpaR4Config;
import java.util.function.Supplier;

/** A FHIR version as HAPI names it. */
enum Release {
	DSTU2("dstu2", "Dstu2", JpaDstu2Config.class, FhirContext::forDstu2),
	STU3("stu3", "Dstu3", JpaDstu3Config.class, FhirContext::forDstu3),
	R4("r4", "R4", JpaR4Config.class, FhirContext::forR4);

	/** The name in paths and on the command line. */
	final String path;

	/** What HAPI's beans of this version end in. */
	final String beans;

	final Class<?> config;
	final Supplier<FhirContext> context;

	Release(String path, String beans, Class<?> config, Supplier<FhirContext> context) {
		this.path = path;
		this.beans = beans;
		this.config = config;
		this.context = context;
	}

	static Release of(String path) {
		for (Release r : values()) {
			if (r.path.equals(path)) {
				return r;
			}
		}
		throw new IllegalArgumentException("no version \"" + path + "\": give dstu2, stu3 or r4");
	}
}
