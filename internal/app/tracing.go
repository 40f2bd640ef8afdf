package app

import (
	"context"
	"fmt"
	"net/http"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// trace wraps h so that each request makes a span, when an endpoint is
// configured. end sends what is left. Spans are named by route pattern; as for
// records, no path, query or body goes into one.
func trace(ctx context.Context, e *edge, endpoint, version string) (h http.Handler, end func(context.Context) error, err error) {
	if endpoint == "" {
		return e, func(context.Context) error { return nil }, nil
	}
	exporter, err := otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(endpoint+"/v1/traces"))
	if err != nil {
		return nil, nil, fmt.Errorf("tracing: %w", err)
	}
	provider := sdktrace.NewTracerProvider(
		sdktrace.WithBatcher(exporter),
		sdktrace.WithResource(resource.NewSchemaless(attribute.String("service.name", "wardbridge"), attribute.String("service.version", version))),
	)
	tracer := provider.Tracer("github.com/wardbridge/wardbridge")
	propagator := propagation.TraceContext{}
	h = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		route, _ := e.router.route(r)
		parent := propagator.Extract(r.Context(), propagation.HeaderCarrier(r.Header))
		ctx, span := tracer.Start(parent, methodLabel(r.Method)+" "+route)
		defer span.End()
		rw := &responseWriter{ResponseWriter: w}
		e.ServeHTTP(rw, r.WithContext(ctx))
		span.SetAttributes(attribute.String("http.route", route), attribute.Int("http.response.status_code", rw.status))
	})
	return h, provider.Shutdown, nil
}
