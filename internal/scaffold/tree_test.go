package scaffold

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParse(t *testing.T) {
	for name, tt := range map[string]struct {
		text string
		want any
	}{
		"tags":          {"a: !Ref B\nc: !GetAtt D.Arn\ne: !Sub 'x-${F}'", map[string]any{"a": call{"Ref", "B"}, "c": call{"GetAtt", "D.Arn"}, "e": call{"Sub", "x-${F}"}}},
		"tags of lists": {"a: !Join ['-', [x, !Ref B]]", map[string]any{"a": call{"Join", []any{"-", []any{"x", call{"Ref", "B"}}}}}},
		"long forms":    {`{"a": {"Ref": "B"}, "c": {"Fn::Sub": "x"}}`, map[string]any{"a": call{"Ref", "B"}, "c": call{"Sub", "x"}}},
		"anchors":       {"a: &x {b: c}\nd: *x\ne: {<<: *x, f: g}", map[string]any{"a": map[string]any{"b": "c"}, "d": map[string]any{"b": "c"}, "e": map[string]any{"b": "c", "f": "g"}}},
		"block text":    {"a: !Sub |\n  one\n  two\n", map[string]any{"a": call{"Sub", "one\ntwo\n"}}},
		"tags of maps":  {"a: !Transform\n  Name: x\n  More: y\n", map[string]any{"a": call{"Transform", map[string]any{"Name": "x", "More": "y"}}}},
		"YAML's own":    {"a: !!str 1", map[string]any{"a": "1"}},
		"nothing":       {"", map[string]any{}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := parse("", tt.text)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got.root, cmp.AllowUnexported(call{})); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestResolve(t *testing.T) {
	known, err := parse("template.yaml", "Parameters: {Stage: {Type: String, Default: test}, Secret: {Type: String}}")
	if err != nil {
		t.Fatal(err)
	}
	for written, want := range map[string]string{
		"plain": "plain", "3": "3", "true": "true", "!Ref Stage": "test", "!Sub 'x-${Stage}'": "x-test", "!Join ['-', [a, !Ref Stage]]": "a-test", "{Ref: Stage}": "test",
		"!Sub '${AWS::Region}-x'": "us-east-1-x",
	} {
		if value, err := parse("", "v: "+written); err != nil {
			t.Error(err)
		} else if got, ok := known.resolve(at(value.root, "v")); !ok || got != want {
			t.Errorf("%s: got %q, %v; want %q", written, got, ok, want)
		}
	}
	for _, written := range []string{"!Ref Secret", "!Ref AWS::StackName", "!GetAtt A.Arn", "!Sub '${AWS::StackName}-x'", "!Sub ['${a}', {a: b}]", "!If [A, b, c]", "{a: b, c: d}"} {
		if value, err := parse("", "v: "+written); err != nil {
			t.Error(err)
		} else if got, ok := known.resolve(at(value.root, "v")); ok {
			t.Errorf("%s: got %q, want that it is not known here", written, got)
		}
	}
}

func TestWhere(t *testing.T) {
	got, err := parse("template.yaml", "A:\n  B: {C: 1}\n  D:\n    - E: !If [x, y, z]\n")
	if err != nil {
		t.Fatal(err)
	}
	for keys, want := range map[string]string{
		"A": "template.yaml:1: A", "A.B.C": "template.yaml:2: A.B.C", "A.D.0.E": "template.yaml:4: A.D.0.E", "A.F": "template.yaml: A.F",
	} {
		if where := got.where(keys); where != want {
			t.Errorf("%s: got %s, want %s", keys, where, want)
		}
	}
}

func TestNewer(t *testing.T) {
	for _, pair := range [][2]string{{"python3.13", "python3.9"}, {"nodejs24.x", "nodejs22.x"}, {"java25", ""}, {"python3.9", "python2.13"}} {
		if !newer(pair[0], pair[1]) || newer(pair[1], pair[0]) {
			t.Errorf("got %s for older than %q", pair[0], pair[1])
		}
	}
}

func TestManifestName(t *testing.T) {
	for text, want := range map[string]string{"HelloWorldFunction": "hello-world-function", "my_app": "my-app", "2024": "f-2024", "ÄÖ": "f", "AVeryLongNameOfAFunction": "avery-long-name-of-a", "a--b": "a-b"} {
		if got := manifestName(text); got != want {
			t.Errorf("%s: got %q, want %q", text, got, want)
		}
	}
}
