package stack

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"

	"signalbox/infra/construct"
	"signalbox/shared/catalog"
	"signalbox/shared/event"
)

var (
	quoted   = regexp.MustCompile(`'[^']*'`)
	word     = regexp.MustCompile(`[A-Za-z_][A-Za-z_0-9]*`)
	alias    = regexp.MustCompile(`\bAS ([a-z_0-9]+)|(?m)^(?:WITH )?([a-z_]+) AS \(`)
	dataPath = regexp.MustCompile(`json_extract_scalar\(data, '\$\.([A-Za-z.]+)'\)`)
	typeName = regexp.MustCompile(`type = '([^']+)'`)
)

// sql are the words of Athena's language that the questions use.
var sql = strings.Fields(`with as select from where group by order and or is null left join on over partition cast bigint integer desc
	arbitrary count sum max min lag power substr interval day current_date date_format date_trunc date_diff from_iso8601_timestamp
	json_extract_scalar approx_percentile hour`)

// Every name in a question is a column of the table, or the question made it.
func TestQueriesNameOnlyWhatTheTableHas(t *testing.T) {
	var known []string
	for _, c := range slices.Concat(catalog.LakeColumns, catalog.LakePartitions) {
		known = append(known, c.Name)
	}
	for _, q := range construct.Queries {
		own := []string{catalog.LakeTable}
		for _, found := range alias.FindAllStringSubmatch(q.SQL, -1) {
			own = append(own, found[1], found[2])
		}
		used := false
		for _, name := range word.FindAllString(quoted.ReplaceAllString(q.SQL, ""), -1) {
			used = used || name == catalog.LakeTable
			if !slices.Contains(known, name) && !slices.Contains(own, name) && !slices.Contains(sql, strings.ToLower(name)) && name != "p" {
				t.Errorf("%s: %s is no column of the lake", q.Name, name)
			}
		}
		if !used {
			t.Errorf("%s: does not ask the lake", q.Name)
		}
		if strings.Count(q.SQL, "FROM "+catalog.LakeTable) != strings.Count(q.SQL, "day >=") {
			t.Errorf("%s: reads the lake from its first day on", q.Name)
		}
		if strings.Count(q.SQL, "FROM "+catalog.LakeTable) != strings.Count(q.SQL, "GROUP BY id")+strings.Count(q.SQL, "GROUP BY correlationid") {
			t.Errorf("%s: counts an event as often as it stands in the lake", q.Name)
		}
	}
}

// Every path into the data is one of the payload's schema.
func TestQueriesReadWhatThePayloadsHave(t *testing.T) {
	for _, q := range construct.Queries {
		var schemas []schema
		for _, found := range typeName.FindAllStringSubmatch(q.SQL, -1) {
			e, ok := catalog.EventByType(event.Type(found[1]))
			if !ok {
				t.Errorf("%s: there is no event %s", q.Name, found[1])
				continue
			}
			schemas = append(schemas, readSchema(t, e))
		}
		for _, found := range dataPath.FindAllStringSubmatch(q.SQL, -1) {
			if !slices.ContainsFunc(schemas, func(s schema) bool { return s.has(strings.Split(found[1], ".")) }) {
				t.Errorf("%s: no payload it asks for has %s", q.Name, found[1])
			}
		}
	}
	if s := readSchema(t, catalog.Events[0]); s.has([]string{"order", "nothing"}) || !s.has([]string{"order", "total", "amount"}) {
		t.Error("the schema is not followed")
	}
}

type schema struct {
	Ref        string            `json:"$ref"`
	Properties map[string]schema `json:"properties"`
	Defs       map[string]schema `json:"$defs"`
}

func readSchema(t *testing.T, e catalog.Event) schema {
	t.Helper()
	name := strings.TrimPrefix(event.SchemaURN(e.Payload), "urn:signalbox:")
	name = strings.Replace(name, ":", ".v", 1) + ".json"
	text, err := os.ReadFile(filepath.Join("..", "..", "shared", "event", string(e.Domain), "schema", name))
	if err != nil {
		t.Fatal(err)
	}
	var s schema
	if err := json.Unmarshal(text, &s); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s schema) has(path []string) bool {
	at := s
	for _, name := range path {
		next, ok := at.Properties[name]
		if !ok {
			return false
		}
		if ref, ok := strings.CutPrefix(next.Ref, "#/$defs/"); ok {
			next = s.Defs[ref]
		}
		at = next
	}
	return true
}
