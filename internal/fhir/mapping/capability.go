package mapping

import (
	"github.com/wardbridge/wardbridge/internal/fhir"
)

// fhirVersion is the version of the converted statement; the one it had is
// kept beside it.
func fhirVersion(c *converter, f *frame, s *step, v, _ fhir.Node) {
	release := c.d.to.Release()
	for e := range f.n.Get("extension").Values() {
		if h := f.p.home[e.Get("url").String()]; h != nil && h.step == s && h.defined == c.d.to {
			if v, err := fhir.ParseVersion(e.Get("valueCode").String()); err == nil && v == c.d.to {
				release = e.Get("valueCode").String()
			}
		}
	}
	c.put(f, s, func() bool { c.buf = fhir.AppendString(c.buf, release); return true })
	if v.IsString() && !v.Is(c.d.from.Release()) { // else the way back says so by itself
		c.extend(f, s.keep, "valueCode", v.Raw())
	}
}

// resourceType names a type as the target does; one that it lacks cannot be
// offered.
func resourceType(c *converter, f *frame, s *step, v, _ fhir.Node) {
	name, ok := Type(v.String(), c.d.from, c.d.to)
	if !ok || s.to == "" {
		c.lose(s.name, s.rule)
		return
	}
	c.put(f, s, func() bool { return c.append(`"` + name + `"`) })
}

// restEnd writes the system's interactions. DSTU2 says apart from them whether
// "transaction" means batches, transactions or both; without a word it is both
// (§14).
func restEnd(c *converter, f *frame) {
	t := f.target("interaction")
	mode := f.n.Get("transactionMode").String()
	var batch, transaction bool
	mark := c.key(f, t)
	c.buf = append(c.buf, '[')
	start := len(c.buf)
	for i := range f.n.Get("interaction").Values() {
		if code := i.Get("code").String(); code == "batch" || code == "transaction" {
			batch = batch || code == "batch" || c.d.from == fhir.DSTU2 && mode != "transaction"
			transaction = transaction || code == "transaction" && mode != "batch"
			if c.d.to == fhir.DSTU2 || c.d.from == fhir.DSTU2 {
				continue
			}
		}
		c.next(start)
		c.value(t, i)
		c.unnext(start)
	}
	if c.d.from == fhir.DSTU2 {
		batch = batch || mode == "batch" || mode == "both"
		transaction = transaction || mode == "transaction" || mode == "both"
		if mode == "not-supported" {
			batch, transaction = false, false
		}
	}
	add := func(code string, offered bool) {
		if offered {
			c.next(start)
			c.buf = append(c.buf, `{"code":"`+code+`"}`...)
		}
	}
	switch {
	case c.d.to == fhir.DSTU2:
		add("transaction", batch || transaction)
	case c.d.from == fhir.DSTU2:
		add("transaction", transaction)
		add("batch", batch)
	}
	c.closeList(f, t, mark, start)
	if said := transactionMode(batch, transaction); c.d.to == fhir.DSTU2 && said != "" {
		c.put(f, f.target("transactionMode"), func() bool { return c.append(`"` + said + `"`) })
	}
}

func transactionMode(batch, transaction bool) string {
	switch {
	case batch && transaction:
		return "both"
	case batch:
		return "batch"
	case transaction:
		return "transaction"
	}
	return ""
}
