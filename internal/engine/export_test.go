package engine

// APIAddr is where the environment's Runtime API listens; "" when it has no
// process.
func (env *Environment) APIAddr() string {
	if env.process == nil {
		return ""
	}
	return env.process.api.Addr()
}

// Temp is the folder that the function sees as /tmp.
func (env *Environment) Temp() string { return env.temp }
