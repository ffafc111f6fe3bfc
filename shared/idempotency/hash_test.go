package idempotency

import "testing"

func TestHashIgnoresWhitespaceBetweenTokensOnly(t *testing.T) {
	same := `{"a":"x \" y\\","b":[1,2]}`
	for sentence, c := range map[string]struct {
		data string
		same bool
	}{
		"itself":               {same, true},
		"spaces and newlines":  {"{ \"a\" : \"x \\\" y\\\\\" ,\n\t\"b\": [1, 2]\r\n} ", true},
		"a space in a string":  {`{"a":"x  \" y\\","b":[1,2]}`, false},
		"no space in a string": {`{"a":"x\" y\\","b":[1,2]}`, false},
		"another number":       {`{"a":"x \" y\\","b":[1,3]}`, false},
	} {
		if got := Hash([]byte(c.data)) == Hash([]byte(same)); got != c.same {
			t.Errorf("%s: the same %v, want %v", sentence, got, c.same)
		}
	}
}

func FuzzHash(f *testing.F) {
	f.Add([]byte(`{"a": "b\\"}`))
	f.Add([]byte(`"unfinished \`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if once := compact(data); string(compact(once)) != string(once) {
			t.Errorf("%q is not compact", once)
		}
	})
}
