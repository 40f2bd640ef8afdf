package operation

import (
	"reflect"
	"strings"
)

func describe[In, Out any](id, route, summary string) Op {
	method, path, ok := strings.Cut(route, " ")
	if !ok {
		panic("operation " + id + ": want METHOD /path, not " + route)
	}
	o := Op{ID: id, Method: method, Path: path, Summary: summary, In: reflect.TypeFor[In]()}
	if out := reflect.TypeFor[Out](); out != reflect.TypeFor[None]() {
		o.Out = out
	}
	return o
}
