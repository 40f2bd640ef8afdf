package adapt

import (
	"github.com/maypok86/otter/v2"
)

// A Cache keeps adapted resources. What a version of a resource becomes follows
// from its bytes and the [Config] alone, as long as no other resource had to be
// asked; only such results are kept. A Cache belongs to one provider and one
// Config, and is safe for concurrent use.
type Cache struct{ adapted *otter.Cache[version, kept] }

type version struct{ typ, id, version string }

// kept is what a version became; same tells that it needed no change, so that
// the bytes at hand serve.
type kept struct {
	body []byte
	same bool
}

// NewCache makes a Cache that holds up to bytes of changed resources, and
// remembers as many unchanged ones as fit beside them.
func NewCache(bytes uint64) (*Cache, error) {
	c, err := otter.New(&otter.Options[version, kept]{
		MaximumWeight: bytes,
		Weigher: func(v version, k kept) uint32 {
			return uint32(min(len(v.typ)+len(v.id)+len(v.version)+len(k.body)+96, 1<<30))
		},
	})
	if err != nil {
		return nil, err
	}
	return &Cache{c}, nil
}

func (c *Cache) get(v version, body []byte) ([]byte, bool) {
	if c == nil || v.version == "" {
		return nil, false
	}
	k, ok := c.adapted.GetIfPresent(v)
	if k.same {
		return body, ok
	}
	return k.body, ok
}

func (c *Cache) put(v version, body, adapted []byte) {
	if c == nil || v.version == "" {
		return
	}
	if len(body) == len(adapted) && (len(body) == 0 || &body[0] == &adapted[0]) {
		c.adapted.Set(v, kept{same: true})
		return
	}
	c.adapted.Set(v, kept{body: adapted})
}
