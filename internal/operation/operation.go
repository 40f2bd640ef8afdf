package operation

import (
	"context"
	"net/http"
	"reflect"
)

// An Op is one operation of an API.
type Op struct {
	ID      string // lowerCamelCase; the name of the client's function
	Method  string
	Path    string // ServeMux form: /api/patients/lists/{list}
	Summary string // one line, for the document
	// Public operations answer people who are not signed in.
	Public bool
	In     reflect.Type // struct
	Out    reflect.Type // struct, or nil for 204
	Stream bool         // the answer is a stream of Out as server-sent events, or a file
	call   func(ctx context.Context, in any) (any, error)
	stream func(ctx context.Context, in any, w http.ResponseWriter) error
}

// None is the input of an operation that takes nothing, or the output of one
// that gives nothing: it answers 204.
type None struct{}

// New makes an operation of a function. route is "METHOD /path".
func New[In, Out any](id, route, summary string, fn func(ctx context.Context, in In) (Out, error)) Op {
	o := describe[In, Out](id, route, summary)
	o.call = func(ctx context.Context, in any) (any, error) { return fn(ctx, *in.(*In)) } //nolint:forcetypeassert // made by this operation
	return o
}

// NewStream makes an operation that writes its answer itself: events of type
// Out, or a file. An error before the first byte is answered as a problem.
func NewStream[In, Out any](id, route, summary string, fn func(ctx context.Context, in In, w http.ResponseWriter) error) Op {
	o := describe[In, Out](id, route, summary)
	o.Stream = true
	o.stream = func(ctx context.Context, in any, w http.ResponseWriter) error { return fn(ctx, *in.(*In), w) } //nolint:forcetypeassert // made by this operation
	return o
}

// ForAnyone lets people call o who are not signed in.
func (o Op) ForAnyone() Op { o.Public = true; return o }
