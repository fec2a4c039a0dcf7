"""Workers Analytics Engine's SQL API: what the points say, asked in Cloudflare's dialect of SQL."""
