package main

import (
	"strings"

	"jirahook/hooks"
)

// cell is a word or more of a table, on one line and without two blanks in a row.
type cell struct {
	text   string
	colour colour
}

// table is laid out in columns. Between cells stand two blanks or more, and none is
// empty: so `awk -F '  +'` tells the columns apart.
type table struct {
	titles []string
	rows   [][]cell
}

// style is how a listing is written for where it goes.
type style struct {
	ink    ink
	titles bool
	width  int // what does not fit into so many columns is cut; 0: nothing is
}

// lines are those of a table; none when it has no rows.
func (t table) lines(s style) []string {
	if len(t.rows) == 0 {
		return nil
	}
	rows := t.rows
	if s.titles {
		var head []cell
		for _, title := range t.titles {
			head = append(head, cell{title, asBold})
		}
		rows = append([][]cell{head}, rows...)
	}
	widths := make([]int, len(t.titles))
	for _, row := range rows {
		for i, c := range row {
			widths[i] = max(widths[i], hooks.Columns(c.orDash()))
		}
	}
	var all []string
	for _, row := range rows {
		all = append(all, lineOf(row, widths, s))
	}
	return all
}

func lineOf(row []cell, widths []int, s style) string {
	var line strings.Builder
	for i, c := range row {
		text, room := c.orDash(), s.width
		if s.width > 0 {
			text = hooks.CutColumns(text, room)
		}
		line.WriteString(s.ink.in(c.colour, text))
		next := widths[i] + 2
		if s.width -= next; i == len(row)-1 || room > 0 && s.width <= 0 {
			break
		}
		line.WriteString(strings.Repeat(" ", next-hooks.Columns(text)))
	}
	return line.String()
}

// orDash is the text of a cell, or what stands for none.
func (c cell) orDash() string {
	if c.text == "" {
		return "-"
	}
	return c.text
}
