package stack

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"

	"signalbox/infra/stage"
	"signalbox/shared/catalog"
)

// An assembly is what one synthesis made.
type assembly struct {
	variant  string
	outdir   string
	settings stage.Settings
	stacks   map[string]template
}

type template struct {
	Resources map[string]*resource      `json:"Resources"`
	Outputs   map[string]templateOutput `json:"Outputs"`
}

type templateOutput struct {
	Value  any `json:"Value"`
	Export struct {
		Name string `json:"Name"`
	} `json:"Export"`
}

type resource struct {
	Type           string         `json:"Type"`
	Properties     map[string]any `json:"Properties"`
	DependsOn      []string       `json:"DependsOn"`
	Metadata       map[string]any `json:"Metadata"`
	DeletionPolicy string         `json:"DeletionPolicy"`
}

// A found resource knows where it stands; key names it in the whole assembly.
type found struct {
	*resource
	stack, id string
}

func (f found) key() string { return "${" + f.stack + "." + f.id + "}" }

// String is how findings name a resource.
func (f found) String() string { return f.stack + "/" + f.id }

// all returns the resources of the types, in a stable order.
func (a assembly) all(types ...string) []found {
	var fs []found
	for _, stack := range slices.Sorted(maps.Keys(a.stacks)) {
		resources := a.stacks[stack].Resources
		for _, id := range slices.Sorted(maps.Keys(resources)) {
			if len(types) == 0 || slices.Contains(types, resources[id].Type) {
				fs = append(fs, found{resources[id], stack, id})
			}
		}
	}
	return fs
}

// find returns the resource a rendered value names.
func (a assembly) find(key string) (found, bool) {
	for _, f := range a.all() {
		if f.key() == key {
			return f, true
		}
	}
	return found{}, false
}

// render makes a comparable string of a template's value. A resource is named
// the same by reference and by ARN, in its own stack and through an export.
func (a assembly) render(stack string, v any) string {
	m, ok := v.(map[string]any)
	if !ok || len(m) != 1 {
		if s, ok := v.(string); ok {
			return s
		}
		text, _ := json.Marshal(v, json.Deterministic(true))
		return string(text)
	}
	for name, argument := range m {
		switch name {
		case "Ref":
			if id := argument.(string); strings.HasPrefix(id, "AWS::") {
				return "${" + id + "}"
			} else {
				return "${" + stack + "." + id + "}"
			}
		case "Fn::GetAtt":
			parts := argument.([]any)
			if parts[1] == "Arn" {
				return fmt.Sprintf("${%s.%s}", stack, parts[0])
			}
			return fmt.Sprintf("${%s.%s.%s}", stack, parts[0], parts[1])
		case "Fn::ImportValue":
			for from, t := range a.stacks {
				for _, o := range t.Outputs {
					if o.Export.Name == argument {
						return a.render(from, o.Value)
					}
				}
			}
			return fmt.Sprintf("${missing export %v}", argument)
		case "Fn::Join":
			parts := argument.([]any)
			var b strings.Builder
			for i, part := range parts[1].([]any) {
				if i > 0 {
					b.WriteString(parts[0].(string))
				}
				b.WriteString(a.render(stack, part))
			}
			return b.String()
		}
	}
	text, _ := json.Marshal(v, json.Deterministic(true))
	return string(text)
}

// text renders a property of the resource; "" if it is not there.
func (a assembly) text(f found, path ...any) string {
	v := f.value(path...)
	if v == nil {
		return ""
	}
	return a.render(f.stack, v)
}

// value returns a property by its path of names and indexes.
func (r *resource) value(path ...any) any {
	var v any = r.Properties
	for _, step := range path {
		switch at := step.(type) {
		case string:
			m, ok := v.(map[string]any)
			if !ok {
				return nil
			}
			v = m[at]
		case int:
			l, ok := v.([]any)
			if !ok || at >= len(l) {
				return nil
			}
			v = l[at]
		}
	}
	return v
}

func (r *resource) number(path ...any) float64 {
	n, _ := r.value(path...).(float64)
	return n
}

// account and region as the templates write them.
func (a assembly) account() string { return either(a.settings.Account, "${AWS::AccountId}") }
func (a assembly) region() string  { return either(a.settings.Region, "${AWS::Region}") }

func either(value, otherwise string) string {
	if value != "" {
		return value
	}
	return otherwise
}

func (a assembly) arn(service, resource string) string {
	partition := "${AWS::Partition}"
	if a.settings.Region != "" {
		partition = "aws"
	}
	return "arn:" + partition + ":" + service + ":" + a.region() + ":" + a.account() + ":" + resource
}

// deployed are the catalog's functions of the stage, by name.
func (a assembly) deployed() map[string]catalog.Function {
	fs := map[string]catalog.Function{}
	for _, f := range catalog.Functions {
		if a.settings.Uses(f) {
			fs[f.Name] = f
		}
	}
	return fs
}

// queued are those of the deployed functions that a queue triggers.
func (a assembly) queued() map[string]catalog.Function {
	fs := a.deployed()
	maps.DeleteFunc(fs, func(_ string, f catalog.Function) bool { return !f.IsQueue() })
	return fs
}

// function returns the template's function by its readable id.
func (a assembly) function(name string) (found, bool) {
	for _, f := range a.all("AWS::Lambda::Function") {
		if f.Metadata["SamResourceId"] == name {
			return f, true
		}
	}
	return found{}, false
}

// mapping returns what feeds a function, and the queue.
func (a assembly) mapping(function found) (mapping, queue found, ok bool) {
	for _, m := range a.all("AWS::Lambda::EventSourceMapping") {
		if a.text(m, "FunctionName") == function.key() {
			q, ok := a.find(a.text(m, "EventSourceArn"))
			return m, q, ok
		}
	}
	return found{}, found{}, false
}

// A statement of a policy, its parts made lists of rendered strings.
type statement struct {
	effect                       string
	actions, resources, services []string
	principals                   []string
	conditions                   map[string]map[string]string
}

func (a assembly) statements(stack string, document any) []statement {
	m, _ := document.(map[string]any)
	list, _ := m["Statement"].([]any)
	var out []statement
	for _, item := range list {
		raw := item.(map[string]any)
		s := statement{effect: raw["Effect"].(string), conditions: map[string]map[string]string{}}
		s.actions = a.strings(stack, raw["Action"])
		s.resources = a.strings(stack, raw["Resource"])
		switch p := raw["Principal"].(type) {
		case string:
			s.principals = []string{p}
		case map[string]any:
			s.services = a.strings(stack, p["Service"])
			s.principals = a.strings(stack, p["AWS"])
		}
		conditions, _ := raw["Condition"].(map[string]any)
		for operator, pairs := range conditions {
			s.conditions[operator] = map[string]string{}
			for key, value := range pairs.(map[string]any) {
				s.conditions[operator][key] = a.render(stack, value)
			}
		}
		out = append(out, s)
	}
	return out
}

func (a assembly) strings(stack string, v any) []string {
	if v == nil {
		return nil
	}
	list, ok := v.([]any)
	if !ok {
		list = []any{v}
	}
	var out []string
	for _, item := range list {
		out = append(out, a.render(stack, item))
	}
	return out
}

// policies returns the statements that a queue's or topic's policy has.
func (a assembly) policies(f found) []statement {
	var out []statement
	for _, p := range a.all("AWS::SQS::QueuePolicy", "AWS::SNS::TopicPolicy") {
		for _, list := range []string{"Queues", "Topics"} {
			if slices.Contains(a.strings(p.stack, p.value(list)), f.key()) {
				out = append(out, a.statements(p.stack, p.value("PolicyDocument"))...)
			}
		}
	}
	return out
}

// A request is what a service or principal asks for, with what AWS puts into the
// request's context.
type request struct {
	who, action string
	context     map[string]string
}

// from is the context of most services' requests: for whom they act.
func (a assembly) from(source string) map[string]string {
	return map[string]string{"aws:SourceAccount": a.account(), "aws:SourceArn": source}
}

// lets reports whether the statements allow the request.
func (a assembly) lets(statements []statement, r request) bool {
	for _, s := range statements {
		named := slices.Contains(s.services, r.who) || slices.Contains(s.principals, r.who)
		if s.effect == "Allow" && named && slices.Contains(s.actions, r.action) && holds(s.conditions, r.context) {
			return true
		}
	}
	return false
}

// holds judges conditions as AWS does: a key that the request lacks fails.
func holds(conditions map[string]map[string]string, context map[string]string) bool {
	for operator, pairs := range conditions {
		for key, wanted := range pairs {
			have, ok := context[key]
			switch {
			case !ok:
				return false
			case operator == "StringEquals" && have == wanted:
			case operator == "ArnLike" && glob(wanted, have):
			default:
				return false
			}
		}
	}
	return true
}

func glob(pattern, value string) bool {
	expression := "^" + strings.ReplaceAll(regexp.QuoteMeta(pattern), `\*`, ".*") + "$"
	return regexp.MustCompile(expression).MatchString(value)
}

// key returns the key that encrypts the resource.
func (a assembly) key(f found) (found, bool) {
	for _, property := range [][]any{{"KmsMasterKeyId"}, {"KmsKeyId"}, {"KmsKeyIdentifier"}, {"SSESpecification", "KMSMasterKeyId"}} {
		if name := a.text(f, property...); name != "" {
			return a.find(name)
		}
	}
	return found{}, false
}

// keyLets reports whether the key of a resource may be used by the service for it.
func (a assembly) keyLets(f found, who string, context map[string]string) bool {
	key, ok := a.key(f)
	if !ok {
		return false
	}
	if f.Type == "AWS::SNS::Topic" {
		topic := a.arn("sns", f.stack+"-"+f.id+"-RaNdOm")
		if who == bus {
			// EventBridge's requests for a topic's key name the topic and nobody else.
			// https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#compatibility-with-aws-services
			context = map[string]string{}
		}
		context = maps.Clone(context)
		context["kms:EncryptionContext:aws:sns:topicArn"] = topic
	}
	statements := a.statements(key.stack, key.value("KeyPolicy"))
	return a.lets(statements, request{who, "kms:GenerateDataKey", context}) && a.lets(statements, request{who, "kms:Decrypt", context})
}

// copied returns a deep copy, to be broken.
func (a assembly) copied() assembly {
	text, err := json.Marshal(a.stacks)
	if err != nil {
		panic(err)
	}
	b := a
	b.stacks = nil
	if err := json.Unmarshal(text, &b.stacks); err != nil {
		panic(err)
	}
	return b
}
