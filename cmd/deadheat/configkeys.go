package main

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// leaf is a key that a variable of the environment can set: one value, or a
// list of values.
type leaf struct {
	key  string
	list bool
}

// leaves are all such keys, found in the type itself. What stands in a list of
// objects, such as a source, has no name that a variable could have.
func leaves() []leaf {
	var found []leaf
	var walk func(t reflect.Type, prefix string)
	walk = func(t reflect.Type, prefix string) {
		for _, k := range keysOf(t) {
			ft := k.typ
			switch {
			case ft.Kind() == reflect.Struct:
				walk(ft, prefix+k.name+".")
			case ft.Kind() == reflect.Slice && ft.Elem().Kind() == reflect.Struct:
			default:
				found = append(found, leaf{key: prefix + k.name, list: ft.Kind() == reflect.Slice})
			}
		}
	}
	walk(reflect.TypeFor[Config](), "")
	return found
}

// key is a member of an object of the configuration.
type key struct {
	name string
	typ  reflect.Type // not a pointer
}

func keysOf(t reflect.Type) []key {
	var keys []key
	for f := range t.Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("koanf"), ",")
		if name == "" {
			continue
		}
		ft := f.Type
		if ft.Kind() == reflect.Pointer {
			ft = ft.Elem()
		}
		keys = append(keys, key{name, ft})
	}
	return keys
}

// checkShape finds every key that is not known and every value of a type that
// its key does not take. Nothing is passed over: a misspelled key would be a
// setting that silently does not hold.
func checkShape(values map[string]any) []fault {
	s := shape{}
	s.object(values, reflect.TypeFor[Config](), "")
	return s.faults
}

type shape struct{ faults []fault }

func (s *shape) fault(path, format string, args ...any) {
	s.faults = append(s.faults, fault{key: path, what: fmt.Sprintf(format, args...)})
}

func (s *shape) object(values map[string]any, t reflect.Type, path string) {
	known := keysOf(t)
	names := make([]string, len(known))
	for i, k := range known {
		names[i] = k.name
	}
	for _, name := range sortedKeys(values) {
		full := strings.TrimPrefix(path+"."+name, ".")
		i := slices.Index(names, name)
		switch {
		case i >= 0:
			s.value(values[name], known[i].typ, full)
		case nearest(name, names) != "":
			s.fault(full, "unknown key, did you mean %q?", nearest(name, names))
		default:
			s.fault(full, "unknown key, there are: %s", strings.Join(names, ", "))
		}
	}
}

func (s *shape) value(v any, t reflect.Type, path string) {
	if v == nil { // a key without a value is as good as absent
		return
	}
	switch t.Kind() {
	case reflect.Struct:
		values, ok := v.(map[string]any)
		if !ok {
			s.fault(path, "want keys and values, have %s", describe(v))
			return
		}
		s.object(values, t, path)
	case reflect.Slice:
		list, ok := v.([]any)
		if !ok {
			s.fault(path, "want a list, have %s", describe(v))
			return
		}
		for i, item := range list {
			s.value(item, t.Elem(), path+"["+strconv.Itoa(i)+"]")
		}
	case reflect.String:
		if !scalar(v) {
			s.fault(path, "want a text, have %s", describe(v))
		}
	case reflect.Bool:
		if _, err := strconv.ParseBool(fmt.Sprint(v)); err != nil {
			s.fault(path, "want true or false, have %s", describe(v))
		}
	case reflect.Int64:
		if _, err := strconv.ParseInt(fmt.Sprint(v), 10, 64); err != nil {
			s.fault(path, "want a whole number, have %s", describe(v))
		}
	}
}

func scalar(v any) bool {
	switch v.(type) {
	case string, bool, int, int64, uint64, float64:
		return true
	}
	return false
}

func describe(v any) string {
	switch {
	case scalar(v):
		return fmt.Sprintf("%q", fmt.Sprint(v))
	case reflect.TypeOf(v).Kind() == reflect.Slice:
		return "a list"
	}
	return "keys and values"
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
