package adapt

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/wardbridge/wardbridge/internal/fhir"
)

func sizeKey(n int) string {
	if n == 0 {
		return "no _count"
	}
	return "_count=" + strconv.Itoa(n)
}

// settle finds out why an ask was refused, unless another search has done so
// meanwhile.
func (a *asker) settle(ctx context.Context, no *refusal) error {
	unlock, err := a.m.alone(ctx, a.q.Type)
	if err != nil {
		return err
	}
	defer unlock()
	if a.m.is(a.typeKey()) == refused || no.size > 0 && a.m.is(sizeKey(no.size)) == refused {
		return nil
	}
	for i := range no.ask.parts {
		if key := no.ask.parts[i].key; a.m.is(key) == refused && !a.skip[key] {
			return nil // another plan follows from that
		}
	}
	a.failing = true
	defer func() { a.failing = false }()
	switch no.err.Kind {
	case fhir.KindUnknownType, fhir.KindNotFound:
		return a.diagnoseAbsence(ctx, no)
	case fhir.KindUpstream:
		if ok, err := a.takes(ctx, no.ask, everything(no.ask)); ok || err != nil {
			if ok && (a.failed || tooLarge(no.err)) {
				a.blame(sizeKey(no.size))
			}
			a.failed = true
			return err // it failed that once
		}
		if ok, err := a.countless(ctx, no); ok || err != nil {
			return err
		}
		if _, err := a.bare(ctx, a.q.Type); err != nil && !errors.Is(err, errRefused) {
			return err // it fails at anything
		}
	default:
	}
	return a.diagnose(ctx, no)
}

// tooLarge tells an answer that did not fit what is taken of a provider.
func tooLarge(fe *fhir.Error) bool {
	return slices.ContainsFunc(fe.Issues, func(i fhir.Issue) bool { return i.Code == "too-costly" || i.Code == "too-long" })
}

func everything(q *ask) []bool {
	all := make([]bool, len(q.parts))
	for i := range all {
		all[i] = true
	}
	return all
}

// noneKey is the fact that the provider answers 404 for a search that finds
// nothing.
func (a *asker) noneKey() string { return a.q.Type + " none found" }

// diagnoseAbsence tells a type that is not there from a search that found
// nothing.
func (a *asker) diagnoseAbsence(ctx context.Context, no *refusal) error {
	kind, err := a.bare(ctx, a.q.Type)
	switch {
	case err != nil && !errors.Is(err, errRefused):
		return err
	case err != nil && (kind == fhir.KindUnknownType || kind == fhir.KindNotFound):
		return a.unasked(ctx, no)
	}
	a.m.learnFor(a.noneKey(), ignored, relearnType)
	return nil
}

var errRefused = errors.New("adapt: refused")

// bare asks for a type without any criterion. The error is errRefused, with
// its kind, or a failure.
func (a *asker) bare(ctx context.Context, typ string) (fhir.Kind, error) {
	_, err := a.l.next.Do(ctx, &fhir.Request{Interaction: fhir.Search, Type: typ, Params: a.l.counting(nil, 1)})
	if fe, no := refuses(err); no {
		return fe.Kind, errRefused
	}
	return 0, err
}

// diagnose finds out what about an ask the provider refused, by asking for
// less of it, and remembers that. It returns an error when the provider
// refuses whatever it is asked, or fails.
func (a *asker) diagnose(ctx context.Context, no *refusal) error {
	n := len(no.ask.parts)
	all := everything(no.ask)
	if settled, err := a.diagnoseSize(ctx, no, all); settled || err != nil {
		return err
	}
	suspects := a.suspects(no.ask)
	for _, i := range suspects { // one is guilty, most often
		without := slices.Clone(all)
		without[i] = false
		if ok, err := a.takes(ctx, no.ask, without); err != nil {
			return err
		} else if ok {
			a.blame(no.ask.parts[i].key)
			return nil
		}
	}
	left := slices.Clone(all)
	for k, i := range suspects { // several are
		left[i] = false
		if k == 0 {
			continue // tried above
		}
		if ok, err := a.takes(ctx, no.ask, left); err != nil {
			return err
		} else if ok {
			return a.acquit(ctx, no.ask, left, suspects[:k])
		}
	}
	if !a.uncounted && no.size > 0 { // the page size, and something else besides
		a.uncounted = true
		if ok, err := a.takes(ctx, no.ask, make([]bool, n)); err != nil {
			return err
		} else if ok {
			a.blameSizes()
			return nil
		}
		a.uncounted = false
	}
	return a.unasked(ctx, no)
}

func (a *asker) blameSizes() {
	for _, n := range sizes {
		if n > 0 {
			a.blame(sizeKey(n))
		}
	}
}

// diagnoseSize finds out whether it was the page size, or that one was asked
// for at all.
func (a *asker) diagnoseSize(ctx context.Context, no *refusal, all []bool) (settled bool, err error) {
	if no.size == 0 {
		return false, nil
	}
	ok, err := a.takes(ctx, no.ask, all)
	if err != nil || ok {
		if ok {
			a.blame(sizeKey(no.size))
		}
		return ok, err
	}
	return a.countless(ctx, no)
}

// countless finds out whether it was that a page size was asked for at all.
func (a *asker) countless(ctx context.Context, no *refusal) (settled bool, err error) {
	if no.size == 0 {
		return false, nil
	}
	a.uncounted = true
	if ok, err := a.takes(ctx, no.ask, everything(no.ask)); err != nil || !ok {
		a.uncounted = false
		return false, err
	}
	a.blameSizes()
	return true, nil
}

// acquit gives back, one by one, what was left out though the provider takes
// it, and blames the rest.
func (a *asker) acquit(ctx context.Context, q *ask, left []bool, out []int) error {
	for _, i := range out {
		left[i] = true
		ok, err := a.takes(ctx, q, left)
		if err != nil {
			return err
		}
		left[i] = ok
	}
	for i, kept := range left {
		if !kept {
			a.blame(q.parts[i].key)
		}
	}
	return nil
}

// blame remembers what was refused. What the provider took before is refused
// for its value: that holds for this search alone. A page size is not for
// searches of other types what it is for this one.
func (a *asker) blame(key string) {
	a.m.used(key, WhyRefused)
	if a.m.is(key) == proven && !strings.HasPrefix(key, "_count=") {
		a.skip[key] = true
		return
	}
	a.m.learn(key, refused)
	a.skip[key] = true
}

// unasked is the end: the provider refuses even the question without any
// criterion, or there was none.
func (a *asker) unasked(ctx context.Context, no *refusal) error {
	switch no.err.Kind {
	case fhir.KindUnknownType, fhir.KindNotFound, fhir.KindMethod, fhir.KindNotImplemented:
		if a.q.Type == mayLack && !a.answers(ctx, "Patient") { // else an address that leads nowhere would say that there are none
			return fhir.Errorf(fhir.KindUpstream, "transient", "The provider offers nothing where it is asked. Ask the operator of this server to test it.").Because(no.err)
		}
		a.m.learnFor(a.typeKey(), refused, relearnType)
		return nil
	default:
		return fhir.Errorf(fhir.KindInvalid, "not-supported", "This tenant's provider refuses this search on %s in every way it was asked. Ask with other parameters, or read by id.", a.q.Type).
			Because(no.err)
	}
}

// suspects orders the parts of an ask by how likely they are refused: what is
// no criterion first, then what was never taken before, modifiers first, then
// what the statement does not list.
func (a *asker) suspects(q *ask) []int {
	weight := func(i int) int {
		pt := &q.parts[i]
		listed, known := a.m.offers(a.q.Type, pt.name)
		switch {
		case pt.criterion == nil:
			return 0
		case a.m.is(pt.key) == proven:
			return 4
		case len(pt.params) > 0 && pt.params[0].Name != pt.name:
			return 1
		case known && listed:
			return 3
		}
		return 2
	}
	order := make([]int, len(q.parts))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { return weight(i) - weight(j) })
	return order
}

// takes tries a part of an ask.
func (a *asker) takes(ctx context.Context, q *ask, kept []bool) (bool, error) {
	some := ask{}
	for i := range q.parts {
		if kept[i] {
			some.parts = append(some.parts, q.parts[i])
		}
	}
	req := &fhir.Request{Interaction: fhir.Search, Type: a.q.Type, Trial: true}
	for i := range some.parts {
		req.Params = append(req.Params, some.parts[i].params...)
	}
	if !a.uncounted && a.size() > 0 {
		req.Params = append(req.Params, fhir.Param{Name: "_count", Value: "1"})
	}
	_, err := a.l.next.Do(ctx, req)
	if err == nil {
		return true, nil
	}
	if fe, ok := refuses(err); ok || a.failing && fe != nil && fe.Kind == fhir.KindUpstream {
		return false, nil
	}
	if ctx.Err() != nil {
		return false, fhir.AsError(errors.Join(ctx.Err(), err))
	}
	return false, err
}
