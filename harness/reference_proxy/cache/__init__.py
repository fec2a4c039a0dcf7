"""Where answers are kept: in memory and in Workers KV."""
