package app

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"go.yaml.in/yaml/v3"
)

// A ProviderFile says which providers and tenants there shall be.
type ProviderFile struct {
	Providers []FileEntry // by name
	Tenants   []FileEntry // by GUID
}

// A FileEntry is one thing in the file with its settings: the names are those
// of the flags of provider add and tenant map, without dashes in front. A list
// or a map is one flag several times.
type FileEntry struct {
	Name  string
	Flags []string // --name=value, in the order of the file
}

// ReadProviderFile reads YAML. The error says every fault with its line.
func ReadProviderFile(r io.Reader) (ProviderFile, error) {
	var f ProviderFile
	text, err := io.ReadAll(io.LimitReader(r, maxConfigFile+1))
	switch {
	case err != nil:
		return f, err
	case len(text) > maxConfigFile:
		return f, fmt.Errorf("the file is larger than %d bytes", maxConfigFile)
	}
	var doc yaml.Node
	if err := yaml.NewDecoder(bytes.NewReader(text)).Decode(&doc); errors.Is(err, io.EOF) {
		return f, errors.New("the file is empty: want providers, tenants or both")
	} else if err != nil {
		return f, err
	}
	var faults []error
	if err := eachMember(doc.Content[0], func(key string, n *yaml.Node) error {
		to := map[string]*[]FileEntry{"providers": &f.Providers, "tenants": &f.Tenants}[key]
		if to == nil {
			return fmt.Errorf("line %d: %s: want providers or tenants", n.Line, key)
		}
		return eachMember(n, func(name string, settings *yaml.Node) error {
			e := FileEntry{Name: name}
			if err := eachMember(settings, func(flag string, v *yaml.Node) error { return e.add(flag, v) }); err != nil {
				faults = append(faults, fmt.Errorf("%s: %w", name, err))
			}
			*to = append(*to, e)
			return nil
		})
	}); err != nil {
		faults = append(faults, err)
	}
	return f, errors.Join(faults...)
}

// add turns a setting into flags.
func (e *FileEntry) add(name string, v *yaml.Node) error {
	flag := "--" + strings.ReplaceAll(name, "_", "-")
	switch v.Kind {
	case yaml.ScalarNode:
		if v.Tag == "!!bool" && v.Value == "false" {
			flag = "--no-" + strings.TrimPrefix(flag, "--")
		}
		if v.Tag == "!!bool" {
			e.Flags = append(e.Flags, flag)
		} else if v.Tag != "!!null" {
			e.Flags = append(e.Flags, flag+"="+v.Value)
		}
		return nil
	case yaml.SequenceNode:
		for _, item := range v.Content {
			if item.Kind != yaml.ScalarNode {
				return fmt.Errorf("line %d: %s: want a list of plain values", item.Line, name)
			}
			e.Flags = append(e.Flags, flag+"="+item.Value)
		}
		return nil
	case yaml.MappingNode:
		return eachMember(v, func(key string, item *yaml.Node) error {
			if item.Kind != yaml.ScalarNode {
				return fmt.Errorf("line %d: %s.%s: want a plain value", item.Line, name, key)
			}
			e.Flags = append(e.Flags, flag+"="+key+"="+item.Value)
			return nil
		})
	case yaml.DocumentNode, yaml.AliasNode:
	}
	return fmt.Errorf("line %d: %s: want a value, a list or names with values", v.Line, name)
}

func eachMember(n *yaml.Node, do func(key string, v *yaml.Node) error) error {
	if n.Kind != yaml.MappingNode {
		return fmt.Errorf("line %d: want names with values", n.Line)
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i].Value
		if seen[key] {
			return fmt.Errorf("line %d: %s is given twice", n.Content[i].Line, key)
		}
		seen[key] = true
		if err := do(key, n.Content[i+1]); err != nil {
			return err
		}
	}
	return nil
}
