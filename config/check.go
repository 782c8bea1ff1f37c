package config

func checkRuntime(d *document, r Runtime) []Problem { return nil }

func checkTogether(runtimes []Runtime) error { return nil }
