package main

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"maps"
	"slices"
)

// mutant is one change: text in the place of the bytes from..to of a file.
type mutant struct {
	file     string
	line     int
	kind     string
	from, to int
	text     string
}

// flips are operators that are put in the place of others.
var flips = map[token.Token]struct {
	to   token.Token
	kind string
}{
	token.LSS: {token.LEQ, "boundary"}, token.LEQ: {token.LSS, "boundary"},
	token.GTR: {token.GEQ, "boundary"}, token.GEQ: {token.GTR, "boundary"},
	token.EQL: {token.NEQ, "comparison"}, token.NEQ: {token.EQL, "comparison"},
	token.ADD: {token.SUB, "arithmetic"}, token.SUB: {token.ADD, "arithmetic"},
	token.MUL: {token.QUO, "arithmetic"}, token.QUO: {token.MUL, "arithmetic"},
	token.INC: {token.DEC, "arithmetic"}, token.DEC: {token.INC, "arithmetic"},
	token.ADD_ASSIGN: {token.SUB_ASSIGN, "arithmetic"}, token.SUB_ASSIGN: {token.ADD_ASSIGN, "arithmetic"},
}

// mutants are all changes of the package, in the order of its text. Some may not
// compile.
func (p *source) mutants() []mutant {
	var all []mutant
	for _, name := range slices.Sorted(maps.Keys(p.files)) {
		w := writer{source: p, name: name}
		ast.Inspect(p.files[name].tree, func(n ast.Node) bool {
			w.node(n)
			return true
		})
		all = append(all, w.made...)
	}
	return all
}

// writer makes the mutants of a file.
type writer struct {
	*source
	name string
	made []mutant
}

func (w *writer) put(kind string, from, to token.Pos, text string) {
	at := w.fset.Position(from)
	w.made = append(w.made, mutant{w.name, at.Line, kind, at.Offset, w.fset.Position(to).Offset, text})
}

func (w *writer) textOf(n ast.Node) string {
	return string(w.files[w.name].text[w.fset.Position(n.Pos()).Offset:w.fset.Position(n.End()).Offset])
}

func (w *writer) node(n ast.Node) {
	switch n := n.(type) {
	case *ast.IfStmt:
		w.negate(n.Cond)
	case *ast.SwitchStmt:
		if n.Tag == nil {
			for _, c := range n.Body.List {
				for _, cond := range c.(*ast.CaseClause).List {
					w.negate(cond)
				}
			}
		}
	case *ast.UnaryExpr:
		if n.Op == token.NOT {
			w.put("not", n.Pos(), n.End(), w.textOf(n.X))
		}
	case *ast.BinaryExpr:
		if n.Op == token.LAND || n.Op == token.LOR {
			w.put("left part alone", n.Pos(), n.End(), w.textOf(n.X))
			w.put("right part alone", n.Pos(), n.End(), w.textOf(n.Y))
		}
		w.flip(n.Op, n.OpPos)
	case *ast.IncDecStmt:
		w.flip(n.Tok, n.TokPos)
	case *ast.AssignStmt:
		if n.Tok != token.DEFINE {
			w.put("statement left out", n.Pos(), n.End(), "")
			w.flip(n.Tok, n.TokPos)
		}
	case *ast.ExprStmt:
		w.put("statement left out", n.Pos(), n.End(), "")
	case *ast.BasicLit:
		if n.Kind == token.INT {
			w.put("constant", n.Pos(), n.End(), "("+n.Value+" + 1)")
		}
	case *ast.ReturnStmt:
		for _, r := range n.Results {
			if zero := w.zero(r); zero != "" {
				w.put("result", r.Pos(), r.End(), zero)
			}
		}
	}
}

// negate leaves conditions that another kind of change inverts to that.
func (w *writer) negate(cond ast.Expr) {
	switch c := ast.Unparen(cond).(type) {
	case *ast.UnaryExpr:
		if c.Op == token.NOT {
			return
		}
	case *ast.BinaryExpr:
		if c.Op == token.EQL || c.Op == token.NEQ {
			return
		}
	}
	w.put("condition", cond.Pos(), cond.End(), "!("+w.textOf(cond)+")")
}

func (w *writer) flip(op token.Token, at token.Pos) {
	if f, ok := flips[op]; ok {
		w.put(f.kind, at, at+token.Pos(len(op.String())), f.to.String())
	}
}

// zero is the zero value in the place of a result, true in the place of a false;
// "" if it is zero already, or several values.
func (w *writer) zero(e ast.Expr) string {
	is := w.info.Types[e]
	if c, ok := ast.Unparen(e).(*ast.CompositeLit); ok && len(c.Elts) == 0 || is.IsNil() || is.Type == nil {
		return ""
	}
	t := is.Type
	switch u := t.Underlying().(type) {
	case *types.Basic:
		return zeroBasic(u, is.Value)
	case *types.Pointer, *types.Slice, *types.Map, *types.Chan, *types.Signature, *types.Interface:
		if _, generic := t.(*types.TypeParam); !generic {
			return "nil"
		}
	case *types.Tuple:
		return ""
	}
	return "*new(" + types.TypeString(t, func(of *types.Package) string {
		if of == w.types {
			return ""
		}
		return of.Name()
	}) + ")"
}

func zeroBasic(t *types.Basic, is constant.Value) string {
	switch info := t.Info(); {
	case info&types.IsBoolean != 0:
		if is != nil && !constant.BoolVal(is) {
			return "true"
		}
		return "false"
	case info&types.IsString != 0:
		if is == nil || constant.StringVal(is) != "" {
			return `""`
		}
	case info&types.IsNumeric != 0:
		if is == nil || constant.Sign(is) != 0 {
			return "0"
		}
	}
	return ""
}
