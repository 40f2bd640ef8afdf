package org.wardbridge.peers;

import ca.uhn.fhir.util.VersionUtil;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.core.env.MapPropertySource;

/**
 * Serves HAPI's JPA server on a loopback port, at one base for each VERSION/NAME given:
 *
 * <pre>HapiServer READY-FILE dstu2/a dstu2/b stu3/a …</pre>
 *
 * Each base has a database of its own in memory. READY-FILE gets the origin and HAPI's version
 * when all of them answer. The server ends when
 * its standard input does, so that it never outlives who started it.
 */
public final class HapiServer {
	private HapiServer() {}

	public static void main(String[] args) throws Exception {
		if (args.length < 2) {
			System.err.println("usage: HapiServer READY-FILE VERSION/NAME ...");
			System.exit(2);
		}
		Server server = new Server(new QueuedThreadPool(64));
		ServerConnector connector = new ServerConnector(server);
		connector.setHost("127.0.0.1");
		server.addConnector(connector);
		ServletContextHandler root = new ServletContextHandler();
		for (int i = 1; i < args.length; i++) {
			String[] part = args[i].split("/", 2);
			long start = System.nanoTime();
			ServletHolder holder = new ServletHolder(new Endpoint(Release.of(part[0]), beans(part[0], part[1])));
			holder.setInitOrder(i);
			root.addServlet(holder, "/" + args[i] + "/*");
			System.err.printf("%s: storage ready in %d ms%n", args[i], (System.nanoTime() - start) / 1_000_000);
		}
		server.setHandler(root);
		server.start();
		Path ready = Path.of(args[0]);
		Path draft = ready.resolveSibling(ready.getFileName() + ".draft");
		Files.writeString(draft, "http://127.0.0.1:" + connector.getLocalPort() + " " + VersionUtil.getVersion());
		Files.move(draft, ready, StandardCopyOption.ATOMIC_MOVE);
		while (System.in.read() >= 0) {
			// Nobody says anything; the end is what is waited for.
		}
		server.stop();
		System.exit(0); // HAPI's schedulers have threads of their own
	}

	private static AnnotationConfigApplicationContext beans(String version, String name) {
		AnnotationConfigApplicationContext c = new AnnotationConfigApplicationContext();
		c.getEnvironment()
				.getPropertySources()
				.addFirst(new MapPropertySource("peers", Map.of("database", version + "_" + name)));
		c.register(Storage.class, Release.of(version).config);
		c.refresh();
		return c;
	}
}
