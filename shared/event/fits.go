package event

// Fits reports whether an event whose header and data were decoded together is
// one that Parse and As would have returned as it is: of the data's type and
// current version, with attributes and data that are valid and agree.
func Fits(h Header, data Payload) bool {
	return h.Type == data.EventType() && h.DataSchema == SchemaURN(data) &&
		h.check() == nil && data.Validate() == nil && h.agree(data) == nil
}
