package mapping

import "github.com/wardbridge/wardbridge/internal/fhir"

// medicationStatus: DSTU2 cannot say that a Medication is an error.
func medicationStatus(c *converter, f *frame, s *step, v, shadow fhir.Node) {
	if c.d.to != fhir.DSTU2 {
		c.element(f, s, v, shadow)
		return
	}
	if lower(v) == "entered-in-error" {
		c.withhold("Medication.status: DSTU2 cannot say that it was entered in error")
	}
	c.lose(s.name, s.rule)
}

// product is DSTU2's: its parts stand by themselves later.
func product(c *converter, f *frame, _ *step, v, _ fhir.Node) {
	c.path = append(c.path, "product")
	for m := range v.Children() {
		switch name := m.Name(); name {
		case "form", "ingredient":
			t := renamed(f.p.writes(name), f.p.writes(name))
			t.name = name
			f.seen |= t.bit
			c.element(f, t, m, fhir.Node{})
		case "batch":
			if t := f.target("batch"); t != nil {
				r := *t
				r.name = name
				c.element(f, &r, m, fhir.Node{})
			}
		default:
			c.foreign(&frame{p: f.p.writes("ingredient").plan, n: v}, m)
		}
	}
	c.path = c.path[:len(c.path)-1]
}

// productPart is an element that DSTU2 keeps within product.
func productPart(c *converter, f *frame, s *step, v, shadow fhir.Node) {
	switch {
	case c.d.to == fhir.DSTU2: // medicationEnd writes it
	case s.name == "batch" && s.to == "": // so does packaged
	default:
		c.element(f, s, v, shadow)
	}
}

// item is an ingredient: a reference only in DSTU2, a concept as well later.
func item(c *converter, f *frame, s *step, v, shadow fhir.Node) {
	t := f.target("item")
	switch {
	case t == nil && s.name == "item":
		t = f.target("itemReference")
		c.put(f, t, func() bool { return c.value(t, v) })
	case t == nil:
		c.element(f, s, v, shadow)
	case s.wasKind == "Reference":
		f.seen |= t.bit
		c.put(f, t, func() bool { return c.value(t, v) })
	default:
		f.seen |= t.bit
		c.lose(s.name, s.rule)
		c.put(f, t, func() bool {
			shown := display(v)
			if shown == "" {
				return false
			}
			c.buf = append(fhir.AppendString(append(c.buf, `{"display":`...), shown), '}')
			return true
		})
	}
}

// packaged is Medication.package, written by medicationEnd where batches join
// it.
func packaged(c *converter, f *frame, s *step, v, shadow fhir.Node) {
	switch {
	case s.to == "":
		c.lose(s.name, s.rule)
	case c.d.from == fhir.DSTU2 && f.n.Get("product").Get("batch").Exists():
	default:
		c.element(f, s, v, shadow)
	}
}

// medicationEnd moves batches between product (DSTU2), package (STU3) and the
// Medication itself (R4), and builds DSTU2's product.
func medicationEnd(c *converter, f *frame) {
	batches := f.n.Get("batch")
	switch c.d.from {
	case fhir.DSTU2:
		batches = f.n.Get("product").Get("batch")
	case fhir.STU3:
		batches = f.n.Get("package").Get("batch")
	case fhir.R4:
	}
	switch c.d.to {
	case fhir.STU3:
		if batches.Exists() {
			c.packageWith(f, batches)
		}
	case fhir.DSTU2:
		c.productWith(f, batches)
	case fhir.R4:
		if t := f.target("batch"); batches.Exists() && f.written&t.bit == 0 {
			c.element(f, renamed(t, t), batches, fhir.Node{})
		}
	}
}

func (c *converter) packageWith(f *frame, batches fhir.Node) {
	t := f.target("package")
	c.put(f, t, func() bool {
		start := len(c.buf)
		c.buf = append(c.buf, '{')
		inner := frame{p: t.plan, n: f.n.Get("package")}
		for m := range inner.n.Children() {
			c.member(&inner, m)
		}
		c.element(&inner, t.plan.writes("batch"), batches, fhir.Node{})
		c.buf = append(c.buf, '}')
		return len(c.buf) > start+2
	})
}

func (c *converter) productWith(f *frame, batches fhir.Node) {
	t := f.target("product")
	c.put(f, t, func() bool {
		start := len(c.buf)
		c.buf = append(c.buf, '{')
		inner := frame{p: t.plan, n: f.n}
		for _, name := range []string{"form", "ingredient", "batch"} {
			v := f.n.Get(name)
			if name == "batch" {
				v = batches
			}
			if v.Exists() {
				c.element(&inner, t.plan.writes(name), v, fhir.Node{})
			}
		}
		c.buf = append(c.buf, '}')
		return len(c.buf) > start+2
	})
}
