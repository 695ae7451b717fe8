package query

// Error is a mistake in a query: what is wrong, in which field, and the remedy.
type Error struct {
	// Field is the JSON path of the field, such as "options.method".
	Field   string
	Message string
}

func (e *Error) Error() string { return e.Message }
