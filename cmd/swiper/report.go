package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/rivo/uniseg"
)

// writeReport lays out an answer about stored and live state for people: the
// single values side by side, the lists below. It shows whatever fields the
// answer has, in the answer's order, so that new ones need no change here.
func writeReport(w io.Writer, title string, text []byte) error {
	stored, live, err := sides(text)
	if err != nil {
		return err
	}
	left, right := columns("stored", stored.values), columns("live", live.values)
	if len(live.values) == 0 {
		right = []string{"live", "(no actor is active)"}
	}
	var out strings.Builder
	out.WriteString(title + "\n\n")
	width := widest(left)
	for i := range max(len(left), len(right)) {
		line := pad(at(left, i), width) + "   " + at(right, i)
		out.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	for _, t := range append(stored.tables, live.tables...) {
		out.WriteString("\n" + t.String())
	}
	_, err = io.WriteString(w, out.String())
	return err
}

// view is one JSON object, flattened: single values under dotted names, lists of
// objects as tables.
type view struct {
	values [][2]string
	tables []table
}

type table struct {
	name string
	rows []view
}

// columns aligns names and values under a heading.
func columns(heading string, values [][2]string) []string {
	names := make([]string, len(values))
	for i, v := range values {
		names[i] = v[0]
	}
	width := widest(names)
	out := []string{heading}
	for _, v := range values {
		out = append(out, pad(v[0], width)+"  "+v[1])
	}
	return out
}

func (t *table) String() string {
	if len(t.rows) == 0 {
		return t.name + ": none\n"
	}
	heads := make([]string, len(t.rows[0].values))
	widths := make([]int, len(heads))
	for i, v := range t.rows[0].values {
		heads[i] = v[0]
		widths[i] = uniseg.StringWidth(v[0])
	}
	for _, row := range t.rows {
		for i, v := range row.values {
			if i < len(widths) {
				widths[i] = max(widths[i], uniseg.StringWidth(v[1]))
			}
		}
	}
	var out strings.Builder
	line := func(cells []string) {
		var l strings.Builder
		for i, cell := range cells {
			l.WriteString("  " + pad(cell, at(widths, i)))
		}
		out.WriteString(strings.TrimRight(l.String(), " ") + "\n")
	}
	out.WriteString(t.name + "\n")
	line(heads)
	for _, row := range t.rows {
		cells := make([]string, len(row.values))
		for i, v := range row.values {
			cells[i] = v[1]
		}
		line(cells)
	}
	return out.String()
}

func widest(lines []string) int {
	w := 0
	for _, l := range lines {
		w = max(w, uniseg.StringWidth(l))
	}
	return w
}

// pad fills with spaces to a width on the screen, where a Chinese letter takes two columns.
func pad(s string, width int) string {
	return s + strings.Repeat(" ", max(0, width-uniseg.StringWidth(s)))
}

func at[T any](list []T, i int) (item T) {
	if i < len(list) {
		item = list[i]
	}
	return item
}

// sides reads the answer's "stored" and "live"; live is empty when it is null.
func sides(text []byte) (stored, live view, err error) {
	var answer struct{ Stored, Live json.RawMessage }
	if err := json.Unmarshal(text, &answer); err != nil {
		return view{}, view{}, fmt.Errorf("the server's answer: %w", err)
	}
	if stored, err = flatten(answer.Stored); err == nil {
		live, err = flatten(answer.Live)
	}
	if err != nil {
		return view{}, view{}, fmt.Errorf("the server's answer: %w", err)
	}
	return stored, live, nil
}

// flatten reads one JSON object in its own order; null gives an empty view.
func flatten(text json.RawMessage) (view, error) {
	if len(text) == 0 || bytes.Equal(text, []byte("null")) {
		return view{}, nil
	}
	var v view
	return v, v.object("", text)
}

func (v *view) object(prefix string, text json.RawMessage) error {
	d := json.NewDecoder(bytes.NewReader(text))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return errors.Join(errors.New("an object was expected"), err)
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return err
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return err
		}
		if err := v.add(prefix+fmt.Sprint(name), value); err != nil {
			return err
		}
	}
	return nil
}

func (v *view) add(name string, value json.RawMessage) error {
	switch value[0] {
	case '{':
		if name != "" {
			name += "."
		}
		return v.object(name, value)
	case '[':
		var items []json.RawMessage
		if err := json.Unmarshal(value, &items); err != nil {
			return err
		}
		t := table{name: name}
		for _, item := range items {
			var row view
			if err := row.add("", item); err != nil {
				return err
			}
			t.rows = append(t.rows, row)
		}
		v.tables = append(v.tables, t)
		return nil
	case '"':
		var s string
		if err := json.Unmarshal(value, &s); err != nil {
			return err
		}
		v.values = append(v.values, [2]string{name, s})
	default:
		v.values = append(v.values, [2]string{name, string(value)})
	}
	return nil
}
