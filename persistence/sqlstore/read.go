package sqlstore

import "context"

// Read is a SELECT that may be sent together with others.
type Read struct {
	Query string
	Args  []any
	// Row reads one row; it is called for each.
	Row func(Row) error
}

// readInto appends the rows of a query, read with scan, to dst.
func readInto[T any](dst *[]T, scan func(Row, *T) error, query string, args ...any) Read {
	return Read{query, args, func(r Row) error {
		var v T
		if err := scan(r, &v); err != nil {
			return err
		}
		*dst = append(*dst, v)
		return nil
	}}
}

// ReadEach is DB.ReadAll for an engine without round trips: one after the other.
func ReadEach(ctx context.Context, c Conn, reads ...Read) error {
	for _, read := range reads {
		if err := read.each(ctx, c); err != nil {
			return err
		}
	}
	return nil
}

func (read Read) each(ctx context.Context, c Conn) error {
	rows, err := c.Query(ctx, read.Query, read.Args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := read.Row(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}
