"""The keys of a wrangler file: which are served, which change nothing here, which a Worker has to live without.

The one rule: a key that stands in none of these tables is refused, with its line, when it asks for anything.
Source: Cloudflare docs, Workers, Wrangler configuration.
"""

from __future__ import annotations

from typing import Final

from harness.core.target.toml_lines import Key
from harness.core.target.worker.wrangler import BindingKind

OF_ITS_ENVIRONMENT: Final = (
    "vars", "ai", "kv_namespaces", "durable_objects", "r2_buckets", "analytics_engine_datasets", "queues",
    "d1_databases", "services", "vectorize", "hyperdrive", "browser", "workflows", "dispatch_namespaces",
    "mtls_certificates", "pipelines", "images", "send_email", "secrets_store_secrets", "version_metadata", "define",
    "tail_consumers",
)  # fmt: skip
"""What an environment does not inherit from the top of the file (Wrangler configuration, non-inheritable keys)."""
HARMLESS: Final = frozenset({
    "$schema", "name", "main", "compatibility_date", "compatibility_flags", "vars", "ai", "kv_namespaces",
    "durable_objects", "r2_buckets", "d1_databases", "analytics_engine_datasets", "queues", "migrations", "env",
    "define", "tsconfig", "account_id", "workers_dev", "preview_urls", "route", "routes", "zone_id", "observability",
    "logpush", "placement", "limits", "dev", "minify", "keep_names", "keep_vars", "upload_source_maps", "send_metrics",
    "usage_model",
    "tail_consumers", "legacy_env", "pages_build_output_dir", "jsx_factory", "jsx_fragment", "first_party_worker",
    "logfwdr", "unsafe",
})  # fmt: skip
"""What is served, and what changes nothing of how a request is answered."""
LISTS: Final[tuple[tuple[Key, BindingKind, str], ...]] = (
    (("r2_buckets",), "r2", "bucket_name"),
    (("d1_databases",), "d1", "database_id"),
    (("analytics_engine_datasets",), "analytics", "dataset"),
    (("queues", "producers"), "queue", "queue"),
)
"""Lists of bindings: where they stand, their kind, and the key of what each is bound to."""
LEFT_OUT: Final = {
    "assets": "static files are not served",
    "site": "static files are not served",
    "triggers": "nothing is run by a schedule",
    "version_metadata": "it has no version here",
    "rules": "files are imported as wrangler does by default",
    "find_additional_modules": "modules that no import names are not there",
    "base_dir": "modules that no import names are not there",
    "no_bundle": "it is bundled wherever it imports anything",
    "build": "its own build is not run; run it before",
    "alias": "imports are resolved without aliases",
    "cache": "answers are not cached in front of it",
}
"""What a Worker can live without, with what that means."""
