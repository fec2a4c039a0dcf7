"""AG-UI: a run of an agent, told in events. Here the agent is a model, and a run is one answer of it."""
