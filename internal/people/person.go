package people

import "context"

type contextKey struct{}

// With gives a context that carries the person who is signed in.
func With(ctx context.Context, p Person) context.Context {
	return context.WithValue(ctx, contextKey{}, p)
}

// From is the signed-in person in ctx.
func From(ctx context.Context) (Person, bool) {
	p, ok := ctx.Value(contextKey{}).(Person)
	return p, ok
}
