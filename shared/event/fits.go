package event

// Fits reports whether Parse and As would return this header and data unchanged:
// the type and the current version are those of the data, and attributes and
// data are valid and match.
func Fits(h Header, data Payload) bool {
	return h.Type == data.EventType() && h.DataSchema == SchemaURN(data) &&
		h.check() == nil && data.Validate() == nil && h.agree(data) == nil
}
