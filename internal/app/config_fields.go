package app

import (
	"encoding"
	"errors"
	"fmt"
	"net/netip"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// A Field is one leaf of the configuration: the same value under one path in
// the file, the environment and the flags.
type Field struct {
	Path    string // as in the file: log.level
	Help    string
	Aliases string // further flag names
	value   reflect.Value
}

// Flag is the name of the leaf's flag, without dashes.
func (f Field) Flag() string {
	return strings.NewReplacer(".", "-", "_", "-").Replace(f.Path)
}

// Env is the name of the leaf's environment variable.
func (f Field) Env() string {
	return "WARDBRIDGE_" + strings.ToUpper(strings.ReplaceAll(f.Path, ".", "_"))
}

// Fields lists the leaves of c in the order they are declared; setting one
// changes c.
func Fields(c *Config) []Field {
	return leaves(reflect.ValueOf(c).Elem(), "", nil)
}

func leaves(v reflect.Value, prefix string, out []Field) []Field {
	t := v.Type()
	for i := range t.NumField() {
		f := t.Field(i)
		path := prefix + f.Tag.Get("yaml")
		if f.Type.Kind() == reflect.Struct {
			out = leaves(v.Field(i), path+".", out)
			continue
		}
		out = append(out, Field{Path: path, Help: f.Tag.Get("help"), Aliases: f.Tag.Get("aliases"), value: v.Field(i)})
	}
	return out
}

// Set reads the value from text. Lists are separated by commas or spaces. It
// is the only way a value gets in, so that it means the same wherever it
// comes from.
func (f Field) Set(text string) error {
	text = strings.TrimSpace(text)
	switch p := f.value.Addr().Interface().(type) {
	case *string:
		*p = text
		return nil
	case *time.Duration:
		return setDuration(p, text)
	case *bool:
		return number(p, text, strconv.ParseBool, "want true or false")
	case *int:
		return number(p, text, strconv.Atoi, "want a whole number")
	case *float64:
		return number(p, text, func(s string) (float64, error) { return strconv.ParseFloat(s, 64) }, "want a number")
	case *[]netip.Prefix:
		return setPrefixes(p, text)
	case encoding.TextUnmarshaler:
		return p.UnmarshalText([]byte(text))
	default:
		return fmt.Errorf("type %T cannot be configured", p)
	}
}

// String is the value in the form that Set reads.
func (f Field) String() string {
	switch v := f.value.Interface().(type) {
	case []netip.Prefix:
		s := make([]string, len(v))
		for i, p := range v {
			s[i] = p.String()
		}
		return strings.Join(s, ",")
	case encoding.TextMarshaler:
		b, err := v.MarshalText()
		if err != nil {
			return ""
		}
		return string(b)
	default:
		return fmt.Sprint(v)
	}
}

func number[T any](p *T, text string, parse func(string) (T, error), want string) error {
	n, err := parse(text)
	if err != nil {
		return errors.New(want)
	}
	*p = n
	return nil
}

func setDuration(p *time.Duration, text string) error {
	if days, ok := strings.CutSuffix(text, "d"); ok {
		if n, err := strconv.Atoi(days); err == nil && n >= 0 && n <= 36500 {
			*p = time.Duration(n) * 24 * time.Hour
			return nil
		}
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		return errors.New("want a duration such as 30s, 10m, 1h or 90d")
	}
	*p = d
	return nil
}

func setPrefixes(p *[]netip.Prefix, text string) error {
	list := []netip.Prefix{}
	for _, s := range strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' }) {
		prefix, err := parsePrefix(s)
		if err != nil {
			return err
		}
		list = append(list, prefix)
	}
	*p = list
	return nil
}

// parsePrefix reads a network, or an address as the network of it alone.
func parsePrefix(s string) (netip.Prefix, error) {
	if a, err := netip.ParseAddr(s); err == nil {
		return netip.PrefixFrom(a.Unmap(), a.Unmap().BitLen()), nil
	}
	p, err := netip.ParsePrefix(s)
	if err != nil {
		return netip.Prefix{}, fmt.Errorf("%q is not a network: want CIDR such as 10.0.0.0/8, or an address", s)
	}
	return p.Masked(), nil
}
