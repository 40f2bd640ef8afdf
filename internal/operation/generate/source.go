package generate

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// A source reads the packages of one module as they are needed.
type source struct {
	root   string // folder of the module
	module string
	read   map[string]*pkg
}

// A pkg is what the source of one package says.
type pkg struct {
	types  map[string]string   // comment by type
	fields map[string]string   // comment by Type.Field
	consts map[string][]string // values by string type, in order
}

func (s *source) pkg(path string) (*pkg, error) {
	if p, ok := s.read[path]; ok {
		return p, nil
	}
	p := &pkg{types: map[string]string{}, fields: map[string]string{}, consts: map[string][]string{}}
	s.read[path] = p
	rest, ours := strings.CutPrefix(path, s.module+"/")
	if !ours {
		return p, nil
	}
	dir := filepath.Join(s.root, filepath.FromSlash(rest))
	names, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, text, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return nil, fmt.Errorf("comments of %s: %w", path, err)
		}
		p.add(file)
	}
	return p, nil
}

func (p *pkg) add(file *ast.File) {
	for _, d := range file.Decls {
		g, ok := d.(*ast.GenDecl)
		if !ok {
			continue
		}
		for _, spec := range g.Specs {
			switch spec := spec.(type) {
			case *ast.TypeSpec:
				p.addType(g, spec)
			case *ast.ValueSpec:
				if g.Tok == token.CONST {
					p.addConst(spec)
				}
			}
		}
	}
}

func (p *pkg) addType(g *ast.GenDecl, spec *ast.TypeSpec) {
	doc := spec.Doc
	if doc == nil {
		doc = g.Doc
	}
	p.types[spec.Name.Name] = doc.Text()
	st, ok := spec.Type.(*ast.StructType)
	if !ok {
		return
	}
	for _, f := range st.Fields.List {
		text := f.Doc.Text()
		if text == "" {
			text = f.Comment.Text()
		}
		for _, n := range f.Names {
			p.fields[spec.Name.Name+"."+n.Name] = text
		}
	}
}

func (p *pkg) addConst(spec *ast.ValueSpec) {
	t, ok := spec.Type.(*ast.Ident)
	if !ok {
		return
	}
	for _, v := range spec.Values {
		lit, ok := v.(*ast.BasicLit)
		if !ok || lit.Kind != token.STRING {
			continue
		}
		if value, err := strconv.Unquote(lit.Value); err == nil {
			p.consts[t.Name] = append(p.consts[t.Name], value)
		}
	}
}
