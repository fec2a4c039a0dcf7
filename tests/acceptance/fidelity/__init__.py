"""The mock, held to what Cloudflare and OpenAI say of themselves: their own clients and a compliance suite try it."""
