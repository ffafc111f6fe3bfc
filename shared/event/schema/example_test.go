package schema_test

import (
	"fmt"

	"signalbox/shared/event/schema"
)

func ExampleBreaks() {
	older := []byte(`{"type": "object", "properties": {"id": {"type": "string"}, "remark": {"type": "string"}}, "required": ["id"]}`)
	newer := []byte(`{"type": "object", "properties": {"id": {"type": "string"}, "comment": {"type": "string"}}, "required": ["id"]}`)
	breaks, err := schema.Breaks(older, newer)
	fmt.Println(breaks, err)
	// Output: [data.remark was removed: consumers of the older version rely on it] <nil>
}
